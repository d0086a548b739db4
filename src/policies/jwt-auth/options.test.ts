import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../test/worker/harness.ts'
import { AUDIENCE, bearer, guarded, ISSUER } from '../../../test/worker/jwt.ts'

describe('answers 503 when it is set up wrongly:', () => {
  const strong = 'x'.repeat(32)
  const https = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'] }
  it.each([
    ['a secret of 31 characters', { algorithms: ['HS256'], secret: '$env.S' }, 'fewer than 32'],
    ['a short secret for HS512', { algorithms: ['HS512'], secret: '$env.T' }, 'fewer than 64'],
    ['HS256 without a secret', { ...https, algorithms: ['ES256', 'HS256'] }, 'HS256 needs'],
    [
      'RS256 with a secret',
      { algorithms: ['RS256'], secret: '$env.T' },
      'RS256 needs a public key',
    ],
    [
      'a secret and a public key',
      { algorithms: ['HS256', 'RS256'], secret: '$env.T', publicKey: '$env.T' },
      'keys come from one source',
    ],
    ['no source of keys', { audience: AUDIENCE }, 'name one `issuer`'],
    [
      'several issuers to discover',
      { ...https, issuer: [ISSUER, 'https://b.example'] },
      'name one',
    ],
    ['keys over http', { ...https, jwksUrl: 'http://id.example.com/keys' }, 'over https only'],
    ['an issuer over http', { ...https, issuer: 'http://id.example.com' }, 'over https only'],
    ['an issuer that is no URL', { ...https, issuer: 'me' }, 'over https only'],
    ['a password in the URL', { ...https, jwksUrl: 'https://a:b@id.example.com' }, 'https only'],
    ['keys without an issuer', { jwksUrl: 'https://id.example.com/keys' }, 'name one `issuer`'],
    ['no audience', { issuer: ISSUER }, 'without `audience`'],
    ['a private key in a file', { jwks: { keys: [{ kty: 'RSA', d: 'x' }] } }, 'a private key'],
    [
      'a secret in a file',
      { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      'a private key or a secret',
    ],
    ['no public key', { jwks: { keys: [{ kty: 'RSA', use: 'enc' }] } }, 'no public key for sig'],
    ['a key that is no PEM', { publicKey: '$env.T' }, '`publicKey` begins with'],
    ['no place for the token', { ...https, authorization: false }, 'no place'],
    [
      'base64 that is none',
      { algorithms: ['HS256'], secret: '$env.U', secretEncoding: 'base64' },
      'not base64',
    ],
  ] as const)('%s', async (_, options, message) => {
    const gateway = guarded(options, { env: { S: 'x'.repeat(31), T: strong, U: '*'.repeat(64) } })
    const response = await gateway.fetch('/a', bearer('x.y.z'))
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not-ready' })
    const logs = JSON.stringify(gateway.logs)
    expect(logs).toContain(message)
    for (const secret of ['xxx', '***']) expect(logs).not.toContain(secret)
  })
})
