import { capacityOf, checkLimit, counterId, type Limit } from './limit.ts'
import { leaseSize } from './lease-size.ts'
import { type Meter, meterFrom, type MeterImage } from './meter.ts'
import { Reserve } from './reserve.ts'

/** What is asked of one caller's ledger: one request, and what the isolate would like to hold beyond it. */
export interface TakeAsk {
  readonly limits: readonly Limit[]
  readonly cost: number
  /** Tokens beyond `cost` that the isolate would spend while a lease lives; 0 for strict counting. */
  readonly wanted: number
  /** What is left of an earlier lease, given back. */
  readonly unused?: Tokens
}

/** Tokens, and by when they had to be spent, in the ledger's time: that is under which time they are counted. */
export interface Tokens {
  readonly tokens: number
  readonly spendByMs: number
}

export interface TakeAnswer {
  readonly allowed: boolean
  /** Of each limit, in the order they were asked. */
  readonly levels: readonly Level[]
  /** Until a refused request would fit; 0 when it was allowed, `Infinity` when it never will. */
  readonly retryAfterMs: number
  /** When the cost was counted, in the ledger's time. */
  readonly atMs: number
  /** Tokens the isolate may spend for `leaseMs` from before it asked. */
  readonly leased: Tokens & { readonly leaseMs: number }
}

/** Where one limit stands. */
export interface Level {
  readonly remaining: number
  /** Until the whole limit is there again if nobody spends. */
  readonly resetMs: number
  /** Until this limit would let the request pass; 0 when it does. */
  readonly waitMs: number
}

/** JSON. `block` is what may have been spent since without having been written down. */
export interface LedgerImage {
  readonly meters: readonly MeterImage[]
  readonly block: number
}

/** More than one policy can name; a caller cannot add any, a changed configuration can. */
const countersMax = 64

/** All counters of one caller under one policy: a request takes from each of its limits or from none. */
export class Ledger {
  readonly #meters = new Map<string, Meter>()
  readonly #reserve: Reserve | undefined
  #leases: { untilMs: number; tokens: number }[] = []

  /** @param isStored whether somebody saves its image; without, nothing is reserved */
  constructor(isStored = true) {
    this.#reserve = isStored ? new Reserve() : undefined
  }

  /**
   * A ledger as it was stored. What its block held may all have been spent, at the latest now, or be in
   * leases that are still alive: it is counted so.
   */
  static restore({ meters, block }: LedgerImage, nowMs: number): Ledger {
    const ledger = new Ledger()
    for (const { limit, state } of meters) {
      const meter = meterFrom(limit, state)
      if (block > 0) meter.add(block, nowMs, nowMs + Math.max(0, meter.leaseMs(nowMs)))
      ledger.#meters.set(counterId(limit), meter)
    }
    return ledger
  }

  take({ limits, cost, wanted, unused }: TakeAsk, nowMs: number): TakeAnswer {
    const meters = limits.map((limit) => this.#meter(limit, nowMs))
    if (unused !== undefined) {
      for (const meter of meters) meter.remove(unused.tokens, nowMs, unused.spendByMs)
    }
    // a request that costs nothing yet still needs one token to be left
    const needed = Math.max(1, cost)
    const allowed = meters.every((meter) => fits(needed, meter.room(nowMs, nowMs)))
    if (!allowed) return this.#answer(meters, needed, nowMs, noLease)
    for (const meter of meters) meter.add(cost, nowMs, nowMs)
    const leased = this.#lease(meters, wanted, nowMs)
    this.#reserve?.spend(cost + leased.tokens, () => reservable(meters, nowMs), nowMs)
    return this.#answer(meters, 0, nowMs, leased)
  }

  /** Charges what a request turned out to cost more, beyond the limit if need be. */
  charge(limits: readonly Limit[], tokens: number, nowMs: number): void {
    const meters = limits.map((limit) => this.#meter(limit, nowMs))
    for (const meter of meters) meter.add(tokens, nowMs, nowMs)
    this.#reserve?.spend(tokens, () => reservable(meters, nowMs), nowMs)
  }

  /** Gives back tokens that were counted under `spendByMs`. */
  refund(limits: readonly Limit[], { tokens, spendByMs }: Tokens, nowMs: number): void {
    for (const limit of limits) this.#meter(limit, nowMs).remove(tokens, nowMs, spendByMs)
  }

  levels(nowMs: number): { limit: Limit; level: Level }[] {
    return [...this.#meters.values()].map((meter) => ({
      limit: meter.limit,
      level: levelOf(meter, 1, nowMs),
    }))
  }

