import type { StoredKey } from '../../src/core/keys.ts'
import type { Registry, RevocationFeed } from '../../src/core/registry.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import type { RemoteCounters } from '../../src/lib/counters/remote.ts'
import { CounterShard } from '../../src/lib/counters/shard.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import { createKeys } from '../../src/stores/keys/keys.ts'
import { keysWorld } from '../../src/stores/keys/platform.ts'
import { noStorage } from './no-storage.ts'

/** What is dear in workerd: objects that are half C++, and trips out of the isolate's thread. */
const constructed = [
  'URL',
  'URLSearchParams',
  'Request',
  'Response',
  'Headers',
  'AbortController',
  'TransformStream',
  'IdentityTransformStream',
  'FixedLengthStream',
] as const

type Name =
  | (typeof constructed)[number]
  | 'setTimeout'
  /** Awaits of the upstream's answer. */
  | 'fetch'
  | 'KV read'
  | 'Durable Object call'
  /** Hashes, signatures: done by another thread. */
  | 'WebCrypto'

export type Costs = Partial<Record<Name, number>>

/** Counts while it is installed. */
export class Meter {
  #counts: Costs = {}
  readonly #restore: (() => void)[] = []

  constructor() {
    const world = globalThis as unknown as Record<string, unknown>
    for (const name of constructed) {
      const original = world[name] as new (...args: unknown[]) => object
      this.#replace(
        world,
        name,
        new Proxy(original, {
          construct: (target, args) => {
            this.note(name)
            return Reflect.construct(target, args) as object
          },
        }),
      )
    }
    this.#replace(world, 'setTimeout', this.#counted('setTimeout', globalThis.setTimeout))
    const subtle = crypto.subtle as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of ['digest', 'sign', 'verify', 'importKey']) {
      this.#replace(subtle, name, this.#counted('WebCrypto', subtle[name]!.bind(subtle)))
    }
  }

  /** What was counted since the last time. */
  read(): Costs {
    const counts = this.#counts
    this.#counts = {}
    return counts
  }

  remove(): void {
    for (const restore of this.#restore) restore()
  }

  note(name: Name): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }

  /**
   * The stores as the Worker has them, over KV and Durable Objects that answer at once: only the calls are
   * counted, not what the objects themselves do.
   * @param nowMs where the isolate's clock stands
   * @param stored what KV holds, by name
   */
  stores(nowMs: number, stored: ReadonlyMap<string, StoredKey>): Partial<Runtime> {
    const now = () => nowMs
    const objects = new Map<string, CounterShard>()
    const COUNTERS = this.#namespace<RemoteCounters>((name) => {
      const shard = objects.get(name) ?? new CounterShard(noStorage, name)
      objects.set(name, shard)
      return {
        take: async (caller, ask) => shard.take(caller, ask, nowMs),
        acquire: async (caller, ask) => shard.acquire(caller, ask, nowMs),
        release: async (caller, slot) => shard.release(caller, slot, nowMs),
      }
    })
    const silence = { epoch: 'one', sequence: 0, pruned: 0, notices: [], more: false, ageMs: 0 }
    const KEYS = {
      get: async (name: string) => {
        this.note('KV read')
        return stored.get(name) ?? null
      },
    }
    const bindings = {
      KEYS: KEYS as unknown as KVNamespace,
      REGISTRY: this.#namespace<Registry>(() => ({ find: async () => null })),
      REVOCATIONS: this.#namespace<RevocationFeed>(() => ({ hear: async () => silence })),
    }
    const log = { info() {}, warn() {}, error() {} }
    const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count))
    return {
      now,
      counters: new DurableCounters({ namespace: COUNTERS, layout: 'caller', now }),
      keys: createKeys(keysWorld(bindings, { now, randomBytes, log }), 'cardea'),
    }
  }

  /** Stubs whose every call is counted: on Cloudflare each is billed as a request. */
  #namespace<T extends object>(objectOf: (name: string) => Partial<T>) {
    const getByName = (name: string) =>
      new Proxy(objectOf(name), {
        get: (one, method) => {
          this.note('Durable Object call')
          return Reflect.get(one, method) as unknown
        },
      }) as T
    return { getByName }
  }

  #counted<A extends unknown[], R>(name: Name, work: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.note(name)
      return work(...args)
    }
  }

  #replace(place: object, name: string, value: unknown): void {
    const world = place as Record<string, unknown>
    const before = world[name]
    world[name] = value
    this.#restore.push(() => (world[name] = before))
  }
}
