import { type BucketLimit, leaseMsFor } from './limit.ts'
import type { Meter } from './meter.ts'

/**
 * A bucket that leaks: `used` at `atMs`, less `limit` / `windowMs` for each millisecond after it. Tokens that
 * are given away to be spent later fill the bucket as of the last instant they can be spent, so `atMs` may lie
 * ahead, and `used` is then higher, not lower, before it. That keeps the bound for every stretch of time:
 * the last grant that falls into it was made with all the others counted at their latest.
 */
export class BucketMeter implements Meter {
  limit: BucketLimit
  #used: number
  #atMs: number

  constructor(limit: BucketLimit, state?: unknown) {
    const { used, atMs } = (state ?? { used: 0, atMs: 0 }) as BucketState
    this.limit = limit
    this.#used = used
    this.#atMs = atMs
  }

  room(nowMs: number, spendByMs: number): number {
    const usedThen = Math.max(0, this.#usedAt(spendByMs))
    return this.limit.burst - usedThen - (spendByMs - nowMs) * this.#perMs
  }

  add(tokens: number, _nowMs: number, spendByMs: number): void {
    this.#used = Math.max(0, this.#usedAt(spendByMs)) + tokens
    this.#atMs = spendByMs
  }

  remove(tokens: number, nowMs: number, spendByMs: number): void {
    // what leaked since then leaked for these tokens first: it would not have leaked without them
    const left = tokens - Math.max(0, nowMs - spendByMs) * this.#perMs
    if (left > 0) this.#used -= left
  }

  waitMs(tokens: number, nowMs: number): number {
    if (tokens > this.limit.burst) return Number.POSITIVE_INFINITY
    const missing = tokens - this.room(nowMs, nowMs)
    if (missing <= 1e-9) return 0
    return this.#perMs === 0 ? Number.POSITIVE_INFINITY : Math.ceil(missing / this.#perMs)
  }

  resetMs(nowMs: number): number {
    const used = this.#usedAt(nowMs)
    if (used <= 0) return 0
    return this.#perMs === 0 ? Number.POSITIVE_INFINITY : Math.ceil(used / this.#perMs)
  }

  expiresMs(): number {
    return this.#used <= 0 ? 0 : this.#atMs + this.resetMs(this.#atMs)
  }

  leaseMs(): number {
    return leaseMsFor(this.limit.windowMs)
  }

  state(): BucketState {
    return { used: this.#used, atMs: this.#atMs }
  }

  get #perMs(): number {
    return this.limit.limit / this.limit.windowMs
  }

  #usedAt(timeMs: number): number {
    return this.#used - (timeMs - this.#atMs) * this.#perMs
  }
}

interface BucketState {
  readonly used: number
  readonly atMs: number
}
