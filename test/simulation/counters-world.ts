import type { RemoteCounters } from '../../src/lib/counters/remote.ts'
import { CounterShard, type ShardStorage } from '../../src/lib/counters/shard.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** What goes wrong, as probabilities of each message or request. */
export interface Troubles {
  readonly delayMsMax: number
  readonly requestLost: number
  readonly answerLost: number
  /** The object dies after it has counted, before or after its write is durable. */
  readonly objectDies: number
  readonly isolateDies: number
  readonly skewMsMax: number
}

/** Isolates with clocks of their own, and objects that die; the objects' clock is the timeline's. */
export class CountersWorld {
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #troubles: Troubles
  readonly #objects = new Map<string, SimulatedObject>()
  readonly #isolates: DurableCounters[]
  calls = 0
  deaths = 0

  constructor(timeline: Timeline, random: Random, isolates: number, troubles: Troubles) {
    this.#timeline = timeline
    this.#random = random
    this.#troubles = troubles
    this.#isolates = Array.from({ length: isolates }, () => this.#newIsolate())
  }

  /** Some isolate, which now and then has just been started. */
  isolate(): DurableCounters {
    const at = this.#random.below(this.#isolates.length)
    if (this.#random.chance(this.#troubles.isolateDies)) this.#isolates[at] = this.#newIsolate()
    return this.#isolates[at]!
  }

  #newIsolate(): DurableCounters {
    const skewMs = Math.floor((this.#random.next() * 2 - 1) * this.#troubles.skewMsMax)
    return new DurableCounters({
      namespace: { getByName: (name) => this.#stub(name) },
      layout: 'caller',
      now: () => this.#timeline.nowMs + skewMs,
      timeoutMs: Number.POSITIVE_INFINITY,
      digest: (text) => Promise.resolve(text),
    })
  }

  #stub(name: string): RemoteCounters {
    const call = <T>(work: (object: CounterShard, nowMs: number) => T) => this.#call(name, work)
    return {
      take: (caller, ask) => call((object, nowMs) => object.take(caller, ask, nowMs)),
      charge: (caller, limits, tokens) =>
        call((object, nowMs) => object.charge(caller, limits, tokens, nowMs)),
      refund: (caller, limits, tokens) =>
        call((object, nowMs) => object.refund(caller, limits, tokens, nowMs)),
      acquire: (caller, ask) => call((object, nowMs) => object.acquire(caller, ask, nowMs)),
      release: (caller, slot) => call((object, nowMs) => object.release(caller, slot, nowMs)),
      inspect: (caller) => call((object, nowMs) => object.inspect(caller, nowMs)),
      reset: (caller) => call((object) => object.reset(caller)),
    }
  }

  #call<T>(name: string, work: (object: CounterShard, nowMs: number) => T): Promise<T> {
    this.calls += 1
    const { delayMsMax, requestLost, answerLost, objectDies } = this.#troubles
    const random = this.#random
    return new Promise((resolve, reject) => {
      const lose = () => this.#timeline.after(random.below(500), () => reject(new Error('lost')))
      if (random.chance(requestLost)) return lose()
      this.#timeline.after(random.below(delayMsMax + 1), () => {
        const object = this.#object(name)
        const dies = random.chance(objectDies)
        // an answer leaves only when its write is durable: a write that is lost takes its answer with it
        const isDurable = !dies || random.chance(0.5)
        const answer = object.run((shard) => work(shard, this.#timeline.nowMs), isDurable)
        if (dies) {
          this.deaths += 1
          object.restart()
        }
        this.#wake(object)
        if (!isDurable || random.chance(answerLost)) return lose()
        this.#timeline.after(random.below(delayMsMax + 1), () => resolve(answer))
      })
    })
  }

  #object(name: string): SimulatedObject {
    let object = this.#objects.get(name)
    if (object === undefined) this.#objects.set(name, (object = new SimulatedObject(name)))
    return object
  }

  /** The alarm, late by up to a second. */
  #wake(object: SimulatedObject): void {
    const { wakeMs } = object
    if (wakeMs === undefined || wakeMs >= object.alarmMs) return
    object.alarmMs = wakeMs
    this.#timeline.at(wakeMs + this.#random.below(1000), () => {
      if (object.alarmMs !== wakeMs) return
      object.alarmMs = Number.POSITIVE_INFINITY
      object.run((shard) => shard.wake(this.#timeline.nowMs), true)
      this.#wake(object)
    })
  }
}

class SimulatedObject {
  alarmMs = Number.POSITIVE_INFINITY
  readonly #name: string
  readonly #storage = new MapStorage()
  #lives = 0
  #shard: CounterShard

  constructor(name: string) {
    this.#name = name
    this.#shard = this.#start()
  }

  get wakeMs(): number | undefined {
    return this.#shard.wakeMs
  }

  run<T>(work: (shard: CounterShard) => T, isDurable: boolean): T {
    const before = new Map(this.#storage.rows)
    const answer = work(this.#shard)
    if (!isDurable) this.#storage.rows = before
    return answer
  }

  /** Everything in memory is gone. */
  restart(): void {
    this.#shard = this.#start()
  }

  #start(): CounterShard {
    this.#lives += 1
    return new CounterShard(this.#storage, `${this.#name}/${this.#lives}`)
  }
}

class MapStorage implements ShardStorage {
  rows = new Map<string, { image: string; expiresMs: number }>()

  load(caller: string): string | undefined {
    return this.rows.get(caller)?.image
  }

  save(caller: string, image: string, expiresMs: number): void {
    this.rows.set(caller, { image, expiresMs })
  }

  delete(caller: string): void {
    this.rows.delete(caller)
  }

  expired(nowMs: number, max: number): string[] {
    const expired = [...this.rows].filter(([, { expiresMs }]) => expiresMs <= nowMs)
    return expired.slice(0, max).map(([caller]) => caller)
  }

  nextExpiryMs(): number | undefined {
    const times = [...this.rows.values()].map(({ expiresMs }) => expiresMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}
