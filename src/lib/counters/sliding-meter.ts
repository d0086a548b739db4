import { leaseMsFor, subWindows, type WindowLimit } from './limit.ts'
import type { Meter } from './meter.ts'

/**
 * Sixty sub-windows, each counted whole until its last instant has left the window. So the true count of any
 * trailing window is never above the sum here, and the sum is never above the limit. The price: after a
 * burst, tokens come back up to one sixtieth of the window late.
 */
export class SlidingMeter implements Meter {
  limit: WindowLimit
  /** Numbers of the sub-windows that hold anything, ascending, and what they hold. */
  readonly #cells: number[]
  readonly #counts: number[]
  #total: number

  constructor(limit: WindowLimit, state?: unknown) {
    const { cells, counts } = (state ?? { cells: [], counts: [] }) as SlidingState
    this.limit = limit
    this.#cells = [...cells]
    this.#counts = [...counts]
    this.#total = counts.reduce((sum, count) => sum + count, 0)
  }

  room(nowMs: number): number {
    this.#forget(nowMs)
    return this.limit.limit - this.#total
  }

  add(tokens: number, _nowMs: number, spendByMs: number): void {
    const cell = this.#cellAt(spendByMs)
    let at = this.#cells.length
    while (at > 0 && this.#cells[at - 1]! > cell) at--
    if (at > 0 && this.#cells[at - 1] === cell) this.#counts[at - 1]! += tokens
    else {
      this.#cells.splice(at, 0, cell)
      this.#counts.splice(at, 0, tokens)
    }
    this.#total += tokens
  }

  remove(tokens: number, nowMs: number, spendByMs: number): void {
    this.#forget(nowMs)
    const at = this.#cells.lastIndexOf(this.#cellAt(spendByMs))
    if (at < 0) return
    const removed = Math.min(tokens, this.#counts[at]!)
    this.#counts[at]! -= removed
    this.#total -= removed
  }

  waitMs(tokens: number, nowMs: number): number {
    if (tokens > this.limit.limit) return Number.POSITIVE_INFINITY
    let missing = tokens - this.room(nowMs)
    for (let at = 0; at < this.#cells.length && missing > 0; at++) {
      missing -= this.#counts[at]!
      if (missing <= 0) return this.#leavesMs(this.#cells[at]!) - nowMs
    }
    return missing > 0 ? Number.POSITIVE_INFINITY : 0
  }

  resetMs(nowMs: number): number {
    return Math.max(0, this.expiresMs() - nowMs)
  }

  expiresMs(): number {
    const last = this.#counts.findLastIndex((count) => count > 0)
    return last < 0 ? 0 : this.#leavesMs(this.#cells[last]!)
  }

  leaseMs(): number {
    return leaseMsFor(this.limit.windowMs)
  }

  state(): SlidingState {
    return { cells: this.#cells, counts: this.#counts }
  }

  #cellAt(timeMs: number): number {
    return Math.floor((timeMs * subWindows) / this.limit.windowMs)
  }

  /** The first millisecond at which no instant of the sub-window is in the trailing window. */
  #leavesMs(cell: number): number {
    return Math.ceil(((cell + subWindows + 1) * this.limit.windowMs) / subWindows)
  }

  #forget(nowMs: number): void {
    const first = this.#cellAt(nowMs) - subWindows
    let gone = 0
    while (gone < this.#cells.length && this.#cells[gone]! < first) {
      this.#total -= this.#counts[gone]!
      gone++
    }
    if (gone === 0) return
    this.#cells.splice(0, gone)
    this.#counts.splice(0, gone)
  }
}

interface SlidingState {
  readonly cells: readonly number[]
  readonly counts: readonly number[]
}
