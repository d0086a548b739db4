import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from '../../../test/worker/harness.ts'
import {
  AUDIENCE,
  bearer,
  claims,
  encode,
  guarded,
  ISSUER,
  NOW,
  sign,
  type Signer,
  signer,
} from '../../../test/worker/jwt.ts'

let issuer: Signer
beforeAll(async () => {
  issuer = await signer('ES256')
})

const trusting = (more: Readonly<Record<string, unknown>> = {}) =>
  guarded({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    jwks: { keys: [issuer.jwk] },
    clockTolerance: '5s',
    ...more,
  })

const send = async (gateway: ReturnType<typeof guarded>, payload: unknown, header?: unknown) =>
  gateway.fetch('/a', bearer(await sign(issuer, payload, header)))

const { exp: _, ...endless } = claims

/** JSON text, because `JSON.stringify` writes `1e999` and `NaN` as null. */
const raw = (members: string) => `${JSON.stringify(endless).slice(0, -1)},${members}}`

describe('passes a token', () => {
  it.each([
    ['that has just not expired', { ...claims, exp: NOW - 4 }],
    ['that has just begun', { ...claims, nbf: NOW + 5 }],
    ['with a fraction of a second', { ...claims, exp: NOW + 0.5 }],
    ['for several audiences', { ...claims, aud: ['other', AUDIENCE] }],
  ])('%s', async (_, payload) => {
    expect((await send(trusting(), payload)).status).toBe(200)
  })
})

describe('refuses a token', () => {
  it.each([
    ['that expired a moment ago', { ...claims, exp: NOW - 5 }, 'expired'],
    ['that expired in 1970', { ...claims, exp: 0 }, 'expired'],
    ['that expires before 1970', { ...claims, exp: -1 }, 'expired'],
    ['that never expires', endless, 'exp'],
    ['that expires “never”', { ...claims, exp: 'never' }, 'exp'],
    ['that expires at a time in a text', { ...claims, exp: String(NOW + 60) }, 'exp'],
    ['that expires at null', { ...claims, exp: null }, 'exp'],
    ['that expires at true', { ...claims, exp: true }, 'exp'],
    ['that expires at a list', { ...claims, exp: [NOW + 60] }, 'exp'],
    ['that expires at infinity', raw('"exp":1e999'), 'exp'],
    ['that expires at NaN', raw('"exp":NaN'), 'malformed'],
    ['that expires twice', raw(`"exp":${NOW - 60},"exp":${NOW + 60}`), 'malformed'],
    ['that is not valid yet', { ...claims, nbf: NOW + 6 }, 'nbf'],
    ['valid from a time in a text', { ...claims, nbf: '0' }, 'nbf'],
    ['valid from null', { ...claims, nbf: null }, 'nbf'],
    ['valid since minus infinity', raw(`"exp":${NOW + 60},"nbf":-1e999`), 'nbf'],
    ['issued at a text', { ...claims, iat: 'yesterday' }, 'iat'],
    ['of another issuer', { ...claims, iss: 'https://evil.example' }, 'iss'],
    ['of an issuer with a slash more', { ...claims, iss: `${ISSUER}/` }, 'iss'],
    ['of an issuer in other case', { ...claims, iss: ISSUER.toUpperCase() }, 'iss'],
    ['of several issuers', { ...claims, iss: [ISSUER] }, 'iss'],
    ['of no issuer', { ...claims, iss: undefined }, 'iss'],
    ['for another audience', { ...claims, aud: 'shop2' }, 'aud'],
    ['for other audiences', { ...claims, aud: ['a', 'b'] }, 'aud'],
    ['for no audience', { ...claims, aud: undefined }, 'aud'],
    ['for an empty list', { ...claims, aud: [] }, 'aud'],
    ['for an audience inside a list', { ...claims, aud: [[AUDIENCE]] }, 'aud'],
    ['for an audience in an object', { ...claims, aud: { 0: AUDIENCE } }, 'aud'],
    ['of nobody', { ...claims, sub: undefined }, 'sub'],
    ['of an empty name', { ...claims, sub: '' }, 'sub'],
    ['of a number', { ...claims, sub: 1 }, 'sub'],
    ['whose payload is a list', [claims], 'malformed'],
    ['whose payload is no JSON', '{', 'malformed'],
  ])('%s', async (_, payload, why) => {
    const gateway = trusting()
    const response = await send(gateway, payload)
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'token-invalid' })
    const { refusal, claim = refusal } = gateway.logs.at(-1)!
    expect(claim).toBe(why)
  })

  it('of another type than asked for (RFC 8725 §3.11)', async () => {
    const header = (typ?: string) => ({ alg: 'ES256', kid: 'ES256', ...(typ && { typ }) })
    const status = async (gateway: ReturnType<typeof guarded>, typ?: string) =>
      (await send(gateway, claims, header(typ))).status
    const plain = trusting()
    expect(await status(plain)).toBe(200)
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+JWT']) {
      expect(await status(plain, typ), typ).toBe(200)
    }
    for (const typ of ['logout+jwt', 'dpop+jwt', 'application/', 'at+jwt ']) {
      expect(await status(plain, typ), typ).toBe(401)
    }
    const access = trusting({ types: ['at+jwt'] })
    expect(await status(access, 'at+jwt')).toBe(200)
    expect(await status(access, 'JWT')).toBe(401)
    expect(await status(access)).toBe(401)
  })

  it('older than `maxAge`, or without an age', async () => {
    const gateway = trusting({ maxAge: '1h' })
    const status = async (iat: unknown) => (await send(gateway, { ...claims, iat })).status
    expect(await status(NOW - 3600)).toBe(200)
    expect(await status(NOW - 3606)).toBe(401)
    expect(await status(NOW + 6)).toBe(401)
    expect(await status(undefined)).toBe(401)
  })
})

