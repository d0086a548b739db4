/** Deep equality of JSON values: numbers by value, objects whatever the order of their names. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => equal(item, b[index]))
  }
  if (Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return names.every((name) => Object.hasOwn(right, name) && equal(left[name], right[name]))
}

export const equalsOneOf = (value: unknown, list: readonly unknown[]): boolean =>
  list.some((one) => equal(value, one))

/**
 * Whether no two items are equal, in time linear in their size: comparing each with each lets
 * 20,000 strings cost more than a second.
 */
export function unique(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>()
  for (const item of items) {
    const key = identity(item)
    if (seen.has(key)) return false
    seen.add(key)
  }
  return true
}

/** Equal for equal values only; the prefixes keep strings apart from the text of objects. */
function identity(value: unknown): unknown {
  if (typeof value === 'string') return `s${value}`
  return typeof value === 'object' && value !== null ? `o${canonical(value)}` : value
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const object = value as Record<string, unknown>
  const members = Object.keys(object)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`)
  return `{${members.join(',')}}`
}
