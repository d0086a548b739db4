import { errors, jwtVerify, type JWTVerifyOptions } from 'jose'
import type { Exchange, Runtime } from '#gateway'
import { member } from '../../lib/member.ts'
import type { Algorithm } from './algorithms.ts'
import { readHeader, readPayload } from './compact.ts'
import type { Keys } from './keys.ts'
import { type Verified, VerifiedTokens } from './verified-tokens.ts'

/** What a token must be and say. */
export interface Rules {
  readonly algorithms: readonly Algorithm[]
  /** In normal form. */
  readonly types: readonly string[]
  readonly issuers: readonly string[] | undefined
  readonly audiences: readonly string[] | undefined
  readonly isExpiryRequired: boolean
  readonly maxAgeMs: number | undefined
  readonly toleranceMs: number
  readonly claims: Readonly<Record<string, Wanted | readonly Wanted[]>>
}

export type Wanted = string | number | boolean
export type Claims = Readonly<Record<string, unknown>>

export type Verdict =
  | { readonly claims: Claims }
  | { readonly refusal: Refusal; readonly claim?: string }
  /** No keys are known, which says nothing about the token. */
  | { readonly refusal: 'no-keys' }

/** Why a token is not taken: for the log, and what its sender is told. */
export const REFUSALS = {
  malformed: 'It is not a JWT in compact form.',
  type: 'It is a token of another type.',
  algorithm: 'It is signed with an algorithm that is not accepted.',
  key: 'It is signed with an unknown key.',
  signature: 'Its signature is not valid.',
  expired: 'It has expired.',
  claim: 'A claim is missing or has another value.',
} as const

export type Refusal = keyof typeof REFUSALS

/** RFC 7515 §4.1.9: case says nothing, and `application/` may be left out. */
export const normalType = (typ: string): string => typ.toLowerCase().replace(/^application\//, '')

/** Checks tokens against the rules: form, type, algorithm, key, signature, then what it claims. */
export class Verifier {
  readonly #rules: Rules
  readonly #keys: Keys
  readonly #runtime: Runtime
  readonly #options: JWTVerifyOptions
  readonly #claims: readonly (readonly [path: readonly string[], wanted: readonly Wanted[]])[]
  readonly #verified: VerifiedTokens

  constructor(rules: Rules, keys: Keys, runtime: Runtime) {
    this.#rules = rules
    this.#keys = keys
    this.#runtime = runtime
    this.#verified = new VerifiedTokens(rules)
    this.#claims = Object.entries(rules.claims).map(([name, wanted]) => [
      name.split('.'),
      Array.isArray(wanted) ? wanted : [wanted as Wanted],
    ])
    this.#options = {
      ...(rules.issuers && { issuer: [...rules.issuers] }),
      ...(rules.audiences && { audience: [...rules.audiences] }),
      ...(rules.maxAgeMs !== undefined && { maxTokenAge: rules.maxAgeMs / 1000 }),
      requiredClaims: rules.isExpiryRequired ? ['exp'] : [],
      clockTolerance: rules.toleranceMs / 1000,
    }
  }

  async verify(token: string, exchange: Exchange): Promise<Verdict> {
    const known = this.#verified.find(token, this.#runtime.now())
    if (known !== undefined && (await this.#isKeyOf(known, exchange))) return known
    const header = readHeader(token)
    if (header === undefined) return { refusal: 'malformed' }
    if (!this.#rules.types.includes(normalType(header.typ))) return { refusal: 'type' }
    const alg = this.#rules.algorithms.find((one) => one === header.alg)
    if (alg === undefined) return { refusal: 'algorithm' }
    const { kid } = header
    const keys = await this.#keys.find({ alg, kid }, exchange)
    if (keys === undefined) return { refusal: 'no-keys' }
    for (const key of keys) {
      const verdict = await this.#verifyWith(key, alg, token)
      if (verdict === undefined) continue
      if ('claims' in verdict) {
        this.#verified.add(token, { claims: verdict.claims, key, alg, kid }, this.#runtime.now())
      }
      return verdict
    }
    return { refusal: keys.length === 0 ? 'key' : 'signature' }
  }

  /** Whether the issuer still has the key: one that is fetched anew is another, and verifies anew. */
  async #isKeyOf({ alg, kid, key }: Verified, exchange: Exchange): Promise<boolean> {
    const keys = await this.#keys.find({ alg, kid }, exchange)
    return keys?.includes(key) ?? false
  }

  /** Undefined when the key has not signed it. */
  async #verifyWith(key: CryptoKey, alg: Algorithm, token: string): Promise<Verdict | undefined> {
    try {
      const currentDate = new Date(this.#runtime.now())
      await jwtVerify(token, key, { ...this.#options, algorithms: [alg], currentDate })
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return undefined
      if (error instanceof errors.JWTExpired) return { refusal: 'expired' }
      if (error instanceof errors.JWTClaimValidationFailed) {
        return { refusal: 'claim', claim: error.claim }
      }
      if (error instanceof errors.JOSEError) return { refusal: 'malformed' }
      throw error
    }
    const claims = readPayload(token)
    return claims === undefined ? { refusal: 'malformed' } : this.#checkClaims(claims)
  }

  #checkClaims(claims: Claims): Verdict {
    for (const claim of ['exp', 'nbf', 'iat']) {
      // `1e999` is a number in JSON, and no time (RFC 7519 §2)
      if (claims[claim] !== undefined && !Number.isFinite(claims[claim])) {
        return { refusal: 'claim', claim }
      }
    }
    for (const [path, wanted] of this.#claims) {
      const value = member(claims, path)
      const values: readonly unknown[] = Array.isArray(value) ? value : [value]
      if (!values.some((one) => wanted.includes(one as Wanted))) {
        return { refusal: 'claim', claim: path.join('.') }
      }
    }
    return { claims }
  }
}
