import { beforeAll, describe, expect, it } from 'vitest'
import { echo, problemOf, type Setup } from '../../../test/worker/harness.ts'
import {
  AUDIENCE,
  bearer,
  claims,
  guarded,
  hmacSigner,
  ISSUER,
  NOW,
  sign,
  type Signer,
  signer,
} from '../../../test/worker/jwt.ts'
import jwtAuth from './jwt-auth.ts'

let issuer: Signer
let token: string
let other: string
beforeAll(async () => {
  issuer = await signer('ES256')
  token = await sign(issuer)
  other = await sign(issuer, { ...claims, sub: 'grace' })
})

type More = Readonly<Record<string, unknown>>

const trusting = (more: More = {}, setup: Setup = {}) =>
  guarded(
    {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      jwks: { keys: [issuer.jwk] },
      ...more,
    },
    setup,
  )

const invalid = (description: string) =>
  `Bearer error="invalid_token", error_description="${description}"`

describe('the principal', () => {
  it('has subject, claims, scopes, groups and consumer of the token', async () => {
    const payload = { ...claims, scope: 'read  write', groups: ['staff', 7], client_id: 'app' }
    const { fetch } = trusting({ consumer: 'client_id' })
    const response = await fetch('/a', bearer(await sign(issuer, payload)))
    expect(await response.json()).toEqual({
      method: 'jwt-auth',
      subject: 'ada',
      consumer: 'app',
      scopes: ['read', 'write'],
      groups: ['staff'],
      claims: payload,
      metadata: {},
    })
  })

  it('is named by another claim where told so', async () => {
    const { fetch } = trusting({ subject: 'who.id', groups: 'realm_access.roles' })
    const payload = { ...claims, who: { id: 'oid-1' }, realm_access: { roles: ['admin'] } }
    const response = await fetch('/a', bearer(await sign(issuer, payload)))
    expect(await response.json()).toMatchObject({ subject: 'oid-1', groups: ['admin'] })
    expect((await fetch('/a', bearer(token))).status).toBe(401)
  })

  it('has no consumer when the claim is absent or no text', async () => {
    const { fetch } = trusting({ consumer: 'client_id' })
    for (const client of [undefined, '', 1]) {
      const response = await fetch(
        '/a',
        bearer(await sign(issuer, { ...claims, client_id: client })),
      )
      expect(await response.json()).not.toHaveProperty('consumer')
    }
  })
})

describe('scopes', () => {
  it.each([
    ['a text in `scope`', { scope: 'a b c' }],
    ['a text in `scp`', { scp: 'b a' }],
    ['a list in `scp`', { scp: ['a', 'b'] }],
    ['a list in `scope`', { scope: ['a', 'b'] }],
  ])('may be %s', async (_, members) => {
    const { fetch } = trusting({ scopes: ['a', 'b'] })
    const response = await fetch('/a', bearer(await sign(issuer, { ...claims, ...members })))
    expect(response.status).toBe(200)
  })

  it.each([
    {},
    { scope: 'a' },
    { scope: 'ab' },
    { scope: 'A B' },
    { scope: ['a b'] },
    { scope: 1 },
  ])('that are not enough (%j) are refused with 403 and the ones needed', async (members) => {
    const { fetch } = trusting({ scopes: ['a', 'b'], realm: 'shop' })
    const response = await fetch('/a', bearer(await sign(issuer, { ...claims, ...members })))
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="shop", error="insufficient_scope", scope="a b"',
    )
    expect(await problemOf(response)).toEqual({
      type: 'about:blank',
      title: 'The credentials do not allow this request.',
      status: 403,
      code: 'scope-insufficient',
      policy: 'tokens',
    })
  })

  it('are read from another claim where told so, and then from no other', async () => {
    const { fetch } = trusting({ scopes: ['a'], scopesClaim: 'permissions' })
    const status = async (members: object) =>
      (await fetch('/a', bearer(await sign(issuer, { ...claims, ...members })))).status
    expect(await status({ permissions: ['a'] })).toBe(200)
    expect(await status({ scope: 'a' })).toBe(403)
  })
})

describe('challenges (RFC 6750 §3)', () => {
  it('name no error when there is no token', async () => {
    const response = await trusting().fetch('/a')
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'token-missing' })
  })

  it('say what is wrong with a token', async () => {
    const { fetch } = trusting()
    const expired = await fetch('/a', bearer(await sign(issuer, { ...claims, exp: NOW - 60 })))
    expect(expired.headers.get('www-authenticate')).toBe(invalid('It has expired.'))
    expect(await problemOf(expired)).toEqual({
      type: 'about:blank',
      title: 'The bearer token is not valid.',
      status: 401,
      detail: 'It has expired.',
      code: 'token-invalid',
      policy: 'tokens',
    })
    for (const wrong of ['Bearer', 'Bearer x', `Bearer ${token} ${token}`]) {
      const response = await fetch('/a', { headers: { authorization: wrong } })
      expect(response.headers.get('www-authenticate')).toBe(
        invalid('It is not a JWT in compact form.'),
      )
    }
  })
})

