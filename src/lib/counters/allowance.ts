import type { Level, TakeAnswer, TakeAsk, Tokens } from './ledger.ts'
import { leaseMsFor, type Limit } from './limit.ts'

/** A question, less the limits. */
export type Wish = Pick<TakeAsk, 'cost' | 'wanted' | 'unused'>

/** A refusal is remembered this long at most, so that a reset or a refund elsewhere is noticed. */
const rememberMsMax = 60_000
/** After so many failures in a row nobody waits for the counter for a while. */
const failuresMax = 3
const backOffMs = 1000

/**
 * What one isolate knows about one caller without asking: tokens it may spend, how long it need not ask again,
 * and how much the caller is likely to want. Nothing here waits, so no two requests can spend the same token.
 *
 * Only durations come from the counter, and they run from before it was asked, on the isolate's own clock:
 * however far the two clocks are apart, the isolate is done before the counter thinks so.
 */
export class Allowance {
  readonly #grainMs: number
  #tokens = 0
  #untilMs = 0
  #spendByMs = 0
  /** What was left of leases that are over; goes back with the next question. */
  #unused: Tokens | undefined
  #refused: { needed: number; untilMs: number } | undefined
  #known: { levels: readonly Level[]; atMs: number } = { levels: [], atMs: 0 }
  #seenMs = 0
  #demand = { sinceMs: 0, before: 0, now: 0 }
  /** Whether a question for a lease is open. */
  #isWishing = false
  /** How long the last question took. */
  #tripMs = 1
  #failures = 0
  #silentUntilMs = 0

  constructor(limits: readonly Limit[]) {
    this.#grainMs = Math.max(1, Math.min(...limits.map(grainMsOf)))
  }

