import { leaseMsFor, type PeriodLimit, type WindowLimit } from './limit.ts'
import type { Meter } from './meter.ts'
import { periodAt, type Span } from './period.ts'

/** One count that starts again with each window or period. */
export class WindowMeter implements Meter {
  limit: WindowLimit | PeriodLimit
  #span: Span
  #used: number

  constructor(limit: WindowLimit | PeriodLimit, state?: unknown) {
    const { startMs, endMs, used } = (state ?? { startMs: 0, endMs: 0, used: 0 }) as WindowState
    this.limit = limit
    this.#span = { startMs, endMs }
    this.#used = used
  }

  room(nowMs: number): number {
    this.#turn(nowMs)
    return this.limit.limit - this.#used
  }

  add(tokens: number, nowMs: number): void {
    this.#turn(nowMs)
    this.#used += tokens
  }

  remove(tokens: number, nowMs: number, spendByMs: number): void {
    this.#turn(nowMs)
    if (spendByMs < this.#span.startMs) return
    this.#used = Math.max(0, this.#used - tokens)
  }

  waitMs(tokens: number, nowMs: number): number {
    if (tokens > this.limit.limit) return Number.POSITIVE_INFINITY
    return tokens <= this.room(nowMs) ? 0 : this.#span.endMs - nowMs
  }

  resetMs(nowMs: number): number {
    this.#turn(nowMs)
    return this.#span.endMs - nowMs
  }

  expiresMs(): number {
    return this.#used > 0 ? this.#span.endMs : 0
  }

  leaseMs(nowMs: number): number {
    this.#turn(nowMs)
    const { startMs, endMs } = this.#span
    // less than the end, so that `spendByMs` tells which window tokens were taken from
    return Math.min(leaseMsFor(endMs - startMs), endMs - 1 - nowMs)
  }

  state(): WindowState {
    return { ...this.#span, used: this.#used }
  }

  /** A clock that steps back into an earlier window stays in the later one. */
  #turn(nowMs: number): void {
    if (nowMs < this.#span.endMs) return
    this.#span = spanAt(this.limit, nowMs)
    this.#used = 0
  }
}

interface WindowState extends Span {
  readonly used: number
}

function spanAt(limit: WindowLimit | PeriodLimit, nowMs: number): Span {
  if (limit.algorithm === 'period') return periodAt(limit, nowMs)
  const startMs = Math.floor(nowMs / limit.windowMs) * limit.windowMs
  return { startMs, endMs: startMs + limit.windowMs }
}
