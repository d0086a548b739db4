import { RecentMap } from '../../lib/recent-map.ts'
import type { Algorithm } from './algorithms.ts'
import type { Claims, Rules } from './verify.ts'

/** What was found out about a token, and stays true for a while. */
export interface Verified {
  readonly claims: Claims
  /** The key that has signed it: while it is one of the issuer's, the signature is valid. */
  readonly key: CryptoKey
  readonly alg: Algorithm
  readonly kid: string | undefined
}

/**
 * Tokens that have been verified in this isolate by one policy, with its own rules. A caller sends the same one for
 * minutes, and to look at its signature again costs more than all the rest of a request.
 *
 * Only what cannot change is remembered. That a token lasts is looked at each time, and so has to be whether its
 * key still counts; a token in doubt is verified anew, so nothing is ever refused from here.
 */
export class VerifiedTokens {
  readonly #rules: Pick<Rules, 'toleranceMs' | 'maxAgeMs'>
  readonly #entries: RecentMap<Entry>

  constructor(rules: Pick<Rules, 'toleranceMs' | 'maxAgeMs'>, charactersMax = CHARACTERS_MAX) {
    this.#rules = rules
    this.#entries = new RecentMap(charactersMax, ({ characters }) => characters)
  }

  /** Undefined as well for one that has expired, or where the clock has been put back. */
  find(token: string, nowMs: number): Verified | undefined {
    const entry = this.#entries.get(token)
    if (entry === undefined) return undefined
    return nowMs >= entry.sinceMs && nowMs < entry.untilMs ? entry.verified : undefined
  }

  /** @param verified is shared by all requests from now on, so its claims are made immutable */
  add(token: string, verified: Verified, nowMs: number): void {
    freeze(verified.claims)
    const untilMs = this.#lastsUntil(verified.claims)
    this.#entries.set(token, { verified, sinceMs: nowMs, untilMs, characters: token.length })
  }

  /** RFC 7519 §4.1.4 and §4.1.6; claims that are there are finite numbers. */
  #lastsUntil({ exp, iat }: Claims): number {
    const { toleranceMs, maxAgeMs } = this.#rules
    const expiresMs = typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY
    const agedMs =
      maxAgeMs === undefined || typeof iat !== 'number'
        ? Number.POSITIVE_INFINITY
        : iat * 1000 + maxAgeMs
    return Math.min(expiresMs, agedMs) + toleranceMs
  }
}

interface Entry {
  readonly verified: Verified
  readonly sinceMs: number
  readonly untilMs: number
  readonly characters: number
}

/** Some thousand tokens of the usual length; with their claims they take a few times as many bytes. */
const CHARACTERS_MAX = 2 ** 21

/** Without recursion: who issues tokens may nest claims as deep as a token is long. */
function freeze(claims: Claims): void {
  const open: object[] = [claims]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    Object.freeze(one)
    for (const value of Object.values(one)) {
      if (typeof value === 'object' && value !== null) open.push(value as object)
    }
  }
}
