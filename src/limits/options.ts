import { option } from '../core/option.ts'
import type { Need } from '../core/policy.ts'
import { needsPrincipal } from './caller.ts'

/** Options that `rate-limit` and `quota` share. */
export const limiterOptions = {
  cost: option.anyOf(
    option.integer('The same for each request; 0 takes nothing yet.', { min: 0 }),
    option.template('Makes a whole number.'),
    'What a request takes from its limits.',
    { default: 1 },
  ),
  defaultCost: option.optional(
    option.integer(
      'The cost where the template makes none; without it such a request is refused.',
      {
        min: 0,
      },
    ),
  ),
  costHeader: option.optional(
    option.headerName(
      'Field of the response that holds what it really cost; `cost` is taken before.',
    ),
  ),
  costAfter: option.optional(
    option.template('What it really cost, read when the body has ended, for instance from a slot.'),
  ),
  mode: option.optional(
    option.oneOf(
      ['strict', 'lease', 'local'],
      'Who decides; without it `lease` for large limits and `strict` for small ones.',
    ),
  ),
  onFailure: option.oneOf(
    ['open', 'closed'],
    'What happens to requests while the counter does not answer.',
    { default: 'closed' },
  ),
  fields: option.boolean('Sends `RateLimit` and `RateLimit-Policy`, with answers that pass, too.', {
    default: true,
  }),
  legacyFields: option.boolean('Also sends the older `X-RateLimit-*`.', { default: false }),
}

export const limitOption = option.anyOf(
  option.integer('The same for each caller.', { min: 0 }),
  option.template('Makes a whole number, for instance from the metadata of a consumer.'),
  'What a caller may take in each window.',
)

export const defaultLimitOption = option.optional(
  option.integer('The limit where a template makes none; without it such a request is refused.', {
    min: 0,
  }),
)

/** @param otherwise the default, where there is a usual one */
export function byOption(otherwise: string) {
  return option.anyOf(
    option.template('`ip` (IPv6 by /64), `consumer`, `key`, `route`, `all`, or a template.'),
    option.list(option.template('As above.'), 'All of them together tell callers apart.', {
      min: 1,
    }),
    'Whom the limit is for: requests with the same value share it.',
    { default: otherwise },
  )
}

/** What `rate-limit` and `quota` want from the rest, by their options. */
export function limiterNeeds({
  by,
  costAfter,
}: {
  readonly by: string | readonly string[]
  readonly costAfter: string | undefined
}): readonly Need[] {
  const needs: Need[] = ['counters']
  if (needsPrincipal(by)) needs.push('principal')
  if (costAfter !== undefined) needs.push('response-end')
  return needs
}
