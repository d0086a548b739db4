import { definePolicy, type Exchange, type Limit, option, type Options, template } from '#gateway'
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

const options = {
  limit: limitOption,
  defaultLimit: defaultLimitOption,
  period: option.oneOf(['hour', 'day', 'week', 'month'], 'How long a quota lasts, UTC.'),
  anchor: option.optional(
    option.anyOf(
      option.instant('The same for each caller.'),
      option.template('Makes an instant, for instance from the metadata of a consumer.'),
      'When some period starts; without it periods are the calendar’s, weeks from Monday.',
    ),
  ),
  statuses: option.list(
    option.string('A status, `"404"`, or a class, `"2xx"`.'),
    'Only responses with these statuses are counted. Empty: all are.',
    { default: [] },
  ),
  by: byOption('consumer'),
  ...limiterOptions,
}

export default definePolicy({
  summary: 'Limits how many requests one caller may make in an hour, day, week or month.',
  status: 'stable',
  needs: limiterNeeds,
  options,
  check({ limit, by, anchor, statuses }) {
    checkLimitText(limit)
    checkBy(by)
    if (typeof anchor === 'string' && !anchor.includes('{')) {
      throw new Error(`the anchor '${anchor}' is neither an instant nor a template`)
    }
    const wrong = statuses.find((status) => !/^[1-5](?:xx|\d\d)$/.test(status))
    if (wrong !== undefined) throw new Error(`'${wrong}' is no status; write "404" or "2xx"`)
  },
  counts: (given, name) => ({ policy: counterNames(given)(name), by: given.by }),
  setup(given, runtime) {
    const { statuses } = given
    const own = {
      limits: limitsOf(given),
      counters: counterNames(given),
      ...(statuses.length > 0 && { isCounted: matcher(statuses) }),
    }
    return startLimiter(given, own, runtime)
  },
})

type Given = Options<typeof options>

const counterNames = ({ period, anchor, by }: Given) => countersName('quota', [period, anchor, by])

/** The same list each time for the same amounts, so that stores know it again. */
function limitsOf({ limit, defaultLimit, period, anchor }: Given) {
  const limits = amount(limit, defaultLimit)
  const anchors = anchorOf(anchor)
  const made = new RecentMap<readonly Limit[]>(1000)
  return (exchange: Exchange): readonly Limit[] | undefined => {
    const value = limits(exchange)
    const anchorMs = anchors(exchange)
    if (value === undefined || anchorMs === null) return undefined
    const text = `${value} ${anchorMs ?? ''}`
    let known = made.get(text)
    if (known !== undefined) return known
    const basis = { name: '', algorithm: 'period', limit: value, period } as const
    known = [anchorMs === undefined ? basis : { ...basis, anchorMs }]
    made.set(text, known)
    return known
  }
}

/** Undefined: the calendar; null: it cannot be told. */
function anchorOf(anchor: number | string | undefined) {
  if (typeof anchor !== 'string') return () => anchor
  const { decide } = template(anchor, 'text')
  return (exchange: Exchange): number | null => {
    const ms = Date.parse(decide(exchange) ?? '')
    return Number.isNaN(ms) ? null : ms
  }
}

function matcher(statuses: readonly string[]): (status: number) => boolean {
  const wanted = new Set(statuses)
  return (status) => wanted.has(String(status)) || wanted.has(`${Math.floor(status / 100)}xx`)
}
