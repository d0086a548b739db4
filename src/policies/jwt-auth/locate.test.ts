import { beforeAll, describe, expect, it } from 'vitest'
import { KEYS, published, world } from '../../../test/worker/issuer.ts'
import { bearer, claims, ISSUER, sign, type Signer, signer } from '../../../test/worker/jwt.ts'
import { isSafeUrl } from './locate.ts'

let first: Signer
let second: Signer
beforeAll(async () => {
  ;[first, second] = await Promise.all([signer('ES256', 'first'), signer('ES256', 'second')])
})

it.each([
  'https://id.example.com/keys',
  'http://localhost:8080/',
  'http://127.0.0.1:9/keys',
  'http://127.1/keys',
  'http://[::1]/keys',
])('keys may be fetched from %s', (url) => {
  expect(isSafeUrl(url)).toBe(true)
})

it.each([
  'http://id.example.com/keys',
  'http://localhost.example.com/',
  'http://127.0.0.1.example.com/',
  'http://10.0.0.1/',
  'http://169.254.169.254/',
  'https://user:password@id.example.com/',
  'https://user@id.example.com/',
  'ftp://id.example.com/',
  'file:///etc/passwd',
  'data:application/json,{}',
  '//id.example.com/keys',
  '',
])('keys are not fetched from %j', (url) => {
  expect(isSafeUrl(url)).toBe(false)
})

describe('discovery', () => {
  const OIDC = `${ISSUER}/.well-known/openid-configuration`
  const metadata = (members: object) => () => Response.json({ issuer: ISSUER, ...members })

  it('finds the keys by the metadata of OpenID Connect', async () => {
    const { answers, asked, status } = world(first, {})
    answers[OIDC] = metadata({ jwks_uri: KEYS })
    expect(await status(first)).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([OIDC, KEYS])
  })

  it('finds them by those of OAuth (RFC 8414 §3), with the issuer’s path behind', async () => {
    const issuer = `${ISSUER}/tenant/`
    const { answers, asked, gateway } = world(first, { issuer })
    const oauth = `${ISSUER}/.well-known/oauth-authorization-server/tenant`
    answers[oauth] = metadata({ issuer, jwks_uri: KEYS })
    const token = await sign(first, { ...claims, iss: issuer })
    expect((await gateway.fetch('/a', bearer(token))).status).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([
      `${ISSUER}/tenant/.well-known/openid-configuration`,
      oauth,
      KEYS,
    ])
  })

  it('notices when the keys have moved', async () => {
    const { answers, clock, status } = world(first, {})
    answers[OIDC] = metadata({ jwks_uri: KEYS })
    expect(await status(first)).toBe(200)
    answers[OIDC] = metadata({ jwks_uri: `${ISSUER}/new` })
    answers[`${ISSUER}/new`] = published(second)
    clock.nowMs += 600_000
    expect(await status(second)).toBe(200)
    expect(await status(first)).toBe(401)
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example', jwks_uri: KEYS }, 'another issuer'],
    ['of nearly the issuer', { issuer: `${ISSUER}/`, jwks_uri: KEYS }, 'another issuer'],
    ['without keys', {}, '`jwks_uri` is not'],
    ['with keys over http', { jwks_uri: 'http://id.example.com/keys' }, '`jwks_uri` is not'],
    ['with keys in a file', { jwks_uri: 'file:///etc/keys' }, '`jwks_uri` is not'],
    ['with keys in a text', { jwks_uri: 'data:,{}' }, '`jwks_uri` is not'],
    ['with keys on our own machine', { jwks_uri: 'http://127.0.0.1/keys' }, 'https to http'],
  ])('does not follow metadata %s', async (_, members, why) => {
    const { answers, asked, gateway, status } = world(first, {})
    answers[OIDC] = metadata(members)
    expect(await status(first)).toBe(503)
    expect(String(gateway.logs[0]!['error'])).toContain(why)
    expect(asked.map(({ url }) => url)).not.toContain((members as { jwks_uri?: string }).jwks_uri)
  })
})
