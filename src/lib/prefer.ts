import { listMembers, unquoted } from './list-field.ts'

/**
 * The preferences of a request (RFC 7240 §2): names in lower case, the first of each name counts. One without
 * a value has the empty string (§2: the two mean the same). Parameters are left out.
 */
export function preferences(prefer: string | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const member of listMembers(prefer ?? '')) {
    const [, name, value = ''] = PREFERENCE.exec(member) ?? []
    if (name === undefined || found.has(name.toLowerCase())) continue
    found.set(name.toLowerCase(), unquoted(value.trim()))
  }
  return found
}

const PREFERENCE = /^([^=;\s"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;]*))?/s