  /** Spends from the lease, or refuses by memory, or neither: then the counter has to be asked. */
  take(cost: number, nowMs: number): 'allowed' | 'refused' | 'unreachable' | undefined {
    this.#tick(cost, nowMs)
    const needed = Math.max(1, cost)
    if (this.#tokens >= needed && nowMs < this.#untilMs) {
      this.#tokens -= cost
      return 'allowed'
    }
    if (this.#refused !== undefined && nowMs < this.#refused.untilMs) {
      if (needed >= this.#refused.needed) return 'refused'
    }
    return nowMs < this.#silentUntilMs ? 'unreachable' : undefined
  }

  /** What to ask for besides the request at hand. Of the questions that are open one asks for a lease. */
  ask(cost: number, isLease: boolean): Wish {
    const { before, now } = this.#demand
    const wanted = isLease && !this.#isWishing ? Math.max(before, now - cost) : 0
    if (wanted > 0) this.#isWishing = true
    this.#retire()
    const unused = this.#unused
    this.#unused = undefined
    return unused === undefined ? { cost, wanted } : { cost, wanted, unused }
  }

  /**
   * Whether it is time to ask for the next lease while this one lasts: when more than one request would have to
   * ask for itself in the time that a question takes, and enough is left for a lease to be worth it.
   */
  renews(nowMs: number): boolean {
    if (this.#isWishing || nowMs < this.#silentUntilMs) return false
    const { before, now } = this.#demand
    const meanwhile = (Math.max(before, now) / this.#grainMs) * this.#tripMs
    const remaining = Math.min(...this.#known.levels.map((level) => level.remaining))
    if (meanwhile < 2 || remaining < 8 * meanwhile) return false
    return nowMs >= this.#untilMs - 2 * this.#tripMs || this.#tokens < 2 * meanwhile
  }

  /** @param askedMs the isolate's time before it asked */
  receive(answer: TakeAnswer, { cost, wanted }: Wish, askedMs: number, nowMs: number): void {
    if (wanted > 0) this.#isWishing = false
    this.#failures = 0
    this.#tripMs = Math.max(1, nowMs - askedMs)
    this.#see(nowMs)
    this.#known = { levels: answer.levels, atMs: nowMs }
    if (!answer.allowed) {
      const untilMs = nowMs + Math.min(answer.retryAfterMs, rememberMsMax)
      this.#refused = { needed: Math.max(1, cost), untilMs }
      return
    }
    this.#refused = undefined
    if (answer.leased.tokens === 0) return
    this.#retire()
    this.#tokens = answer.leased.tokens
    this.#untilMs = askedMs + answer.leased.leaseMs
    this.#spendByMs = answer.leased.spendByMs
    // asked before the clock was set back: nobody knows how long ago
    if (askedMs > nowMs) this.#retire()
  }

  /** The counter did not answer, or not in time. Tokens that were on their way are lost, which is safe. */
  fail({ wanted }: Wish, nowMs: number): void {
    if (wanted > 0) this.#isWishing = false
    this.#failures += 1
    if (this.#failures >= failuresMax) this.#silentUntilMs = nowMs + backOffMs
  }

  /** Takes back tokens that were spent from the lease, or counted under `spendByMs` by the counter. */
  putBack(tokens: number, spendByMs: number, nowMs: number): void {
    if (spendByMs === this.#spendByMs && nowMs < this.#untilMs) this.#tokens += tokens
    else this.#giveBack({ tokens, spendByMs })
  }

  /** Spends up to `tokens` from the lease, for what turned out to cost more. @returns what was there */
  spend(tokens: number, nowMs: number): number {
    if (nowMs >= this.#untilMs) return 0
    const spent = Math.min(tokens, this.#tokens)
    this.#tokens -= spent
    return spent
  }

  /** Forgets what it holds and knows, as after a reset. */
  forget(): void {
    this.#tokens = 0
    this.#unused = undefined
    this.#refused = undefined
    this.#silentUntilMs = 0
  }

  /** Under which time tokens of the present lease are counted. */
  get spendByMs(): number {
    return this.#spendByMs
  }

  /** Where the limits stood when the counter last answered, with what is left of the lease. */
  levels(nowMs: number): Level[] {
    const passedMs = Math.max(0, nowMs - this.#known.atMs)
    const held = nowMs < this.#untilMs ? this.#tokens : 0
    return this.#known.levels.map(({ remaining, resetMs, waitMs }) => ({
      remaining: remaining + held,
      resetMs: Math.max(0, resetMs - passedMs),
      waitMs: Math.max(0, waitMs - passedMs),
    }))
  }

  /** When the clock was set back, the lease would live longer than it was given for. */
  #see(nowMs: number): void {
    if (nowMs < this.#seenMs) {
      this.forget()
      this.#demand = { sinceMs: nowMs, before: 0, now: 0 }
    }
    this.#seenMs = nowMs
  }

  #tick(cost: number, nowMs: number): void {
    this.#see(nowMs)
    const ageMs = nowMs - this.#demand.sinceMs
    if (ageMs >= this.#grainMs) {
      const before = ageMs < 2 * this.#grainMs ? this.#demand.now : 0
      const sinceMs = before > 0 ? this.#demand.sinceMs + this.#grainMs : nowMs
      this.#demand = { sinceMs, before, now: 0 }
    }
    this.#demand.now += cost
  }

  #retire(): void {
    if (this.#tokens > 0) this.#giveBack({ tokens: this.#tokens, spendByMs: this.#spendByMs })
    this.#tokens = 0
  }

  /** Several leases go back as of the oldest: where less is counted then less goes back. */
  #giveBack({ tokens, spendByMs }: Tokens): void {
    const before = this.#unused
    this.#unused = {
      tokens: tokens + (before?.tokens ?? 0),
      spendByMs: Math.min(spendByMs, before?.spendByMs ?? spendByMs),
    }
  }
}

function grainMsOf(limit: Limit): number {
  return limit.algorithm === 'period' ? 60_000 : leaseMsFor(limit.windowMs)
}
