import type { Exchange } from '#gateway'
import { hasKeyPrefix } from '../../lib/api-key.ts'
import { cookieValues, withoutCookie } from '../../lib/cookies.ts'
import { credentials } from '../../lib/credentials.ts'
import { withoutParameter } from '../../lib/query.ts'

/** Where a key may stand in a request. */
export interface Places {
  readonly bearer: boolean
  readonly headers: readonly string[]
  readonly query: readonly string[]
  readonly cookies: readonly string[]
}

export function places({ bearer, headers, query, cookies }: Places): Places {
  return { bearer, headers, query, cookies }
}

/**
 * The different keys in a request: none, one, or several. A bearer token without our prefix is none (a JWT,
 * say), unless keys of another system are taken.
 */
export function presented(
  exchange: Exchange,
  { bearer, headers, query, cookies }: Places,
  prefix: string,
  isForeignAllowed: boolean,
): readonly string[] {
  const fields = exchange.request.headers
  const found: string[] = []
  const add = (value: string) => {
    if (value !== '' && !found.includes(value)) found.push(value)
  }
  if (bearer) bearerKeys(fields, prefix, isForeignAllowed).forEach(add)
  for (const name of headers) {
    const value = fields.get(name)
    // a repeated field reaches us joined by commas, which no key of ours holds
    if (value !== null)
      (isForeignAllowed ? [value] : value.split(',')).forEach((one) => add(one.trim()))
  }
  for (const name of query) exchange.search.getAll(name).forEach(add)
  for (const name of cookies) cookieValues(fields.get('cookie'), name).forEach(add)
  return found
}

/** Takes the key out of what goes upstream, wherever it may stand. */
export function remove(
  exchange: Exchange,
  { bearer, headers, query, cookies }: Places,
  prefix: string,
  isForeignAllowed: boolean,
): void {
  const { upstreamRequest, request } = exchange
  if (bearer && bearerKeys(request.headers, prefix, isForeignAllowed).length > 0) {
    upstreamRequest.headers.delete('authorization')
  }
  for (const name of headers) upstreamRequest.headers.delete(name)
  for (const name of query) upstreamRequest.query = withoutParameter(upstreamRequest.query, name)
  for (const name of cookies) {
    const left = withoutCookie(upstreamRequest.headers.get('cookie'), name)
    if (left === undefined) upstreamRequest.headers.delete('cookie')
    else upstreamRequest.headers.set('cookie', left)
  }
}

/** Whether something that looks like a key of ours stands where this route does not take one. */
export function isMisplaced({ request, search }: Exchange, prefix: string): boolean {
  const starts = [`${prefix}_live_`, `${prefix}_test_`]
  const isKey = (text: string) => starts.some((start) => text.trim().startsWith(start))
  for (const value of search.values()) if (isKey(value)) return true
  for (const [name, value] of request.headers) {
    if (isKey(value)) return true
    if (name === 'authorization' && value.split(/[ ,]/).some(isKey)) return true
    if (name === 'cookie' && value.split(/[;=]/).some(isKey)) return true
  }
  return false
}

/** Two that `Authorization` holds are two, even if they are the same: another reader could take either. */
function bearerKeys(fields: Headers, prefix: string, isForeignAllowed: boolean): readonly string[] {
  const field = fields.get('authorization')
  const given = credentials(field, 'Bearer')
  if (given.state === 'present') {
    return isForeignAllowed || hasKeyPrefix(given.value, prefix) ? [given.value] : []
  }
  if (given.state === 'absent') return []
  const ours = field!.split(/[ ,]+/).filter((one) => hasKeyPrefix(one, prefix))
  if (ours.length === 0) return []
  return given.state === 'malformed'
    ? [field!.slice('Bearer '.length).trim()]
    : ['several', ...ours]
}
