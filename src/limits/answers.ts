import type { Exchange } from '../core/exchange.ts'
import { metric } from '../core/metrics.ts'
import { problem } from '../core/problem.ts'

export type OnFailure = 'open' | 'closed'

/** Labels: `policy`, the name of its counters, and `outcome`, what `onFailure` says. */
export const limitUnavailable = metric(
  'limit_unavailable_total',
  'Requests whose counter did not answer in time, let through (open) or refused (closed).',
)

/** 429. @param violated names of the limits as the RateLimit fields have them */
export function refuseExceeded(
  exchange: Exchange,
  violated: readonly string[],
  headers: Readonly<Record<string, string>>,
  detail?: string,
): Response {
  return problem(exchange, 'limit-exceeded', {
    headers,
    'violated-policies': violated,
    ...(detail !== undefined && { detail }),
  })
}

/**
 * What `onFailure` says; logged and counted either way.
 * @param policy the name of its counters
 */
export function answerFailure(
  exchange: Exchange,
  onFailure: OnFailure,
  policy: string,
  reason: string | undefined,
): Response | undefined {
  exchange.log.warn('limit-unavailable', { reason, outcome: onFailure })
  exchange.gateway.runtime.metrics.count(limitUnavailable, { policy, outcome: onFailure })
  if (onFailure === 'open') return undefined
  return problem(exchange, 'limit-unavailable', { headers: { 'retry-after': '1' } })
}

/** 403: a value that decides is absent. @param what for the log: `caller`, `limit` or `cost` */
export function refuseUndecided(exchange: Exchange, what: string): Response {
  exchange.log.warn('limit-undecided', { absent: what })
  return problem(exchange, 'limit-undecided')
}
