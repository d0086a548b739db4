/** Every value that a `Cookie` field (RFC 6265 §4.2.1) has under a name: a client may send several. */
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
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

const nameOf = (pair: string): string => pair.split('=', 1)[0]!.trim()
