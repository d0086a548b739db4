/**
 * Every value that a `Cookie` field (RFC 6265 §4.2.1) has under a name: a client may send several. Two fields,
 * which HTTP/1.1 does not allow, reach us joined by a comma and a space; neither may hide in the other.
 */
export function cookieValues(field: string | null, name: string): readonly string[] {
  return pairs(field)
    .filter((pair) => nameOf(pair) === name)
    .map((pair) => pair.slice(pair.indexOf('=') + 1).trim())
}

/** The field without a cookie. @returns undefined when nothing is left of it */
export function withoutCookie(field: string | null, name: string): string | undefined {
  const left = pairs(field).filter((pair) => nameOf(pair) !== name)
  return left.length === 0 ? undefined : left.join('; ')
}

function pairs(field: string | null): readonly string[] {
  if (field === null) return []
  return field
    .split(SEPARATOR)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

/** No value holds a space (RFC 6265 §4.1.1), so a comma before one and a name is where two fields were joined. */
const SEPARATOR = /;|, (?=[!#$%&'*+\-.^_`|~0-9A-Za-z]+=)/

const nameOf = (pair: string): string => pair.split('=', 1)[0]!.trim()