  expiresMs(): number {
    return Math.max(0, ...[...this.#meters.values()].map((meter) => meter.expiresMs()))
  }

  /** True until the next `image`: more was spent than the stored block covers, so nothing may be told before it is stored. */
  get mustSave(): boolean {
    return this.#reserve?.mustSave === true
  }

  /** What to store. @param exact without a block, for a ledger that is about to rest */
  image(exact: boolean): LedgerImage {
    return {
      meters: [...this.#meters.values()].map((meter) => ({
        limit: meter.limit,
        state: meter.state(),
      })),
      block: this.#reserve?.store(exact) ?? 0,
    }
  }

  #lease(meters: readonly Meter[], wanted: number, nowMs: number): TakeAnswer['leased'] {
    if (wanted <= 0) return noLease
    const leaseMs = Math.min(...meters.map((meter) => meter.leaseMs(nowMs)))
    if (leaseMs <= 0) return noLease
    const spendByMs = nowMs + leaseMs
    this.#leases = this.#leases.filter((lease) => lease.untilMs > nowMs)
    const tokens = leaseSize({
      wanted,
      room: Math.min(...meters.map((meter) => meter.room(nowMs, spendByMs))),
      capacity: Math.min(...meters.map((meter) => capacityOf(meter.limit))),
      outstanding: this.#leases.reduce((sum, lease) => sum + lease.tokens, 0),
    })
    if (tokens === 0) return noLease
    for (const meter of meters) meter.add(tokens, nowMs, spendByMs)
    this.#remember(tokens, spendByMs, leaseMs)
    return { tokens, spendByMs, leaseMs }
  }

  /** Leases that end at about the same time are one entry, so that there are never more than five. */
  #remember(tokens: number, untilMs: number, leaseMs: number): void {
    const last = this.#leases.at(-1)
    if (last !== undefined && untilMs - last.untilMs < leaseMs / 4) last.tokens += tokens
    else this.#leases.push({ untilMs, tokens })
  }

  #answer(meters: readonly Meter[], needed: number, nowMs: number, leased: TakeAnswer['leased']) {
    const levels = meters.map((meter) => levelOf(meter, needed, nowMs))
    const retryAfterMs = Math.max(...levels.map(({ waitMs }) => waitMs))
    return { allowed: needed === 0, levels, retryAfterMs, atMs: nowMs, leased }
  }

  #meter(limit: Limit, nowMs: number): Meter {
    const id = counterId(limit)
    let meter = this.#meters.get(id)
    if (meter === undefined) {
      checkLimit(limit)
      this.#makeRoom(nowMs)
      meter = meterFrom(limit)
      this.#meters.set(id, meter)
    }
    meter.limit = limit
    return meter
  }

  #makeRoom(nowMs: number): void {
    if (this.#meters.size < countersMax) return
    for (const [id, meter] of this.#meters) if (meter.expiresMs() <= nowMs) this.#meters.delete(id)
    if (this.#meters.size >= countersMax) throw new RangeError('too many limits on one caller')
  }
}

const noLease = { tokens: 0, spendByMs: 0, leaseMs: 0 }

/** Leaked buckets are fractions; what is missing by a rounding error is not missing. */
function fits(tokens: number, room: number): boolean {
  return tokens <= room + 1e-9
}

function levelOf(meter: Meter, needed: number, nowMs: number): Level {
  return {
    remaining: Math.max(0, Math.floor(meter.room(nowMs, nowMs) + 1e-9)),
    resetMs: meter.resetMs(nowMs),
    waitMs: needed === 0 ? 0 : meter.waitMs(needed, nowMs),
  }
}

/** The most that a crash may cost: a twentieth of the tightest limit, and never more than there is. */
function reservable(meters: readonly Meter[], nowMs: number): number {
  return Math.min(
    ...meters.map((meter) =>
      Math.min(capacityOf(meter.limit) / 20, Math.max(0, meter.room(nowMs, nowMs))),
    ),
  )
}
