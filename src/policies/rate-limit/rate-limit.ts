import { definePolicy, type Exchange, type Limit, option, type Options } from '#gateway'
import { RecentMap } from '../../lib/recent-map.ts'
import { amount, checkLimitText } from '../../limits/amount.ts'
import { checkBy } from '../../limits/caller.ts'
import { countersName } from '../../limits/name.ts'
import {
  byOption,
  defaultLimitOption,
  limiterNeeds,
  limiterOptions,
  limitOption,
} from '../../limits/options.ts'
import { startLimiter } from '../../limits/start.ts'

const windowOption = option.duration('Length of the window.', { default: '1m' })

const options = {
  limit: option.optional(limitOption),
  window: windowOption,
  limits: option.optional(
    option.list(
      option.object(
        {
          limit: limitOption,
          window: windowOption,
          name: option.optional(option.string('How the caller is told of it.', { minLength: 1 })),
        },
        'One limit.',
      ),
      'Several limits at once: refused if any is exhausted, and then none loses anything.',
      { min: 1 },
    ),
  ),
  defaultLimit: defaultLimitOption,
  algorithm: option.oneOf(
    ['sliding-window', 'fixed-window', 'token-bucket'],
    'What `limit` in `window` means; see the table above.',
    { default: 'sliding-window' },
  ),
  burst: option.optional(
    option.integer('Tokens a full bucket holds; without it as many as the limit.', { min: 1 }),
  ),
  by: byOption('ip'),
  ...limiterOptions,
}

export default definePolicy({
  summary: 'Limits how many requests one caller may make in a window of time.',
  status: 'stable',
  needs: limiterNeeds,
  options,
  check({ limit, limits, by, algorithm, burst }) {
    if ((limit === undefined) === (limits === undefined)) {
      throw new Error("give either 'limit' or 'limits'")
    }
    for (const one of limits ?? []) checkLimitText(one.limit)
    if (limit !== undefined) checkLimitText(limit)
    checkBy(by)
    if (burst !== undefined && algorithm !== 'token-bucket') {
      throw new Error("'burst' is for the algorithm 'token-bucket'")
    }
    if (limits !== undefined && limits.length > 8) throw new Error('at most eight limits')
    const names = (limits ?? []).map(nameOf)
    if (new Set(names).size < names.length) {
      throw new Error('two limits have the same name or window; give each a name')
    }
  },
  counts: (given, name) => ({ policy: counterNames(given)(name), by: given.by }),
  setup(given, runtime) {
    const own = { limits: limitsOf(given), counters: counterNames(given) }
    return startLimiter(given, own, runtime)
  },
})

type Given = Options<typeof options>
type Spec = NonNullable<Given['limits']>[number]

const counterNames = ({ window, limits, algorithm, by }: Given) =>
  countersName('rate-limit', [window, limits, algorithm, by])

/** The same list of limits each time for the same amounts, so that stores know it again. */
function limitsOf({ limit, window, limits, defaultLimit, algorithm, burst }: Given) {
  const specs: readonly Spec[] = limits ?? [{ limit: limit!, window, name: '' }]
  const amounts = specs.map((spec) => amount(spec.limit, defaultLimit))
  const made = new RecentMap<readonly Limit[]>(1000)
  const make = (values: readonly number[]): readonly Limit[] =>
    specs.map((spec, at): Limit => {
      const basis = { name: nameOf(spec), limit: values[at]!, windowMs: spec.window }
      return algorithm === 'token-bucket'
        ? { ...basis, algorithm, burst: burst ?? basis.limit }
        : { ...basis, algorithm }
    })
  if (specs.every((spec) => typeof spec.limit === 'number')) {
    const always = make(specs.map((spec) => spec.limit as number))
    return () => always
  }
  return (exchange: Exchange): readonly Limit[] | undefined => {
    const values: number[] = []
    for (const one of amounts) {
      const value = one(exchange)
      if (value === undefined) return undefined
      values.push(value)
    }
    const text = values.join(' ')
    let known = made.get(text)
    if (known === undefined) made.set(text, (known = make(values)))
    return known
  }
}

/** Its own, or its window: `60s`. */
function nameOf({ name, window }: Spec): string {
  return name ?? `${window / 1000}s`
}
