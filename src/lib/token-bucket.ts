/** Lets `capacity` through at once and `perSecond` in the long run. The caller brings the clock. */
export class TokenBucket {
  readonly #capacity: number
  readonly #perSecond: number
  #tokens: number
  #filledMs = Number.NEGATIVE_INFINITY

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity
    this.#perSecond = perSecond
    this.#tokens = capacity
  }

  /** Takes one token; false, and nothing taken, when there is none. A clock that steps back adds none. */
  take(nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Puts one token back, for what turned out to be free. */
  putBack(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1)
  }

  /** Milliseconds until there is a token again; 0 when there is one. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs)
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#perSecond)
  }

  #fill(nowMs: number): void {
    const elapsedMs = nowMs - this.#filledMs
    if (elapsedMs > 0) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedMs * this.#perSecond) / 1000)
    }
    // a clock that was set back must not stop the refill until it has caught up
    this.#filledMs = nowMs
  }
}
