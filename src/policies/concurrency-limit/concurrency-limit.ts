import {
  type AcquireSlot,
  type Async,
  type CounterReceipt,
  definePolicy,
  type Exchange,
  NotReady,
  option,
  type SlotDecision,
  slot,
} from '#gateway'
import { amount, checkLimitText } from '../../limits/amount.ts'
import { answerFailure, refuseExceeded, refuseUndecided } from '../../limits/answers.ts'
import { callerRule, checkBy, needsPrincipal } from '../../limits/caller.ts'
import { limitField, policyField } from '../../limits/fields.ts'
import { countersName } from '../../limits/name.ts'
import { byOption, limitOption } from '../../limits/options.ts'

export default definePolicy({
  summary: 'Limits how many requests of one caller may be in flight at once.',
  status: 'stable',
  needs: ({ by }) => [
    'counters',
    'response-end',
    ...(needsPrincipal(by) ? (['principal'] as const) : []),
  ],
  options: {
    limit: limitOption,
    defaultLimit: option.optional(
      option.integer(
        'The limit where a template makes none; without it such a request is refused.',
        {
          min: 0,
        },
      ),
    ),
    lease: option.duration('A request that never ends gives its place back after this.', {
      default: '5m',
    }),
    by: byOption('ip'),
    mode: option.oneOf(['strict', 'local'], 'Who counts: one counter for all, or each isolate.', {
      default: 'strict',
    }),
    onFailure: option.oneOf(
      ['open', 'closed'],
      'What happens to requests while the counter does not answer.',
      { default: 'closed' },
    ),
    fields: option.boolean('Sends `RateLimit` and `RateLimit-Policy` with a refusal.', {
      default: true,
    }),
  },
  check({ limit, by }) {
    checkLimitText(limit)
    checkBy(by)
  },
  counts: ({ lease, by }, name) => ({ policy: counterNames(lease, by)(name), by }),
  setup({ limit, defaultLimit, lease: leaseMs, by, mode, onFailure, fields }, runtime) {
    const { counters } = runtime
    if (counters === undefined) throw new NotReady('the binding for counters is missing')
    const named = counterNames(leaseMs, by)
    const nameOf = ({ step }: Exchange) => named(step)
    const caller = callerRule(by)
    const limits = amount(limit, defaultLimit)
    const placeOf = (name: string) => slot<CounterReceipt | undefined>(`limits ${name}`)

    const free = async (exchange: Exchange, name: string) => {
      const place = placeOf(name)
      const receipt = exchange.get(place)
      exchange.set(place, undefined)
      if (receipt !== undefined) await counters.release(receipt)
    }

    const admit = (exchange: Exchange, asked: AcquireSlot, decision: SlotDecision) => {
      const { outcome, receipt, reason } = decision
      if (outcome === 'unreachable') {
        return answerFailure(exchange, onFailure, asked.policy, reason)
      }
      if (receipt !== undefined) {
        exchange.set(placeOf(asked.policy), receipt)
        return undefined
      }
      const name = exchange.settings.discloseNames ? (exchange.step ?? 'default') : 'default'
      const shown = { name, limit: asked.limit, windowMs: undefined, unit } as const
      // a place may be free at any moment, so nobody is sent away for longer
      return refuseExceeded(exchange, [name], {
        'retry-after': '1',
        ...(fields && {
          'ratelimit-policy': policyField([shown]),
          ratelimit: limitField(name, 0, undefined),
        }),
      })
    }

    return {
      request(exchange): Async<Response | void> {
        const who = caller.of(exchange)
        if (who === undefined) return refuseUndecided(exchange, 'caller')
        const most = limits(exchange)
        if (most === undefined) return refuseUndecided(exchange, 'limit')
        const policy = nameOf(exchange)
        const asked = { policy, caller: who, limit: most, leaseMs, mode, isOpen: caller.isOpen }
        const decision = counters.acquire(asked)
        return decision instanceof Promise
          ? decision.then((late) => admit(exchange, asked, late))
          : admit(exchange, asked, decision)
      },
      finish: (_response, exchange) => free(exchange, nameOf(exchange)),
    }
  },
})

const counterNames = (leaseMs: number, by: string | readonly string[]) =>
  countersName('concurrency-limit', [leaseMs, by])

const unit = 'concurrent-requests'
