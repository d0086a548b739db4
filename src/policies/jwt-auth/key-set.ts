import { importJWK } from 'jose'
import { type Algorithm, KEY_TYPES } from './algorithms.ts'
import type { Wanted } from './keys.ts'

/**
 * The public keys of a JWK Set (RFC 7517 §5). Each is imported when it is first asked for, once for each
 * algorithm. Requests share imported keys, never the promise of one: jose's own `createLocalJWKSet` shares
 * that, and in workerd a request must not wait for another's.
 */
export class KeySet {
  readonly #members: readonly Member[]

  /** @throws Error when it is no JWK Set, or holds no key that could have signed anything */
  constructor(document: unknown) {
    const { keys } = (document ?? {}) as { keys?: unknown }
    if (!Array.isArray(keys)) throw new Error('not a JWK Set: it has no list of `keys`')
    if (keys.length > KEYS_MAX) throw new Error(`the JWK Set has more than ${KEYS_MAX} keys`)
    this.#members = keys
      .filter(isPublicSigningKey)
      .map((jwk) => ({ jwk, imported: new Map<Algorithm, CryptoKey | null>() }))
    if (this.#members.length === 0) throw new Error('the JWK Set has no public key for signatures')
  }

  /** A token without `kid` may have been signed by any key of the right type; a few are tried. */
  async find({ alg, kid }: Wanted): Promise<readonly CryptoKey[]> {
    const { kty, crv } = KEY_TYPES[alg]
    const fitting = this.#members.filter(
      ({ jwk }) =>
        jwk['kty'] === kty &&
        (crv === undefined || jwk['crv'] === crv) &&
        (kid === undefined || jwk['kid'] === kid) &&
        (jwk['alg'] === undefined || jwk['alg'] === alg),
    )
    const keys = await Promise.all(
      fitting.slice(0, CANDIDATES_MAX).map((member) => imported(member, alg)),
    )
    return keys.filter((key) => key !== null)
  }
}

interface Member {
  readonly jwk: Jwk
  /** Null for a key that cannot be imported. */
  readonly imported: Map<Algorithm, CryptoKey | null>
}

type Jwk = Readonly<Record<string, unknown>>

const KEYS_MAX = 100
const CANDIDATES_MAX = 8

/** `use` and `key_ops` (RFC 7517 §4.2, §4.3) must not say otherwise. A private key is nobody's to publish. */
function isPublicSigningKey(jwk: unknown): jwk is Jwk {
  if (typeof jwk !== 'object' || jwk === null) return false
  const { kty, use, key_ops: operations, d, k } = jwk as Jwk
  return (
    (kty === 'RSA' || kty === 'EC' || kty === 'OKP') &&
    d === undefined &&
    k === undefined &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  )
}

async function imported({ jwk, imported }: Member, alg: Algorithm): Promise<CryptoKey | null> {
  const known = imported.get(alg)
  if (known !== undefined) return known
  const { kty, crv, x, y, n, e } = jwk as Record<string, string>
  // the members that make the key, and nothing else that somebody may have put there
  const material = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, ...(kty === 'EC' && { y }) }
  const key = await importJWK(material as Parameters<typeof importJWK>[0], alg).catch(() => null)
  const usable = key instanceof CryptoKey && isStrong(key) ? key : null
  imported.set(alg, usable)
  return usable
}

/** RFC 7518 §3.3: an RSA key has 2048 bits or more. */
export function isStrong({ algorithm }: CryptoKey): boolean {
  const { modulusLength } = algorithm as { modulusLength?: number }
  return modulusLength === undefined || modulusLength >= 2048
}
