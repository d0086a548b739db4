import CachePolicy from 'http-cache-semantics'

/** Name, in lower case → value. */
export type Fields = Readonly<Record<string, string>>

/** What of a response may be kept, and for how long. */
export interface Keeping {
  /** More than 0. */
  readonly freshMs: number
  readonly headers: readonly Field[]
}

export type Field = readonly [name: string, value: string]

/**
 * What Cloudflare's Cache API documents for `cache.put`: RFC 9111 as a shared cache reads it; nothing with
 * `Set-Cookie`, unless `Cache-Control: private=Set-Cookie` says that it be kept without that field; and a time of its own for
 * some statuses when the response names none.
 *
 * @param request fields of the key. Only `Authorization` counts (RFC 9111 §3.5)
 * @returns undefined where nothing may be kept
 */
export function keepingOf(
  request: Headers,
  status: number,
  fields: readonly Field[],
): Keeping | undefined {
  const control = valuesOf(fields, 'cache-control')
  const isWithoutCookie = PRIVATE_COOKIE.test(control)
  const headers = fields.filter(
    ([name]) => !DROPPED.has(name) && !(isWithoutCookie && name === 'set-cookie'),
  )
  if (headers.some(([name]) => name === 'set-cookie')) return undefined
  const rest = control.replace(PRIVATE_COOKIE, '')
  const policy = new CachePolicy(
    { headers: request.has('authorization') ? { authorization: 'set' } : {} },
    {
      status,
      headers: { ...fieldsOf(headers), 'cache-control': withLifetime(rest, headers, status) },
    },
    { shared: true, cacheHeuristic: 0, immutableMinTimeToLive: 0 },
  )
  const freshSeconds = policy.storable() ? policy.maxAge() - Math.floor(policy.age()) : 0
  return freshSeconds > 0 ? { freshMs: freshSeconds * 1000, headers } : undefined
}

/** `private=Set-Cookie`, quoted or not, with the comma after it. */
const PRIVATE_COOKIE = /(?<=^|,)\s*private="?set-cookie"?\s*(?:,|$)/i

/** Of one connection (RFC 9110 §7.6.1), or written anew when it is answered. */
const DROPPED = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'content-length', 'cf-cache-status'],
])

/** Seconds by status: https://developers.cloudflare.com/cache/how-to/configure-cache-status-code/ */
const DEFAULT_SECONDS: Readonly<Record<number, number>> = {
  200: 7200,
  301: 7200,
  302: 1200,
  303: 1200,
  404: 180,
  410: 180,
}

function withLifetime(control: string, headers: readonly Field[], status: number): string {
  const isGiven = /(^|,)\s*(s-maxage|max-age)\s*=/i.test(control)
  const seconds = DEFAULT_SECONDS[status]
  if (isGiven || seconds === undefined || headers.some(([name]) => name === 'expires'))
    return control
  return `${control === '' ? '' : `${control}, `}max-age=${seconds}`
}

const valuesOf = (fields: readonly Field[], wanted: string): string =>
  fields
    .filter(([name]) => name === wanted)
    .map(([, value]) => value)
    .join(', ')

const fieldsOf = (fields: readonly Field[]): Fields =>
  Object.fromEntries(fields.map(([name]) => [name, valuesOf(fields, name)]))
