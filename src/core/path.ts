/**
 * The one canonical form of a request's path. Router, policies and upstream all see it, so none of them can
 * be led to another resource than the others. It is computed on the raw text, before any `URL` touches it:
 * `URL` resolves `..` but keeps `%2e%2e`, and `fetch` resolves that later.
 *
 * Unreserved characters (RFC 3986 §2.3) are decoded once, every other escape is kept and written in upper
 * case, characters that a URI may not hold are escaped.
 *
 * @returns undefined where two readers could disagree: a segment that is `.` or `..` after decoding (also
 * before a `;`), a backslash, a `#`, NUL, a broken escape, invalid UTF-8. An encoded slash stays `%2F`; the
 * route decides about it.
 */
export function canonicalPath(raw: string): string | undefined {
  if (PLAIN.test(raw)) return raw.includes('/.') && DOT_SEGMENT.test(raw) ? undefined : raw
  if (NEVER.test(raw)) return undefined
  try {
    decodeURIComponent(raw) // throws on a broken escape and on invalid UTF-8
    const path = raw.replace(ESCAPE, decodeUnreserved).replace(NOT_URI, encodeURIComponent)
    return REFUSED.test(path) || DOT_SEGMENT.test(path) ? undefined : path
  } catch {
    return undefined
  }
}

/**
 * Where the path of an absolute URL starts and ends, without parsing the URL. No target holds a `#` (RFC 9112
 * §3.2): one reader cuts there and the next one does not, in the query as in the path, so it is put behind the
 * path, which is then refused.
 */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const mark = url.indexOf('?')
  if (url.includes('#'))
    return { path: `${url.slice(start, mark < 0 ? undefined : mark)}#`, query: '' }
  if (start < 0 || (mark >= 0 && mark < start))
    return { path: '/', query: mark < 0 ? '' : url.slice(mark) }
  return mark < 0
    ? { path: url.slice(start), query: '' }
    : { path: url.slice(start, mark), query: url.slice(mark) }
}

/** Whether a canonical path holds `%2F`, which one reader takes for a separator and another does not. */
export const hasEncodedSlash = (path: string): boolean => path.includes('%2F')

/** pchar of RFC 3986 §3.3 without escapes, and the slash. */
const PLAIN = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/
const NOT_URI = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/gu
const ESCAPE = /%[0-9A-Fa-f]{2}/g
const UNRESERVED = /[A-Za-z0-9\-._~]/
/** Also what workerd puts for bytes that are not UTF-8. */
const NEVER = /[\\#\uFFFD]/
const REFUSED = /%00|%5C/
/** Servers that know `;` parameters (RFC 3986 §3.3) cut them off before they resolve dots. */
const DOT_SEGMENT = /(?:\/|%2F)\.{1,2}(?:\/|%2F|;|%3B|$)/

function decodeUnreserved(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return UNRESERVED.test(character) ? character : escape.toUpperCase()
}
