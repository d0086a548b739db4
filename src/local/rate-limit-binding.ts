import { RecentMap } from '../lib/recent-map.ts'

/**
 * Cloudflare's rate limiting binding on one's own machine, `env.NAME.limit({ key })`: a wrapped binding, so it runs in the
 * gateway's own isolate and asks nobody. Windows are fixed, from one multiple of the period to the next; counts are in
 * memory and end with the process. Bindings with one `namespace_id` share their counts.
 */
export default function rateLimit({ namespace, limit, period, now }: Bindings): RateLimiter {
  return new RateLimiter(namespace, limit, period, now ?? Date.now)
}

interface Bindings {
  /** `namespace_id` of wrangler.toml. */
  readonly namespace: string
  readonly limit: number
  /** Seconds, 10 or 60. */
  readonly period: number
  /** Of tests: milliseconds since 1970. */
  readonly now?: () => number
}

class RateLimiter {
  readonly #namespace: string
  readonly #limit: number
  readonly #period: number
  readonly #now: () => number

  constructor(namespace: string, limit: number, period: number, now: () => number) {
    this.#namespace = namespace
    this.#limit = limit
    this.#period = period
    this.#now = now
  }

  /** @throws TypeError for a key that is no text */
  async limit(options: { readonly key: string }): Promise<{ readonly success: boolean }> {
    const key: unknown = options?.key
    if (typeof key !== 'string') {
      throw new TypeError("limit({ key }) wants a text as its 'key': whose requests are counted.")
    }
    const window = Math.floor(this.#now() / (this.#period * 1000))
    const name = `${this.#namespace} ${this.#period} ${key}`
    let count = counts.get(name)
    if (count?.window !== window) counts.set(name, (count = { window, taken: 0 }))
    if (count.taken >= this.#limit) return { success: false }
    count.taken++
    return { success: true }
  }
}

interface Count {
  /** How many periods since 1970. */
  readonly window: number
  taken: number
}

/** A key that comes back after this many others begins anew. */
const KEYS_MAX = 100_000

/** The module is there once in an isolate, for all bindings of its kind. */
const counts = new RecentMap<Count>(KEYS_MAX)
