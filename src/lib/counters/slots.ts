/** JSON: how many slots may be held, and how long at most after the object is gone. */
export interface SlotsImage {
  readonly held: number
  readonly leaseMs: number
  /** When the last of exactly these runs out; absent where others may have been acquired since. */
  readonly untilMs?: number
}

export interface AcquireAsk {
  readonly limit: number
  /** A slot that is not released by then is free again. */
  readonly leaseMs: number
}

export interface AcquireAnswer {
  /** For `release`; absent when all slots are held. */
  readonly slot?: string
  readonly remaining: number
  /** When the next lease runs out; 0 when a slot was given. Slots are usually released long before. */
  readonly retryAfterMs: number
}

/**
 * Requests of one caller that are in flight. Only the highest number held is stored, not who holds. After a
 * crash that many unknown holders are assumed, until they release or their leases run out.
 */
export class Slots {
  /** When each lease runs out. */
  readonly #held = new Map<string, number>()
  /** Tells this instance's slots from those of one that crashed. */
  readonly #instance: string
  #unknown = 0
  #unknownUntilMs = 0
  #stored = 0
  #leaseMs = 0
  #next = 0
  #mustSave = false
  #isExact = false

  /** @param instance different for each life of the object */
  constructor(instance: string) {
    this.#instance = instance
  }

  static restore(image: SlotsImage, instance: string, nowMs: number): Slots {
    const slots = new Slots(instance)
    slots.#unknown = image.held
    slots.#unknownUntilMs = image.untilMs ?? nowMs + image.leaseMs
    slots.#stored = image.held
    slots.#leaseMs = image.leaseMs
    slots.#isExact = image.untilMs !== undefined
    return slots
  }

  acquire({ limit, leaseMs }: AcquireAsk, nowMs: number): AcquireAnswer {
    if (this.#count >= limit) this.#forget(nowMs)
    if (this.#count >= limit) return { remaining: 0, retryAfterMs: this.#nextEndMs(nowMs) }
    const untilMs = nowMs + leaseMs
    const slot = `${this.#instance}.${this.#next++}.${untilMs}`
    this.#held.set(slot, untilMs)
    this.#reserve(limit, leaseMs)
    return { slot, remaining: limit - this.#count, retryAfterMs: 0 }
  }

  /** Once for each slot. One that is already free by its lease stays free. */
  release(slot: string, nowMs: number): void {
    if (this.#held.delete(slot) || slot.startsWith(`${this.#instance}.`)) return
    const untilMs = Number(slot.slice(slot.lastIndexOf('.') + 1))
    if (untilMs > nowMs && this.#unknown > 0) this.#unknown -= 1
  }

  inFlight(nowMs: number): number {
    this.#forget(nowMs)
    return this.#count
  }

  /** From then on nobody holds a slot, unless another is acquired. */
  expiresMs(): number {
    return Math.max(this.#unknown > 0 ? this.#unknownUntilMs : 0, ...this.#held.values())
  }

  get mustSave(): boolean {
    return this.#mustSave
  }

  /** @param exact without the reserve, for an object that is about to rest */
  image(exact: boolean): SlotsImage {
    this.#mustSave = false
    this.#isExact = exact
    if (!exact) return { held: this.#stored, leaseMs: this.#leaseMs }
    this.#stored = this.#count
    return { held: this.#stored, leaseMs: this.#leaseMs, untilMs: this.expiresMs() }
  }

  get #count(): number {
    return this.#held.size + this.#unknown
  }

  /** Stores a twentieth more than is held, so that most acquisitions write nothing. */
  #reserve(limit: number, leaseMs: number): void {
    if (!this.#isExact && this.#count <= this.#stored && leaseMs <= this.#leaseMs) return
    this.#leaseMs = Math.max(this.#leaseMs, leaseMs)
    const reserve = Math.max(0, Math.min(Math.floor(limit / 20), limit - this.#count))
    this.#stored = Math.max(this.#stored, this.#count + reserve)
    this.#mustSave = true
  }

  #forget(nowMs: number): void {
    for (const [slot, untilMs] of this.#held) if (untilMs <= nowMs) this.#held.delete(slot)
    if (this.#unknownUntilMs <= nowMs) this.#unknown = 0
  }

  #nextEndMs(nowMs: number): number {
    const ends = [...this.#held.values()]
    if (this.#unknown > 0) ends.push(this.#unknownUntilMs)
    return ends.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...ends) - nowMs
  }
}
