import type { Exchange, Runtime } from '#gateway'
import { Turns, waitUntilOver } from '../../lib/turns.ts'
import { KeySet } from './key-set.ts'
import type { Keys, Wanted } from './keys.ts'
import { findKeySet, type Location } from './locate.ts'

export interface RemoteOptions {
  readonly location: Location
  /** How long keys are used before they are fetched anew. */
  readonly refreshMs: number
  /** How much longer while that fails. */
  readonly staleMs: number
  /** Least time between two fetches, whatever tokens ask for. */
  readonly cooldownMs: number
  /** For a whole fetch, discovery included. */
  readonly timeoutMs: number
}

/**
 * Keys that an issuer publishes, kept in the isolate. Fetched when they are first needed, when they have
 * grown old, and when a token names a key that is not among them, but never twice within the cooldown: what
 * strangers send cannot make us ask more often. Requests share the parsed set only; while one fetches, the
 * others look again on timers of their own.
 */
export class RemoteKeys implements Keys {
  readonly #options: RemoteOptions
  readonly #runtime: Runtime
  readonly #turns: Turns
  #set: KeySet | undefined
  #fetchedMs = Number.NEGATIVE_INFINITY
  #nextMs = Number.NEGATIVE_INFINITY
  #failures = 0

  constructor(options: RemoteOptions, runtime: Runtime) {
    this.#options = options
    this.#runtime = runtime
    this.#turns = new Turns(options.timeoutMs + 1_000)
  }

  get retryAfterMs(): number {
    return Math.max(this.#nextMs - this.#runtime.now(), 1_000)
  }

  async find(wanted: Wanted, exchange: Exchange): Promise<readonly CryptoKey[] | undefined> {
    const { refreshMs } = this.#options
    const isOld = this.#ageMs >= refreshMs
    // while another request fetches anew, the old ones still do
    if (isOld && !(this.#usable && this.#isFetching)) await this.#refresh(exchange)
    const set = this.#usable
    const found = await set?.find(wanted)
    if (found === undefined || found.length > 0) return found
    await this.#refresh(exchange)
    return this.#usable === set ? found : this.#usable?.find(wanted)
  }

  get #ageMs(): number {
    return this.#runtime.now() - this.#fetchedMs
  }

  get #isFetching(): boolean {
    return this.#turns.isTaken(TURN, this.#runtime.now())
  }

  get #usable(): KeySet | undefined {
    const { refreshMs, staleMs } = this.#options
    return this.#ageMs < refreshMs + staleMs ? this.#set : undefined
  }

  /** Fetches, or waits for the request that does; nothing while it is too soon. Never throws. */
  async #refresh(exchange: Exchange): Promise<void> {
    const nowMs = this.#runtime.now()
    if (!this.#isFetching && nowMs < this.#nextMs) return
    if (!this.#turns.take(TURN, nowMs)) {
      const waiting = { now: this.#runtime.now, sleep }
      await waitUntilOver(() => !this.#isFetching, waiting, this.#options.timeoutMs)
      return
    }
    const work = this.#fetch().finally(() => this.#turns.giveBack(TURN))
    exchange.waitUntil(work) // others wait for it, also when this client leaves
    await work
  }

  async #fetch(): Promise<void> {
    const { location, timeoutMs, cooldownMs } = this.#options
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), timeoutMs)
    try {
      this.#set = new KeySet(await findKeySet(location, this.#runtime, abort.signal))
      this.#fetchedMs = this.#runtime.now()
      this.#nextMs = this.#fetchedMs + cooldownMs
      this.#failures = 0
    } catch (error) {
      const backOffMs = Math.min(1_000 * 2 ** this.#failures++, cooldownMs)
      this.#nextMs = this.#runtime.now() + backOffMs
      this.#runtime.log.warn('keys-unavailable', {
        location: location.url,
        error: abort.signal.aborted ? `no answer within ${timeoutMs} ms` : String(error),
      })
    } finally {
      clearTimeout(timer)
    }
  }
}

const TURN = 'fetch'

const sleep = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms))
