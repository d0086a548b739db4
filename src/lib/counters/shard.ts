import {
  Ledger,
  type LedgerImage,
  type Level,
  type TakeAnswer,
  type TakeAsk,
  type Tokens,
} from './ledger.ts'
import type { Limit } from './limit.ts'
import { type AcquireAnswer, type AcquireAsk, Slots, type SlotsImage } from './slots.ts'

/** Where a shard keeps its callers. What `save` was given survives a crash that comes after the answer. */
export interface ShardStorage {
  load(caller: string): string | undefined
  save(caller: string, image: string, expiresMs: number): void
  delete(caller: string): void
  /** At most `max` callers that have expired. */
  expired(nowMs: number, max: number): string[]
  /** When the next caller expires; `undefined` when there is none. */
  nextExpiryMs(): number | undefined
}

/** Where a caller stands, for people. */
export interface CallerReport {
  readonly limits: readonly { readonly limit: Limit; readonly level: Level }[]
  readonly inFlight: number
}

/** How long an answer may be newer than what is stored about it, less its block. */
const flushAfterMs = 5000
const sweepMax = 500
const sweepEveryMs = 60_000

/**
 * The counters of many callers, of which only the most recently seen are in memory. Spends only what is
 * stored as spent, writes the rest down when it is woken, and forgets what has expired.
 */
export class CounterShard {
  readonly #storage: ShardStorage
  readonly #instance: string
  readonly #callersMax: number
  /** The least recently seen first. */
  readonly #callers = new Map<string, Caller>()
  readonly #unsaved = new Set<string>()
  #flushMs = Number.POSITIVE_INFINITY
  #sweepMs: number
  #sweptMs = Number.NEGATIVE_INFINITY

  /**
   * @param instance different for each life of the object that holds the shard
   * @param callersMax callers in memory; the others are in storage only
   */
  constructor(storage: ShardStorage, instance: string, callersMax = 250) {
    this.#storage = storage
    this.#instance = instance
    this.#callersMax = callersMax
    this.#sweepMs = storage.nextExpiryMs() ?? Number.POSITIVE_INFINITY
  }

  take(name: string, ask: TakeAsk, nowMs: number): TakeAnswer {
    const caller = this.#caller(name, nowMs)
    const answer = caller.ledger.take(ask, nowMs)
    if (answer.allowed || ask.unused !== undefined) this.#changed(name, caller, nowMs)
    return answer
  }

  charge(name: string, limits: readonly Limit[], tokens: number, nowMs: number): void {
    const caller = this.#caller(name, nowMs)
    caller.ledger.charge(limits, tokens, nowMs)
    this.#changed(name, caller, nowMs)
  }

  refund(name: string, limits: readonly Limit[], tokens: Tokens, nowMs: number): void {
    const caller = this.#caller(name, nowMs)
    caller.ledger.refund(limits, tokens, nowMs)
    this.#changed(name, caller, nowMs)
  }

  acquire(name: string, ask: AcquireAsk, nowMs: number): AcquireAnswer {
    const caller = this.#caller(name, nowMs)
    const answer = caller.slots.acquire(ask, nowMs)
    if (answer.slot !== undefined) this.#changed(name, caller, nowMs)
    return answer
  }

  release(name: string, slot: string, nowMs: number): void {
    const caller = this.#caller(name, nowMs)
    caller.slots.release(slot, nowMs)
    this.#changed(name, caller, nowMs)
  }

  inspect(name: string, nowMs: number): CallerReport {
    const { ledger, slots } = this.#caller(name, nowMs)
    return { limits: ledger.levels(nowMs), inFlight: slots.inFlight(nowMs) }
  }

  /** Forgets everything about a caller. */
  reset(name: string): void {
    this.#callers.delete(name)
    this.#unsaved.delete(name)
    this.#storage.delete(name)
  }

