/** Signature algorithms (RFC 7518 §3, RFC 8037, RFC 9864) that may be configured. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const

export type Algorithm = (typeof ALGORITHMS)[number]

/** What a key has to be for an algorithm. `none` and every other spelling are not in the table. */
export interface KeyType {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct'
  readonly crv?: string
  /** Least length of a secret: that of the hash (RFC 7518 §3.2). */
  readonly secretBytesMin?: number
}

const RSA: KeyType = { kty: 'RSA' }
const ED25519: KeyType = { kty: 'OKP', crv: 'Ed25519' }

export const KEY_TYPES: Readonly<Record<Algorithm, KeyType>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: ED25519,
  Ed25519: ED25519,
  HS256: { kty: 'oct', secretBytesMin: 32 },
  HS384: { kty: 'oct', secretBytesMin: 48 },
  HS512: { kty: 'oct', secretBytesMin: 64 },
}