it('passes a token without `exp` where that was asked for, and still checks one that has it', async () => {
  const gateway = trusting({ requireExpiry: false })
  expect((await send(gateway, endless)).status).toBe(200)
  expect((await send(gateway, { ...endless, exp: NOW - 60 })).status).toBe(401)
  expect((await send(gateway, { ...endless, exp: 'never' })).status).toBe(401)
  expect((await send(gateway, { ...endless, exp: null })).status).toBe(401)
})

it('takes one of several issuers, exactly', async () => {
  const gateway = trusting({ issuer: ['https://a.example', 'https://b.example/'] })
  const status = async (iss: string) => (await send(gateway, { ...claims, iss })).status
  expect(await status('https://a.example')).toBe(200)
  expect(await status('https://b.example/')).toBe(200)
  expect(await status('https://b.example')).toBe(401)
})

it('asks for claims: a value, one of a few, a member of a list, and deeper ones by a dot', async () => {
  const gateway = trusting({
    claims: {
      tenant: 'acme',
      plan: ['gold', 'silver'],
      roles: 'reader',
      verified: true,
      'realm.level': 2,
      'https://example.com/org': 'o1',
    },
  })
  const good = {
    ...claims,
    tenant: 'acme',
    plan: 'silver',
    roles: ['writer', 'reader'],
    verified: true,
    realm: { level: 2 },
    'https://example.com/org': 'o1',
  }
  expect((await send(gateway, good)).status).toBe(200)
  const wrong = [
    { tenant: 'ACME' },
    { tenant: undefined },
    { tenant: ['other'] },
    { tenant: { 0: 'acme' } },
    { plan: 'bronze' },
    { plan: [] },
    { roles: 'reader writer' },
    { verified: 'true' },
    { verified: 1 },
    { realm: { level: '2' } },
    { realm: null },
    { 'https://example.com/org': 'o2' },
  ]
  for (const change of wrong) {
    const response = await send(gateway, { ...good, ...change })
    expect(response.status, JSON.stringify(change)).toBe(401)
  }
})

it('does not find a claim in what every object inherits', async () => {
  const gateway = trusting({ claims: { 'constructor.name': 'Object' } })
  expect((await send(gateway, claims)).status).toBe(401)
})

it('takes nothing from a header that brings its own key', async () => {
  const eve = await signer('ES256', 'eve')
  const gateway = trusting()
  for (const more of [{ jwk: eve.jwk }, { jku: 'https://evil.example/keys' }, { x5c: ['MII'] }]) {
    const token = await sign(eve, claims, { alg: 'ES256', kid: 'ES256', ...more })
    expect((await gateway.fetch('/a', bearer(token))).status).toBe(401)
    const unnamed = await sign(eve, claims, { alg: 'ES256', ...more })
    expect((await gateway.fetch('/a', bearer(unnamed))).status).toBe(401)
  }
})

it('refuses a token whose payload was changed after signing', async () => {
  const [header, , signature] = (await sign(issuer)).split('.')
  const token = `${header}.${encode({ ...claims, sub: 'eve' })}.${signature}`
  expect((await trusting().fetch('/a', bearer(token))).status).toBe(401)
})
