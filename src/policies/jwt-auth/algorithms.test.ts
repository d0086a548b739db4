import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from '../../../test/worker/harness.ts'
import {
  AUDIENCE,
  bearer,
  claims,
  encode,
  guarded,
  hmacSigner,
  ISSUER,
  pemOf,
  sign,
  type Signer,
  signer,
} from '../../../test/worker/jwt.ts'
import { ALGORITHMS } from './algorithms.ts'

const asymmetric = ALGORITHMS.filter((alg) => !alg.startsWith('HS'))
const SECRET = '0123456789abcdef'.repeat(4)
const trusted = { issuer: ISSUER, audience: AUDIENCE }

let rsa: Signer
let ec: Signer
beforeAll(async () => {
  rsa = await signer('RS256', 'one')
  ec = await signer('ES256', 'two')
})

/** Why the gateway refused, as its log says. */
async function refusal(gateway: ReturnType<typeof guarded>, token: string): Promise<unknown> {
  const response = await gateway.fetch('/a', bearer(token))
  expect(response.status).toBe(401)
  return gateway.logs.at(-1)?.['refusal']
}

describe('a real signature passes with', () => {
  it.each(asymmetric)('%s', async (alg) => {
    const issuer = await signer(alg)
    const { fetch } = guarded({ ...trusted, algorithms: [alg], jwks: { keys: [issuer.jwk] } })
    const response = await fetch('/a', bearer(await sign(issuer)))
    expect(await response.json()).toMatchObject({ method: 'jwt-auth', subject: 'ada' })
  })

  it.each(['HS256', 'HS384', 'HS512'])('%s', async (alg) => {
    const issuer = await hmacSigner(alg, SECRET)
    const options = { ...trusted, algorithms: [alg], secret: '$env.SECRET' }
    const { fetch } = guarded(options, { env: { SECRET } })
    expect((await fetch('/a', bearer(await sign(issuer)))).status).toBe(200)
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('%s and a PEM', async (alg) => {
    const issuer = await signer(alg)
    const PEM = (await pemOf(issuer)).replaceAll('\n', '\\n')
    const options = { ...trusted, algorithms: [alg], publicKey: '$env.PEM' }
    const { fetch } = guarded(options, { env: { PEM } })
    expect((await fetch('/a', bearer(await sign(issuer)))).status).toBe(200)
  })
})

describe('a signature of somebody else is refused with', () => {
  it.each(asymmetric)('%s', async (alg) => {
    const [issuer, other] = await Promise.all([signer(alg), signer(alg)])
    const gateway = guarded({ ...trusted, algorithms: [alg], jwks: { keys: [issuer.jwk] } })
    expect(await refusal(gateway, await sign(other))).toBe('signature')
  })

  it('HS256', async () => {
    const options = { ...trusted, algorithms: ['HS256'], secret: '$env.SECRET' }
    const gateway = guarded(options, { env: { SECRET } })
    const other = await hmacSigner('HS256', `${SECRET}x`)
    expect(await refusal(gateway, await sign(other))).toBe('signature')
  })
})

describe('the algorithm comes from the configuration:', () => {
  const gatewayFor = (algorithms: readonly string[], keys: readonly unknown[]) =>
    guarded({ ...trusted, algorithms, jwks: { keys } })

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'rs256', 'Rs256', 'RS256 ', 'HS256', 'RS512'])(
    'refuses %j where RS256 is configured, whoever signed',
    async (alg) => {
      const token = await sign(rsa, claims, { alg, kid: 'one' })
      expect(await refusal(gatewayFor(['RS256'], [rsa.jwk]), token)).toBe('algorithm')
    },
  )

  it.each([undefined, null, 1, ['RS256'], { RS256: 1 }])('refuses `alg` %j', async (alg) => {
    const token = await sign(rsa, claims, { alg, kid: 'one' })
    expect(await refusal(gatewayFor(['RS256'], [rsa.jwk]), token)).toBe('malformed')
  })

  it('refuses an unsigned token, with and without a signature that means nothing', async () => {
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`
    const gateway = gatewayFor(['RS256'], [rsa.jwk])
    expect(await refusal(gateway, unsigned)).toBe('malformed')
    expect(await refusal(gateway, `${unsigned}AAAA`)).toBe('algorithm')
  })

  it('never takes a public key for a secret, in any form an attacker may have it', async () => {
    const pem = await pemOf(rsa)
    const forms = [pem, `${pem}\n`, JSON.stringify(rsa.jwk), String(rsa.jwk['n'])]
    const signers = await Promise.all(forms.map((form) => hmacSigner('HS256', form)))
    const tokens = await Promise.all(
      signers.map((one) => sign(one, claims, { alg: 'HS256', kid: 'one' })),
    )
    const set = gatewayFor(['RS256'], [rsa.jwk])
    const file = guarded(
      { ...trusted, algorithms: ['RS256'], publicKey: '$env.PEM' },
      { env: { PEM: pem } },
    )
    for (const token of tokens) {
      expect(await refusal(set, token)).toBe('algorithm')
      expect(await refusal(file, token)).toBe('algorithm')
    }
  })

  it('refuses a key of another type than the algorithm, though both are accepted', async () => {
    const gateway = gatewayFor(['RS256', 'PS256', 'ES256', 'EdDSA'], [rsa.jwk, ec.jwk])
    const named = (by: Signer, alg: string, kid: string) => sign(by, claims, { alg, kid })
    expect(await refusal(gateway, await named(ec, 'ES256', 'one'))).toBe('key')
    expect(await refusal(gateway, await named(rsa, 'RS256', 'two'))).toBe('key')
    expect(await refusal(gateway, await named(rsa, 'ES256', 'one'))).toBe('key')
    expect(await refusal(gateway, await named(ec, 'RS256', 'two'))).toBe('key')
    expect(await refusal(gateway, await named(ec, 'EdDSA', 'two'))).toBe('key')
    // the same key, but the JWK says RS256
    expect(await refusal(gateway, await named(rsa, 'PS256', 'one'))).toBe('key')
  })

  it('refuses PS256 for a signature made with RS256 where the key names no algorithm', async () => {
    const { alg: _, ...jwk } = rsa.jwk
    const gateway = gatewayFor(['RS256', 'PS256'], [jwk])
    expect(await refusal(gateway, await sign(rsa, claims, { alg: 'PS256', kid: 'one' }))).toBe(
      'signature',
    )
  })
})

describe('a key is taken only for what it says it is:', () => {
  it.each([
    ['for encryption', { use: 'enc' }],
    ['for signing, not verifying', { key_ops: ['sign'] }],
    ['of another algorithm', { alg: 'RS512' }],
    ['of another name', { kid: 'other' }],
    ['without a name', { kid: undefined }],
  ])('a key %s', async (_, members) => {
    const entries = Object.entries({ ...rsa.jwk, ...members }).filter(([, one]) => one)
    const keys = [Object.fromEntries(entries), ec.jwk]
    const gateway = guarded({ ...trusted, jwks: { keys } })
    expect(await refusal(gateway, await sign(rsa))).toBe('key')
  })

  it('a key of 1024 bits', async () => {
    const pair = (await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 1024,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    const { n, e } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
    const weak: Signer = { ...pair, alg: 'RS256', jwk: { kty: 'RSA', n, e, kid: 'weak' } }
    const gateway = guarded({ ...trusted, jwks: { keys: [weak.jwk] } })
    expect(await refusal(gateway, await sign(weak))).toBe('key')
  })
})

it('tries the keys of the right type when the token names none', async () => {
  const second = await signer('RS256', 'second')
  const gateway = guarded({ ...trusted, jwks: { keys: [ec.jwk, rsa.jwk, second.jwk] } })
  const token = await sign(second, claims, { alg: 'RS256' })
  expect((await gateway.fetch('/a', bearer(token))).status).toBe(200)
})

it('takes each of several secrets and each of several PEMs, so that keys can be changed', async () => {
  const secrets = [SECRET, SECRET.toUpperCase()]
  const env = { A: secrets[0]!, B: secrets[1]! }
  const options = { ...trusted, algorithms: ['HS256'], secret: ['$env.A', '$env.B'] }
  const symmetric = guarded(options, { env })
  for (const secret of secrets) {
    const token = await sign(await hmacSigner('HS256', secret))
    expect((await symmetric.fetch('/a', bearer(token))).status).toBe(200)
  }
  const pems = { A: await pemOf(rsa), B: await pemOf(ec) }
  const two = { ...trusted, algorithms: ['RS256', 'ES256'], publicKey: ['$env.A', '$env.B'] }
  const asymmetric = guarded(two, { env: pems })
  for (const by of [rsa, ec]) {
    expect((await asymmetric.fetch('/a', bearer(await sign(by)))).status).toBe(200)
  }
})

it('reads a secret in base64 and base64url', async () => {
  const bytes = Uint8Array.from({ length: 33 }, (_, i) => 255 - i)
  const issuer = await hmacSigner('HS256', bytes)
  const standard = btoa(String.fromCharCode(...bytes))
  const url = standard.replaceAll('+', '-').replaceAll('/', '_')
  expect(url).not.toBe(standard)
  for (const S of [standard, url]) {
    const options = { algorithms: ['HS256'], secret: '$env.S', secretEncoding: 'base64' }
    const { fetch } = guarded(options, { env: { S } })
    expect((await fetch('/a', bearer(await sign(issuer)))).status).toBe(200)
  }
})

it('answers 503 while a PEM is no key for any of the algorithms', async () => {
  const env = { PEM: await pemOf(ec) }
  const gateway = guarded({ ...trusted, publicKey: '$env.PEM' }, { env })
  const response = await gateway.fetch('/a', bearer(await sign(rsa)))
  expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not-ready' })
})
