import type { CounterMode, Counters, Limit, TokenDecision } from '../core/counters.ts'
import { type Exchange, type Slot, slot } from '../core/exchange.ts'
import type { Async, Hooks } from '../core/policy.ts'
import { defaultMode } from '../lib/counters/default-mode.ts'
import { type Amount, wholeNumber } from './amount.ts'
import { answerFailure, type OnFailure, refuseExceeded, refuseUndecided } from './answers.ts'
import type { CallerRule } from './caller.ts'
import { legacyFields, limitField, policyField, seconds, windowMsOf } from './fields.ts'

/** What `rate-limit` and `quota` have in common, with everything worked out that can be beforehand. */
export interface LimiterRules {
  readonly caller: CallerRule
  /** Undefined when a limit cannot be told. The same array each time where the limits are the same. */
  readonly limits: (exchange: Exchange) => readonly Limit[] | undefined
  readonly cost: Amount
  /** The field of the response that holds the cost. */
  readonly costHeader: string | undefined
  /** The cost once the body has ended. */
  readonly costAfter: Amount | undefined
  /** Whether a response with this status costs anything; absent: each does. */
  readonly isCounted?: (status: number) => boolean
  readonly mode: CounterMode | undefined
  readonly onFailure: OnFailure
  /** `RateLimit` and `RateLimit-Policy`. */
  readonly fields: boolean
  /** `X-RateLimit-*`. */
  readonly legacyFields: boolean
  /** The name of the policy's counters: where it stands for itself, or text that tells an inline one apart. */
  readonly nameOf: (exchange: Exchange) => string
}

/** The hooks of a policy that takes tokens from limits. A hook with nothing to do is not there. */
export function limiter(rules: LimiterRules, counters: Counters, now: () => number): Hooks {
  const one = new Limiter(rules, counters, now)
  const hooks: Hooks = { request: (exchange) => one.request(exchange) }
  if (rules.fields || rules.legacyFields || rules.costHeader || rules.isCounted) {
    hooks.response = (response, exchange) => one.response(response, exchange)
  }
  if (rules.costAfter) hooks.finish = async (_response, exchange) => one.finish(exchange)
  return hooks
}

interface Passed {
  readonly decision: TokenDecision
  readonly limits: readonly Limit[]
  readonly cost: number
  /** A status that is not counted settles before the body can tell its cost. */
  isSettled?: boolean
}

class Limiter {
  readonly #rules: LimiterRules
  readonly #counters: Counters
  readonly #fields: LimitFields
  #place: Slot<Passed> | undefined
  readonly #modes = new WeakMap<readonly Limit[], CounterMode>()

  constructor(rules: LimiterRules, counters: Counters, now: () => number) {
    this.#rules = rules
    this.#counters = counters
    this.#fields = new LimitFields(rules, now)
  }

