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

/** As few items are compared each with each: that costs less than a set. */
const PAIRWISE_MAX = 8

/**
 * Whether no two items are equal. Many items take time linear in their size: comparing each with
 * each lets 20,000 strings cost more than a second.
 */
export function unique(items: readonly unknown[]): boolean {
  if (items.length > PAIRWISE_MAX) return uniqueOfMany(items)
  for (let right = 1; right < items.length; right += 1) {
    for (let left = 0; left < right; left += 1) if (equal(items[left], items[right])) return false
  }
  return true
}

function uniqueOfMany(items: readonly unknown[]): boolean {
  const scalars = new Set<unknown>()
  const containers = new Set<string>()
  for (const item of items) {
    if (typeof item === 'object' && item !== null) containers.add(canonical(item))
    else scalars.add(item)
  }
  return scalars.size + containers.size === items.length
}

/** The same text for equal values only. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const object = value as Record<string, unknown>
  const members = Object.keys(object)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`)
  return `{${members.join(',')}}`
}
