import type { Exchange } from '#gateway'
import { cookieValues, withoutCookie } from '../../lib/cookies.ts'
import { type Credentials, credentials } from '../../lib/credentials.ts'
import { withoutParameter } from '../../lib/query.ts'

/** Where a token may be. */
export interface Places {
  readonly authorization: boolean
  readonly header: string | undefined
  readonly cookie: string | undefined
  readonly query: string | undefined
}

/** The one token of a request. Two that differ are refused, wherever they are (RFC 6750 §2). */
export function findToken(exchange: Exchange, places: Places): Credentials {
  const { headers } = exchange.request
  const found = new Set<string>()
  if (places.authorization) {
    const given = credentials(headers.get('authorization'), 'Bearer')
    if (given.state === 'present') found.add(given.value)
    else if (given.state !== 'absent') return given
  }
  const field = places.header === undefined ? null : headers.get(places.header)
  // repeated fields reach us joined by a comma, which no token holds
  for (const one of field?.split(',') ?? []) found.add(one.trim())
  if (places.cookie !== undefined) {
    for (const one of cookieValues(headers.get('cookie'), places.cookie)) found.add(one)
  }
  if (places.query !== undefined) {
    for (const one of exchange.search.getAll(places.query)) found.add(one)
  }
  found.delete('')
  if (found.size > 1) return { state: 'ambiguous' }
  const [value] = found
  return value === undefined ? { state: 'absent' } : { state: 'present', value }
}

/** Takes the token out of what goes upstream, wherever it was. */
export function removeToken({ upstreamRequest }: Exchange, places: Places): void {
  const { headers } = upstreamRequest
  const given = places.authorization && credentials(headers.get('authorization'), 'Bearer')
  if (given && given.state !== 'absent') headers.delete('authorization')
  if (places.header !== undefined) headers.delete(places.header)
  if (places.cookie !== undefined && headers.has('cookie')) {
    const left = withoutCookie(headers.get('cookie'), places.cookie)
    if (left === undefined) headers.delete('cookie')
    else headers.set('cookie', left)
  }
  if (places.query !== undefined) {
    upstreamRequest.query = withoutParameter(upstreamRequest.query, places.query)
  }
}
