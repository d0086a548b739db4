import type { Fault } from './compile.ts'

/** Collects what the compiler has to say, each thing once. */
export class Faults {
  readonly all: Fault[] = []
  readonly #seen = new Set<string>()

  /** @param at a URI whose fragment is a JSON pointer (RFC 6901 §6). */
  add(
    level: 'error' | 'warning',
    code: string,
    at: string,
    what: string,
    why: string,
    instead: string,
  ): void {
    const { uri, pointer } = splitLocation(at)
    const key = `${code} ${uri}#${pointer} ${what}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.all.push({ level, code, uri, pointer, what, why, instead })
  }

  error(code: string, at: string, what: string, why: string, instead: string): void {
    this.add('error', code, at, what, why, instead)
  }

  warning(code: string, at: string, what: string, why: string, instead: string): void {
    this.add('warning', code, at, what, why, instead)
  }
}

/** The reverse of `schemaUri`. */
export function splitLocation(location: string): { uri: string; pointer: string } {
  const hash = location.indexOf('#')
  if (hash < 0) return { uri: location, pointer: '' }
  return { uri: location.slice(0, hash), pointer: decoded(location.slice(hash + 1)) }
}

function decoded(fragment: string): string {
  try {
    return decodeURI(fragment)
  } catch {
    return fragment
  }
}
