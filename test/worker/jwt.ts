import { exportJWK } from 'jose'
import { checkOptions } from '../../scripts/compile/options.ts'
import { policy, type Step } from '../../src/core/gateway.ts'
import type { Hooks } from '../../src/core/policy.ts'
import jwtAuth from '../../src/policies/jwt-auth/jwt-auth.ts'
import { harness, type Harness, type Setup } from './harness.ts'

export const NOW_MS = 1_800_000_000_000
export const NOW = NOW_MS / 1000
export const ISSUER = 'https://id.example.com'
export const AUDIENCE = 'shop'

/** Claims that every test policy here accepts. */
export const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', exp: NOW + 60 }

/** Somebody who can sign. */
export interface Signer {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** The public key with `kid` and `alg`. */
  readonly jwk: Readonly<Record<string, unknown>>
}

export async function signer(alg: string, kid = alg): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey(GENERATE[alg]!, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const { publicKey, privateKey } = pair
  return { alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } }
}

export function hmacSigner(alg: string, secret: string | Uint8Array): Promise<Signer> {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  const algorithm = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` }
  return crypto.subtle
    .importKey('raw', bytes, algorithm, false, ['sign'])
    .then((key) => ({ alg, privateKey: key, publicKey: key, jwk: {} }))
}

/** A token with a real signature. Header and payload are JSON text, or values to be written as such. */
export async function sign(
  by: Signer,
  payload: unknown = claims,
  header: unknown = { alg: by.alg, ...(by.jwk['kid'] !== undefined && { kid: by.jwk['kid'] }) },
): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  const bytes = new TextEncoder().encode(input)
  const signature = await crypto.subtle.sign(SIGN[by.alg]!, by.privateKey, bytes)
  return `${input}.${base64url(new Uint8Array(signature))}`
}

export function encode(value: unknown): string {
  return base64url(
    new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
  )
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

export async function pemOf({ publicKey }: Signer): Promise<string> {
  const der = new Uint8Array((await crypto.subtle.exportKey('spki', publicKey)) as ArrayBuffer)
  return `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...der))}\n-----END PUBLIC KEY-----`
}

/** The policy with options as a user writes them. */
export function jwt(given: Readonly<Record<string, unknown>>): Step<Hooks> {
  const { options, faults } = checkOptions(jwtAuth.options, given)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return policy('tokens', jwtAuth, options as Parameters<typeof policy<typeof jwtAuth.options>>[2])
}

/** A gateway with this policy that answers with the principal, at a moment that stands still. */
export function guarded(given: Readonly<Record<string, unknown>>, setup: Setup = {}): Harness {
  return harness({
    policies: [jwt(given)],
    handle: ({ principal }) => Response.json(principal ?? null),
    ...setup,
    runtime: { now: () => NOW_MS, fetch: () => Promise.reject(new Error('no')), ...setup.runtime },
  })
}

export const bearer = (token: string): RequestInit => ({
  headers: { authorization: `Bearer ${token}` },
})

const rsa = (name: string, hash: string) => ({
  name,
  hash,
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
})
const ec = (namedCurve: string) => ({ name: 'ECDSA', namedCurve })

type Generate = Parameters<SubtleCrypto['generateKey']>[0]
const GENERATE: Readonly<Record<string, Generate>> = {
  RS256: rsa('RSASSA-PKCS1-v1_5', 'SHA-256'),
  RS384: rsa('RSASSA-PKCS1-v1_5', 'SHA-384'),
  RS512: rsa('RSASSA-PKCS1-v1_5', 'SHA-512'),
  PS256: rsa('RSA-PSS', 'SHA-256'),
  PS384: rsa('RSA-PSS', 'SHA-384'),
  PS512: rsa('RSA-PSS', 'SHA-512'),
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
}

type SignWith = Parameters<SubtleCrypto['sign']>[0]
const SIGN: Readonly<Record<string, SignWith>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  RS384: { name: 'RSASSA-PKCS1-v1_5' },
  RS512: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512' },
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
  HS256: { name: 'HMAC' },
  HS384: { name: 'HMAC' },
  HS512: { name: 'HMAC' },
}
