/**
 * What an `Authorization` field holds of one scheme.
 * - `absent`: no credentials, or of another scheme only
 * - `malformed`: of this scheme, but not in its form
 * - `ambiguous`: more than one, so that another reader could take the other one
 */
export type Credentials =
  | { readonly state: 'present'; readonly value: string }
  | { readonly state: 'absent' | 'malformed' | 'ambiguous' }

/**
 * Reads `scheme token68` (RFC 9110 §11.4). Repeated fields reach us joined by a comma (§5.3), which no
 * token68 holds; which one holds is never decided by taking the first or the last.
 */
export function credentials(field: string | null, scheme: string): Credentials {
  if (field === null || field === '') return { state: 'absent' }
  const [first = '', ...others] = field.split(',')
  const value = afterScheme(first, scheme)
  if (value !== undefined && others.length > 0) return { state: 'ambiguous' }
  if (value !== undefined) {
    return TOKEN68.test(value) ? { state: 'present', value } : { state: 'malformed' }
  }
  const isHidden = others.some((one) => afterScheme(one, scheme) !== undefined)
  return { state: isHidden ? 'ambiguous' : 'absent' }
}

/** A scheme's name is case-insensitive (RFC 9110 §11.1). */
function afterScheme(text: string, scheme: string): string | undefined {
  const [, name, rest = ''] = SCHEME.exec(text) ?? []
  return name?.toLowerCase() === scheme.toLowerCase() ? rest : undefined
}

const SCHEME = /^[ \t]*([^ \t]+)(?: +(.*))?$/
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
