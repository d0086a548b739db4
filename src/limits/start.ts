import type { Exchange } from '../core/exchange.ts'
import type { Options } from '../core/option.ts'
import type { Hooks } from '../core/policy.ts'
import { NotReady } from '../core/problem.ts'
import type { Runtime } from '../core/runtime.ts'
import { amount } from './amount.ts'
import { callerRule } from './caller.ts'
import { limiter, type LimiterRules } from './limiter.ts'
import type { limiterOptions } from './options.ts'

/** What `rate-limit` and `quota` each have of their own. */
export interface Own extends Pick<LimiterRules, 'limits' | 'isCounted'> {
  /** As `countersName` makes it. */
  readonly counters: (step: string | undefined) => string
}

type Shared = Options<typeof limiterOptions> & { readonly by: string | readonly string[] }

/** Sets either policy up. @throws NotReady without the binding for counters */
export function startLimiter(given: Shared, { counters, ...own }: Own, runtime: Runtime): Hooks {
  if (runtime.counters === undefined) throw new NotReady('the binding for counters is missing')
  const { by, cost, defaultCost, costHeader, costAfter, mode, onFailure } = given
  const rules: LimiterRules = {
    ...own,
    caller: callerRule(by),
    cost: amount(cost, defaultCost),
    costHeader,
    costAfter: costAfter === undefined ? undefined : amount(costAfter, undefined),
    mode,
    onFailure,
    fields: given.fields,
    legacyFields: given.legacyFields,
    nameOf: ({ step }: Exchange) => counters(step),
  }
  return limiter(rules, runtime.counters, runtime.now)
}