  request(exchange: Exchange): Async<Response | void> {
    const { caller: callers, nameOf } = this.#rules
    const caller = callers.of(exchange)
    if (caller === undefined) return refuseUndecided(exchange, 'caller')
    const limits = this.#rules.limits(exchange)
    if (limits === undefined) return refuseUndecided(exchange, 'limit')
    const cost = this.#rules.cost(exchange)
    if (cost === undefined) return refuseUndecided(exchange, 'cost')
    const { isOpen } = callers
    const policy = nameOf(exchange)
    const mode = this.#modeOf(limits)
    const waitUntil = (work: Promise<unknown>) => exchange.waitUntil(work)
    const decision = this.#counters.take({
      policy,
      caller,
      limits,
      cost,
      mode,
      isOpen,
      waitUntil,
    })
    return decision instanceof Promise
      ? decision.then((late) => this.#admit(exchange, { decision: late, limits, cost }))
      : this.#admit(exchange, { decision, limits, cost })
  }

  response(response: Response, exchange: Exchange): void {
    const passed = exchange.get(this.#placeOf(exchange))
    if (passed === undefined) return
    for (const [name, value] of this.#fields.of(exchange, passed)) {
      response.headers.append(name, value)
    }
    const { isCounted, costHeader } = this.#rules
    if (isCounted?.(response.status) === false) this.#settle(exchange, passed, 0)
    else if (costHeader !== undefined) {
      this.#settle(exchange, passed, wholeNumber(response.headers.get(costHeader)))
    }
  }

  finish(exchange: Exchange): void {
    const passed = exchange.get(this.#placeOf(exchange))
    if (passed !== undefined) this.#settle(exchange, passed, this.#rules.costAfter?.(exchange))
  }

  #admit(exchange: Exchange, passed: Passed): Response | void {
    const { outcome, reason, retryAfterMs, tightest } = passed.decision
    if (outcome === 'unreachable') {
      const { onFailure, nameOf } = this.#rules
      return answerFailure(exchange, onFailure, nameOf(exchange), reason)
    }
    if (outcome === 'allowed') return exchange.set(this.#placeOf(exchange), passed)
    const headers = Object.fromEntries(this.#fields.of(exchange, passed))
    const names = tightest === undefined ? [] : [shownName(exchange, tightest.limit)]
    if (!Number.isFinite(retryAfterMs)) {
      return refuseExceeded(
        exchange,
        names,
        headers,
        'This request costs more than is ever allowed.',
      )
    }
    headers['retry-after'] = String(seconds(retryAfterMs))
    return refuseExceeded(exchange, names, headers)
  }

  /** @param actual what it cost; undefined when nobody said, and then what was taken stands */
  #settle(exchange: Exchange, passed: Passed, actual: number | undefined): void {
    const { decision, cost, isSettled } = passed
    if (actual === undefined || isSettled === true || decision.receipt === undefined) return
    passed.isSettled = true
    if (actual === cost) return
    const settled = this.#counters.settle(decision.receipt, actual - cost)
    if (settled instanceof Promise) exchange.waitUntil(settled)
  }

  /** A slot, because a WeakMap of exchanges costs more than all the rest. */
  #placeOf(exchange: Exchange): Slot<Passed> {
    return (this.#place ??= slot(`limits ${this.#rules.nameOf(exchange)}`))
  }

  #modeOf(limits: readonly Limit[]): CounterMode {
    let mode = this.#rules.mode ?? this.#modes.get(limits)
    if (mode === undefined) this.#modes.set(limits, (mode = defaultMode(limits)))
    return mode
  }
}

/** The fields about a decision. Of several limits `RateLimit` shows the tightest. */
class LimitFields {
  readonly #rules: LimiterRules
  readonly #now: () => number
  readonly #policies = new WeakMap<readonly Limit[], string>()

  constructor(rules: LimiterRules, now: () => number) {
    this.#rules = rules
    this.#now = now
  }

  of(exchange: Exchange, { decision, limits }: Passed): [string, string][] {
    const { tightest, outcome, retryAfterMs } = decision
    if (tightest === undefined) return []
    const afterMs = outcome === 'refused' ? retryAfterMs : tightest.resetMs
    const lines: [string, string][] = []
    if (this.#rules.fields) {
      const name = shownName(exchange, tightest.limit)
      lines.push(['ratelimit-policy', this.#policy(exchange, limits)])
      lines.push(['ratelimit', limitField(name, tightest.remaining, afterMs)])
    }
    if (this.#rules.legacyFields) lines.push(...legacyFields(tightest, afterMs))
    return lines
  }

  #policy(exchange: Exchange, limits: readonly Limit[]): string {
    const known = this.#policies.get(limits)
    if (known !== undefined) return known
    const nowMs = this.#now()
    const field = policyField(
      limits.map((limit) => ({
        name: shownName(exchange, limit),
        limit: limit.limit,
        windowMs: windowMsOf(limit, nowMs),
      })),
    )
    // the next month may have another length
    if (!limits.some(isMonthly)) this.#policies.set(limits, field)
    return field
  }
}

function isMonthly(limit: Limit): boolean {
  return limit.algorithm === 'period' && limit.period === 'month'
}

/** A limit without a name of its own has the policy's, unless names are not for outside. */
function shownName({ settings, step }: Exchange, { name }: Limit): string {
  if (name !== '') return name
  return settings.discloseNames ? (step ?? 'default') : 'default'
}
