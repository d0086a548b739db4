import type { Logger } from '../../core/log.ts'
import type { KeyCaller, StoredKey } from '../../core/keys.ts'
import type { FeedAnswer, KeyUse, Registry } from '../../core/registry.ts'

/** Everything the read path touches. Each function does one call and rejects when it fails. */
export interface KeysWorld {
  now(): number
  /** A timer of the request that asks. */
  sleep(ms: number): Promise<void>
  /** The result of `work`, or an error when it takes longer; the work itself cannot be stopped. */
  within<T>(limitMs: number, work: Promise<T>): Promise<T>
  randomBytes(count: number): Uint8Array
  /** One KV read. */
  readStored(hash: string): Promise<StoredKey | null>
  /** One question to the feed of the region where the request is. */
  hear(question: FeedQuestion, request: KeyCaller['request']): Promise<FeedAnswer>
  /** The registry's stub, made anew for each request. */
  registry(): Registry
  readonly log: Logger
}

export interface FeedQuestion {
  readonly since: number
  readonly used: readonly KeyUse[]
  readonly isUrgent: boolean
}

/** Counted since the isolate started; for metrics. */
export interface KeysFigures {
  memoryHits: number
  storedReads: number
  registryAsks: number
  feedAsks: number
  feedFailures: number
  /** Answers given although the feed had been silent for too long. */
  late: number
  busy: number
  unavailable: number
}

/** Times in milliseconds, from issue 3. */
export const LIMITS = {
  /** From this age of its hearsay on an isolate asks the feed in the background. */
  askAfterMs: 5000,
  /** Beyond this age a request waits for the feed. */
  trustMs: 10_000,
  /** How long known keys go on working when the feed cannot be reached. */
  lateMs: 5 * 60_000,
  /** After a failure the feed is left alone for so long, so that not every request waits for it. */
  feedPauseMs: 2000,
  /** How long a request waits for the feed, KV and the registry. */
  feedTimeoutMs: 1000,
  storedTimeoutMs: 1000,
  registryTimeoutMs: 3000,
  /** How long "unknown" is believed. */
  unknownMs: 5000,
  unknownEntries: 5000,
  /** Characters of JSON that are remembered: 10,000 to 20,000 keys with little metadata. */
  rememberedCharacters: 12_000_000,
  /** KV reads that find nothing: burst and rate of one isolate, and of one address in it. */
  missesBurst: 100,
  missesPerSecond: 20,
  addressMissesBurst: 50,
  addressMissesPerSecond: 2,
  addresses: 5000,
  /** Questions to the registry in one isolate. */
  asksBurst: 10,
  asksPerSecond: 10,
} as const
