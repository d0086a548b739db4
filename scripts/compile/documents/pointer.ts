/** JSON Pointers (RFC 6901), and reading of values that somebody else wrote. */

export type JsonObject = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `step('/paths', '/pets')` is `/paths/~1pets`. */
export function step(pointer: string, ...names: readonly (string | number)[]): string {
  return names.reduce<string>((all, name) => `${all}/${escape(String(name))}`, pointer)
}

/** The names a pointer goes through, unescaped; undefined when it is not a pointer. */
export function names(pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * An own member of an object or array. Never one that JavaScript adds: a document may well have
 * a schema called `constructor`, and may not have one called `toString`.
 */
export function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** What stands at the pointer; undefined when nothing does (JSON has no undefined of its own). */
export function valueAt(root: unknown, pointer: string): unknown {
  const path = names(pointer)
  return path?.reduce<unknown>((value, name) => member(value, name), root)
}

function escape(name: string): string {
  return /[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name
}