  /** When `wake` must be called; `undefined` when nothing is left to do, and then nothing is stored either. */
  get wakeMs(): number | undefined {
    const wakeMs = Math.min(this.#flushMs, this.#sweepMs)
    return wakeMs === Number.POSITIVE_INFINITY ? undefined : wakeMs
  }

  /** Writes down what is only in memory, exactly, so that a restart costs nothing; deletes what has expired. */
  wake(nowMs: number): void {
    for (const name of this.#unsaved) this.#save(name, this.#callers.get(name)!, true)
    this.#unsaved.clear()
    this.#flushMs = Number.POSITIVE_INFINITY
    if (nowMs >= this.#sweepMs) this.#sweep(nowMs)
  }

  #sweep(nowMs: number): void {
    const expired = this.#storage.expired(nowMs, sweepMax)
    for (const name of expired) {
      // one that crashed comes back with its block counted, and lives on
      const caller = this.#callers.get(name) ?? this.#load(name, nowMs)
      if (caller.expiresMs() > nowMs) this.#save(name, caller, true)
      else this.reset(name)
    }
    this.#sweptMs = nowMs
    const nextMs = this.#storage.nextExpiryMs() ?? Number.POSITIVE_INFINITY
    this.#sweepMs = expired.length === sweepMax ? nowMs : this.#notTooSoon(nextMs)
  }

  /** A shard of many callers would otherwise look for expired ones all the time. */
  #notTooSoon(expiresMs: number): number {
    return this.#callers.size > 1 ? Math.max(expiresMs, this.#sweptMs + sweepEveryMs) : expiresMs
  }

  #caller(name: string, nowMs: number): Caller {
    const caller = this.#callers.get(name) ?? this.#load(name, nowMs)
    this.#callers.delete(name)
    this.#callers.set(name, caller)
    if (this.#callers.size > this.#callersMax) this.#evict()
    return caller
  }

  #load(name: string, nowMs: number): Caller {
    return new Caller(this.#storage.load(name), this.#instance, nowMs)
  }

  #evict(): void {
    const [name, caller] = this.#callers.entries().next().value!
    this.#callers.delete(name)
    if (this.#unsaved.delete(name)) this.#save(name, caller, true)
  }

  #changed(name: string, caller: Caller, nowMs: number): void {
    if (caller.mustSave) this.#save(name, caller, false)
    this.#unsaved.add(name)
    this.#flushMs = Math.min(this.#flushMs, nowMs + flushAfterMs)
  }

  #save(name: string, caller: Caller, exact: boolean): void {
    const expiresMs = caller.expiresMs()
    this.#storage.save(name, caller.image(exact), expiresMs)
    this.#sweepMs = Math.min(this.#sweepMs, this.#notTooSoon(expiresMs))
  }
}

class Caller {
  readonly ledger: Ledger
  #slots: Slots | undefined
  readonly #instance: string

  constructor(image: string | undefined, instance: string, nowMs: number) {
    const { ledger, slots } = (image === undefined ? {} : JSON.parse(image)) as CallerImage
    this.#instance = instance
    this.ledger = ledger === undefined ? new Ledger() : Ledger.restore(ledger, nowMs)
    this.#slots = slots && Slots.restore(slots, instance, nowMs)
  }

  /** Few callers are both counted and held, and there may be many of them. */
  get slots(): Slots {
    return (this.#slots ??= new Slots(this.#instance))
  }

  get mustSave(): boolean {
    return this.ledger.mustSave || this.#slots?.mustSave === true
  }

  expiresMs(): number {
    return Math.max(this.ledger.expiresMs(), this.#slots?.expiresMs() ?? 0)
  }

  image(exact: boolean): string {
    const image: CallerImage = { ledger: this.ledger.image(exact) }
    if (this.#slots === undefined) return JSON.stringify(image)
    return JSON.stringify({ ...image, slots: this.#slots.image(exact) })
  }
}

interface CallerImage {
  readonly ledger?: LedgerImage
  readonly slots?: SlotsImage
}
