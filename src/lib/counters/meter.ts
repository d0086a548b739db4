import { BucketMeter } from './bucket-meter.ts'
import type { Limit, PeriodLimit, WindowLimit } from './limit.ts'
import { SlidingMeter } from './sliding-meter.ts'
import { WindowMeter } from './window-meter.ts'

/**
 * Counts what one caller spent against one limit. Every time comes in as an argument and may step back:
 * then a meter counts too much, never too little.
 *
 * Tokens can be given away to be spent later (a lease). `spendByMs` is when the last of them can be spent;
 * a meter counts them from now on as if all were spent in that instant.
 */
export interface Meter {
  /** May be replaced by one with another amount; the count stays. */
  limit: Limit
  /** Tokens that may be given away now. Negative when more was charged afterwards than there was. */
  room(nowMs: number, spendByMs: number): number
  /** Counts tokens, whether there is room or not. */
  add(tokens: number, nowMs: number, spendByMs: number): void
  /** Takes back tokens that were added with this `spendByMs`; what has been forgotten stays forgotten. */
  remove(tokens: number, nowMs: number, spendByMs: number): void
  /** Until there will be room if nobody spends; `Infinity` when there never is. */
  waitMs(tokens: number, nowMs: number): number
  /** Until the whole limit is there again if nobody spends. */
  resetMs(nowMs: number): number
  /** From then on the meter is as good as new. */
  expiresMs(): number
  /** How long tokens that are given away now may live. 0: spend now or never. */
  leaseMs(nowMs: number): number
  /** JSON, for `meterFrom`. */
  state(): unknown
}

/** A meter as it is stored. */
export interface MeterImage {
  readonly limit: Limit
  readonly state: unknown
}

/** @param state what `Meter.state` gave; nothing for a new one */
export function meterFrom(limit: Limit, state?: unknown): Meter {
  if (limit.algorithm === 'sliding-window') return new SlidingMeter(limit as WindowLimit, state)
  if (limit.algorithm === 'token-bucket') return new BucketMeter(limit, state)
  return new WindowMeter(limit as WindowLimit | PeriodLimit, state)
}
