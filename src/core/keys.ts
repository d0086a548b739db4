import type { KeyMode, KeyText } from '../lib/api-key.ts'
import type { Async } from './policy.ts'
import type { Registry } from './registry.ts'

/** API keys as `api-key` and `admin` see them: `runtime.keys`. */
export interface Keys {
  /**
   * Who holds this key. Answers at once, without a promise, when the isolate knows it.
   * Never throws and never rejects: what goes wrong is one of the answers.
   */
  find(key: KeyText, caller: KeyCaller): Async<KeyAnswer>
  /** Makes a key. The text is shown once and stored nowhere; the rest goes to the registry. */
  mint(mode: KeyMode): Promise<{ readonly text: string; readonly minted: MintedKey }>
  /** This isolate has changed something: it asks before it answers from memory again. */
  changed(): void
  /** The source of truth, for administration. Ask for it anew in every request. */
  registry(): Registry
}

/** What a look-up needs of the request that asks; an exchange has it. */
export interface KeyCaller {
  readonly client: { readonly ip: string }
  /** Its `cf` tells the region, and so the revocation feed. */
  readonly request: { readonly cf?: unknown }
  waitUntil(work: Promise<unknown>): void
}

/**
 * - `found`: may be used now. `late` when it could not be checked for revocation in time (the feed is
 *   unreachable, at most five minutes)
 * - `refused`: known, but not usable, with the reason for the log; from outside like `unknown`
 * - `unknown`: the registry does not have it
 * - `busy`: too many look-ups of unknown keys; 503 with `Retry-After`
 * - `unavailable`: neither KV nor the registry could tell; 503, never 401
 */
export type KeyAnswer =
  | {
      readonly state: 'found'
      readonly key: KeyRecord
      readonly consumer: ConsumerRecord
      readonly late: boolean
    }
  | { readonly state: 'refused'; readonly reason: KeyRefusal; readonly key: KeyRecord }
  | { readonly state: 'unknown' }
  | { readonly state: 'busy'; readonly retryAfterMs: number }
  | { readonly state: 'unavailable' }

export type KeyRefusal = 'expired' | 'revoked' | 'disabled' | 'consumer-disabled'

/** A key as it is at the edge. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  readonly mode: KeyMode
  readonly scopes: readonly string[]
  /** CIDR blocks and addresses it may be used from. Empty: from anywhere. */
  readonly ipRanges: readonly string[]
  readonly status: KeyStatus
  /** Milliseconds since 1970; null: never. */
  readonly expiresMs: number | null
  /** The registry's sequence number at its last change; grows, also across deletion and re-creation. */
  readonly version: number
}

export type KeyStatus = 'active' | 'disabled' | 'revoked'

/** A consumer as it is at the edge. */
export interface ConsumerRecord {
  readonly id: string
  readonly name: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly tags: readonly string[]
  readonly groups: readonly string[]
  readonly status: ConsumerStatus
  readonly version: number
}

export type ConsumerStatus = 'active' | 'disabled'

/** What the registry stores of a new key. */
export interface MintedKey {
  readonly id: string
  /** SHA-256 of the text, base64url. */
  readonly hash: string
  readonly mode: KeyMode
  readonly start: string
  readonly lastFour: string
}

/** One value of the read model: what KV holds under `storedName(hash)`. */
export interface StoredKey {
  readonly key: KeyRecord
  readonly consumer: ConsumerRecord
}
