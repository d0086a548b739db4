import type { Limit } from '../lib/counters/limit.ts'
import type { Async } from './policy.ts'

export type { BucketLimit, Limit, Period, PeriodLimit, WindowLimit } from '../lib/counters/limit.ts'

/**
 * - `strict`: the counter is asked for every request
 * - `lease`: the isolate holds a few tokens at a time; never more is admitted, a little may be refused too early
 * - `local`: each isolate counts for itself; approximate, nobody is asked
 */
export type CounterMode = 'strict' | 'lease' | 'local'

/** Counts what callers spend. The same caller under the same policy has the same counters wherever it calls. */
export interface Counters {
  /** Takes `cost` tokens from each of the limits, or from none. Answers at once where nobody must be asked. */
  take(asked: TakeTokens): Async<TokenDecision>
  /**
   * Corrects a cost once it is known. A negative difference gives back. A positive one is always charged, so
   * `remaining` may have been passed: what is spent is spent. Once for each receipt.
   */
  settle(receipt: CounterReceipt, difference: number): Async<void>
  /** Takes one of the caller's slots for a request in flight. */
  acquire(asked: AcquireSlot): Async<SlotDecision>
  /** Frees a slot. Once for each receipt; its lease frees it anyway. */
  release(receipt: CounterReceipt): Async<void>
  /** Where a caller stands. */
  inspect(policy: string, caller: string): Async<CounterReport>
  /**
   * Forgets what a caller spent. This isolate forgets its refusals at once; others may remember one for another
   * minute, and spend the tokens they hold.
   */
  reset(policy: string, caller: string): Async<void>
}

interface Asked {
  /** The policy's name in `policies.json`. */
  readonly policy: string
  /** Who is counted: any text, never stored as it is. */
  readonly caller: string
  readonly mode: CounterMode
  /** True where anybody can be a new caller (addresses): the number of new ones per second is then bounded. */
  readonly isOpen?: boolean
}

export interface TakeTokens extends Asked {
  /** At least one, at most eight. Pass the same array each time where they do not change. */
  readonly limits: readonly Limit[]
  /** Whole tokens, 1 by default. 0 takes nothing and passes while anything is left. */
  readonly cost?: number
  /** For work that the answer need not wait for: the next lease. Without it requests wait for it. */
  waitUntil?(work: Promise<unknown>): void
}

export interface AcquireSlot extends Asked {
  /** Slots of the caller. */
  readonly limit: number
  /** A slot that is not released by then is free again. */
  readonly leaseMs: number
}

/** `unreachable`: the counter did not answer in time, or there are too many new callers; nothing was decided. */
export type CounterOutcome = 'allowed' | 'refused' | 'unreachable'

export interface TokenDecision {
  readonly outcome: CounterOutcome
  /** In the order they were asked; none when `unreachable`. */
  readonly levels: readonly CounterLevel[]
  /** Of the levels, the one to show: which refused, or where least is left. */
  readonly tightest: CounterLevel | undefined
  /** When it was refused: until it would pass, `Infinity` when it never will. */
  readonly retryAfterMs: number
  /** For `settle`; only when `allowed`. */
  readonly receipt?: CounterReceipt
  /** When `unreachable`: for the log. */
  readonly reason?: string
}

export interface CounterLevel {
  readonly limit: Limit
  /** Whole tokens left. */
  readonly remaining: number
  /** Until the whole limit is there again if nobody spends. */
  readonly resetMs: number
}

export interface SlotDecision {
  readonly outcome: CounterOutcome
  /** Free slots. */
  readonly remaining: number
  /** When it was refused: until the next slot is free at the latest. */
  readonly retryAfterMs: number
  /** For `release`; only when `allowed`. */
  readonly receipt?: CounterReceipt
  readonly reason?: string
}

/** Only the store that gave it can read it. */
export interface CounterReceipt {
  readonly policy: string
  readonly caller: string
}

export interface CounterReport {
  readonly levels: readonly CounterLevel[]
  /** Slots that are held. */
  readonly inFlight: number
}
