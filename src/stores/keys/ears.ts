import type { KeyCaller } from '../../core/keys.ts'
import { described } from '../../core/log.ts'
import { Turns, waitUntilOver } from '../../lib/turns.ts'
import type { Hearsay } from './hearsay.ts'
import { type KeysFigures, type KeysWorld, LIMITS } from './world.ts'

/**
 * Listens to the revocation feed for an isolate. One request at a time asks; the others look on timers of
 * their own whether it has heard (see `Turns`), so that an isolate asks once, however many requests it has.
 */
export class Ears {
  readonly #world: KeysWorld
  readonly #hearsay: Hearsay
  readonly #figures: KeysFigures
  readonly #turns = new Turns(LIMITS.feedTimeoutMs)
  #failedMs = Number.NEGATIVE_INFINITY
  #silentSinceMs: number | undefined
  #loggedMs = Number.NEGATIVE_INFINITY

  constructor(world: KeysWorld, hearsay: Hearsay, figures: KeysFigures) {
    this.#world = world
    this.#hearsay = hearsay
    this.#figures = figures
  }

  /** Asks without letting the request wait, unless somebody is asking or the feed has just failed. */
  askInBackground(caller: KeyCaller): void {
    const nowMs = this.#world.now()
    if (this.#isPausing(nowMs) || !this.#turns.take(FEED, nowMs)) return
    caller.waitUntil(this.#ask(caller))
  }

  /** Lets the request wait until the isolate is up to date. @returns whether it is */
  async listen(caller: KeyCaller): Promise<boolean> {
    const { now } = this.#world
    if (this.isFresh(now())) return true
    if (this.#isPausing(now())) return false
    if (!this.#turns.take(FEED, now())) {
      const isOver = () => !this.#turns.isTaken(FEED, now())
      await waitUntilOver(isOver, this.#world, LIMITS.feedTimeoutMs)
      // whoever asked may have gone away with its client: then it is our turn
      if (this.isFresh(now())) return true
      if (this.#isPausing(now()) || !this.#turns.take(FEED, now())) return false
    }
    await this.#ask(caller)
    return this.isFresh(now())
  }

  /** This isolate has changed something, so it asks again, even right after a failure. */
  doubt(): void {
    this.#hearsay.doubt(this.#world.now())
    this.#failedMs = Number.NEGATIVE_INFINITY
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#hearsay.heardMs <= LIMITS.trustMs
  }

  /** Whether what the isolate remembers may still be used: five minutes beyond the time it was sure of it. */
  isMemoryTolerable(nowMs: number): boolean {
    return nowMs - this.#hearsay.heardMs <= LIMITS.trustMs + LIMITS.lateMs
  }

  /** Whether what KV says may be used unchecked: for five minutes from the first failure to hear. */
  isStoredTolerable(nowMs: number): boolean {
    return nowMs - (this.#silentSinceMs ?? nowMs) <= LIMITS.lateMs
  }

  /** Counts an answer that could not be checked, and logs at most one a minute. */
  noteLate(): void {
    this.#figures.late++
    const nowMs = this.#world.now()
    if (nowMs - this.#loggedMs < 60_000) return
    this.#loggedMs = nowMs
    this.#world.log.warn('keys-unchecked', {
      heardMs: nowMs - this.#hearsay.heardMs,
      answers: this.#figures.late,
    })
  }

  #isPausing(nowMs: number): boolean {
    return nowMs - this.#failedMs < LIMITS.feedPauseMs
  }

  async #ask({ request }: KeyCaller): Promise<void> {
    const { now, within, hear, log } = this.#world
    const used = this.#hearsay.takeUsed()
    this.#figures.feedAsks++
    try {
      for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        const asked = this.#hearsay.asking(now())
        const { sequence: since, isUrgent } = this.#hearsay
        const question = { since, used: rounds === 0 ? used : [], isUrgent }
        const answer = await within(LIMITS.feedTimeoutMs, hear(question, request))
        const hasMore = this.#hearsay.learn(answer, asked)
        if (!hasMore && !this.#hearsay.isUrgent) break
      }
      if (!this.isFresh(now())) throw new Error('the feed itself has not heard from the registry')
      this.#silentSinceMs = undefined
    } catch (error) {
      for (const use of used) this.#hearsay.noteUse(use)
      this.#figures.feedFailures++
      this.#failedMs = now()
      this.#silentSinceMs ??= this.#failedMs
      if (this.#figures.feedFailures % 32 === 1) log.warn('keys-feed-unreachable', described(error))
    } finally {
      this.#turns.giveBack(FEED)
    }
  }
}

const FEED = 'feed'
const ROUNDS_MAX = 100
