import type { Counters } from './counters.ts'
import type { Keys } from './keys.ts'
import type { Logger } from './log.ts'
import { NotReady } from './problem.ts'
import { Metrics } from './metrics.ts'

/** The world outside that outlives a request. Tests replace it whole. */
export interface Runtime {
  /** Milliseconds since 1970. Stands still while the CPU works, so it only times what waits. */
  now(): number
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** RFC 9562 version 4. */
  randomUUID(): string
  /** Cryptographically strong. */
  randomBytes(count: number): Uint8Array
  /** A variable or secret of the environment. */
  env(name: string): string | undefined
  /**
   * What else `wrangler.toml` binds to a name: a rate limit, a KV namespace. For parts of one's own; asked for in
   * `setup`, a missing one is told by `/readyz` and `cardea deploy`.
   *
   * @typeParam T the platform's type of it: `RateLimit`, `KVNamespace`
   * @throws NotReady when there is none of this name: the route answers 503
   */
  binding<T extends object>(name: string): T
  readonly log: Logger
  /** What is counted in this isolate. */
  readonly metrics: Metrics
  /** There when some part declares `needs: ['keys']` and the bindings are set. */
  readonly keys?: Keys
  /** There when some part declares `needs: ['counters']` and the binding is set. */
  readonly counters?: Counters
}

/** The bindings that the platform hands to the Worker. */
export type Env = Readonly<Record<string, unknown>>

/** The real world. `env` is fixed for the life of an isolate. */
export function platformRuntime(env: Env, log: Logger): Runtime {
  return {
    now: () => Date.now(),
    fetch: (url, init) => fetch(url, init),
    randomUUID: () => crypto.randomUUID(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    env: (name) => {
      const value = env[name]
      return typeof value === 'string' ? value : undefined
    },
    binding: <T extends object>(name: string) => {
      const value = env[name]
      if (typeof value !== 'object' || value === null) throw unbound(name)
      return value as T
    },
    log,
    metrics: new Metrics(),
  }
}

const unbound = (name: string): NotReady => new NotReady(`the binding ${name} is not there`)