describe('never chooses between two tokens:', () => {
  const places = { header: 'x-token', cookie: 'session', query: 'access_token' }
  const ambiguous = async (url: string, headers: Headers | Record<string, string>) => {
    const response = await trusting(places).fetch(url, { headers })
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_request"')
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'credentials-ambiguous' })
  }

  it('a repeated Authorization', async () => {
    for (const second of [token, other, 'x']) {
      const headers = new Headers({ authorization: `Bearer ${token}` })
      headers.append('authorization', `Bearer ${second}`)
      await ambiguous('/a', headers)
    }
  })

  it('one in each of two places', async () => {
    const authorization = `Bearer ${token}`
    await ambiguous('/a', { authorization, 'x-token': other })
    await ambiguous('/a', { authorization, cookie: `session=${other}` })
    await ambiguous(`/a?access_token=${other}`, { authorization })
    await ambiguous('/a', { 'x-token': token, cookie: `session=${other}` })
  })

  it('two in one place', async () => {
    await ambiguous('/a', { cookie: `session=${token}; a=b; session=${other}` })
    await ambiguous(`/a?access_token=${token}&access_token=${other}`, {})
    await ambiguous('/a', { 'x-token': `${token}, ${other}` })
  })

  it('but takes the same token twice', async () => {
    const headers = { authorization: `Bearer ${token}`, cookie: `session=${token}` }
    expect((await trusting(places).fetch('/a', { headers })).status).toBe(200)
  })
})

describe('the token may be', () => {
  it('in another place only where told so', async () => {
    const elsewhere: readonly [More, string, Record<string, string>][] = [
      [{ header: 'X-Token' }, '/a', { 'x-token': token }],
      [{ cookie: 'session' }, '/a', { cookie: `a=b; session=${token}` }],
      [{ query: 'access_token' }, `/a?access_token=${token}`, {}],
    ]
    for (const [option, url, headers] of elsewhere) {
      expect((await trusting(option).fetch(url, { headers })).status).toBe(200)
      expect((await trusting().fetch(url, { headers })).status).toBe(401)
    }
  })

  it('kept out of Authorization', async () => {
    const gateway = trusting({ authorization: false, cookie: 'session' })
    expect((await gateway.fetch('/a', bearer(token))).status).toBe(401)
  })
})

describe('upstream', () => {
  const places = { header: 'x-token', cookie: 'session', query: 'access_token' }
  const everywhere = () => ({
    authorization: `Bearer ${token}`,
    'x-token': token,
    cookie: `a=b; session=${token}`,
  })
  const seenWith = async (more: More) => {
    const { fetch } = trusting({ ...places, ...more }, { handle: echo })
    const response = await fetch(`/a?x=%20&access_token=${token}`, { headers: everywhere() })
    return response.json<{ query: string; headers: Record<string, string> }>()
  }

  it('sees the token, unless told otherwise', async () => {
    const seen = await seenWith({})
    expect(seen.headers).toMatchObject(everywhere())
    expect(seen.query).toBe(`?x=%20&access_token=${token}`)
  })

  it('does not see it where told so, wherever it was, but all that stood beside it', async () => {
    const seen = await seenWith({ forward: false })
    expect(JSON.stringify(seen)).not.toContain(token)
    expect(seen.headers).not.toHaveProperty('authorization')
    expect(seen.headers).not.toHaveProperty('x-token')
    expect(seen.headers['cookie']).toBe('a=b')
    expect(seen.query).toBe('?x=%20')
  })
})

describe('optional', () => {
  it('lets a request without a token pass, without a principal', async () => {
    const { fetch } = trusting({ optional: true })
    const basic = { headers: { authorization: 'Basic YTpi' } }
    for (const init of [{}, basic]) {
      expect(await (await fetch('/a', init)).json()).toBeNull()
    }
    expect(await (await fetch('/a', bearer(token))).json()).toMatchObject({ subject: 'ada' })
  })

  it('still refuses a wrong token', async () => {
    const { fetch } = trusting({ optional: true, scopes: ['a'] })
    const eve = await signer('ES256')
    expect((await fetch('/a', bearer(await sign(eve)))).status).toBe(401)
    expect((await fetch('/a', bearer('x'))).status).toBe(401)
    expect((await fetch('/a', { headers: { authorization: 'Bearer' } })).status).toBe(401)
    expect((await fetch('/a', bearer(token))).status).toBe(403)
  })

  it('says so to the parts that rely on a principal', () => {
    const provides = jwtAuth.provides as (options: unknown) => unknown
    expect(provides({ optional: true })).toEqual(['optional-principal'])
    expect(provides({ optional: false })).toEqual(['principal'])
  })
})

it('writes why it refused to the log, and never the token', async () => {
  const gateway = trusting()
  const wrong = await sign(await hmacSigner('HS256', 'x'.repeat(32)))
  await gateway.fetch('/a', bearer(wrong))
  expect(gateway.logs).toHaveLength(1)
  expect(gateway.logs[0]).toMatchObject({ event: 'token-refused', refusal: 'algorithm' })
  expect(JSON.stringify(gateway.logs)).not.toContain(wrong.slice(0, 12))
})
