/**
 * Lets one request at a time do a piece of work that others wait for, without sharing its promise.
 *
 * workerd forbids one request to await another's promise ("Cannot perform I/O on behalf of a different
 * request"), and a request whose client leaves takes its unfinished work with it. So a turn is only a time
 * until which others hold back; they look again on timers of their own, and take over when it has run out.
 */
export class Turns {
  readonly #untilMs = new Map<string, number>()
  readonly #leaseMs: number
  readonly #turnsMax: number

  /**
   * @param leaseMs how long a turn lasts when it is never given back
   * @param turnsMax bound of the book; beyond it everybody gets a turn, so work is done twice, never refused
   */
  constructor(leaseMs: number, turnsMax = 1000) {
    this.#leaseMs = leaseMs
    this.#turnsMax = turnsMax
  }

  /** True when it is the caller's turn; it then calls `giveBack`. */
  take(name: string, nowMs: number): boolean {
    if (this.isTaken(name, nowMs)) return false
    if (this.#untilMs.size >= this.#turnsMax) this.#dropEnded(nowMs)
    if (this.#untilMs.size < this.#turnsMax) this.#untilMs.set(name, nowMs + this.#leaseMs)
    return true
  }

  isTaken(name: string, nowMs: number): boolean {
    return (this.#untilMs.get(name) ?? Number.NEGATIVE_INFINITY) > nowMs
  }

  giveBack(name: string): void {
    this.#untilMs.delete(name)
  }

  #dropEnded(nowMs: number): void {
    for (const [name, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(name)
  }
}

/** How a request waits on its own: the timer belongs to the caller, the clock is the runtime's. */
export interface Waiting {
  now(): number
  sleep(ms: number): Promise<void>
}

/**
 * Looks every `everyMs` whether `isOver`, for at most `limitMs`.
 * @returns whether it came to be over
 */
export async function waitUntilOver(
  isOver: () => boolean,
  { now, sleep }: Waiting,
  limitMs: number,
  everyMs = 10,
): Promise<boolean> {
  const startedMs = now()
  const looksMax = Math.ceil(limitMs / everyMs)
  for (let looks = 0; looks < looksMax && now() - startedMs < limitMs; looks++) {
    if (isOver()) return true
    await sleep(everyMs)
  }
  return isOver()
}
