import type { Exchange } from '../core/exchange.ts'
import { problem } from '../core/problem.ts'

export type OnFailure = 'open' | 'closed'

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

/** What `onFailure` says, and a line in the log either way. */
export function answerFailure(
  exchange: Exchange,
  onFailure: OnFailure,
  reason: string | undefined,
): Response | undefined {
  exchange.log.warn('limit-unavailable', { reason, outcome: onFailure })
  if (onFailure === 'open') return undefined
  return problem(exchange, 'limit-unavailable', { headers: { 'retry-after': '1' } })
}

/** 403: a value that decides is absent. @param what for the log: `caller`, `limit` or `cost` */
export function refuseUndecided(exchange: Exchange, what: string): Response {
  exchange.log.warn('limit-undecided', { absent: what })
  return problem(exchange, 'limit-undecided')
}
