import type { SimulatedIsolate } from './scale.ts'
import type { Timeline } from './timeline.ts'

/**
 * The rule that ours is measured against: fixed windows, leases that live until the window ends, of
 * limit / (20 × isolates seen) tokens, 1 to 64, and one by one when less than a fifth is left.
 */
export class ReferenceObject {
  readonly #limit: number
  readonly #windowMs: number
  readonly #seen = new Set<ReferenceIsolate>()
  #window = 0
  #granted = 0

  constructor(limit: number, windowMs: number) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  /** @returns tokens that may be spent until `untilMs` */
  lease(isolate: ReferenceIsolate, nowMs: number): { tokens: number; untilMs: number } {
    const window = Math.floor(nowMs / this.#windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#granted = 0
      this.#seen.clear()
    }
    this.#seen.add(isolate)
    const left = this.#limit - this.#granted
    const share = Math.floor(this.#limit / (20 * this.#seen.size))
    const wanted = left < this.#limit / 5 ? 1 : Math.max(1, Math.min(64, share))
    const tokens = Math.min(wanted, left)
    this.#granted += tokens
    return { tokens, untilMs: (window + 1) * this.#windowMs }
  }
}

export class ReferenceIsolate implements SimulatedIsolate {
  readonly #object: ReferenceObject
  readonly #call: <T>(work: () => T) => T
  readonly #delayMs: number
  readonly #timeline: Timeline
  #tokens = 0
  #untilMs = 0
  #refusedUntilMs = 0

  constructor(
    object: ReferenceObject,
    call: <T>(work: () => T) => T,
    delayMs: number,
    timeline: Timeline,
  ) {
    this.#object = object
    this.#call = call
    this.#delayMs = delayMs
    this.#timeline = timeline
  }

  request(settle: (isAllowed: boolean) => void): void {
    const { nowMs } = this.#timeline
    if (nowMs < this.#refusedUntilMs) return settle(false)
    if (nowMs < this.#untilMs && this.#tokens > 0) {
      this.#tokens -= 1
      return settle(true)
    }
    this.#timeline.after(this.#delayMs, () => {
      const lease = this.#call(() => this.#object.lease(this, this.#timeline.nowMs))
      this.#timeline.after(this.#delayMs, () => {
        const held = lease.untilMs === this.#untilMs ? this.#tokens : 0
        this.#untilMs = lease.untilMs
        this.#tokens = held + Math.max(0, lease.tokens - 1)
        if (lease.tokens === 0) this.#refusedUntilMs = lease.untilMs
        settle(lease.tokens > 0)
      })
    })
  }
}
