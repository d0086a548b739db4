/**
 * Whether a JSON value nests at most `levels` deep; a scalar is level 0, `[[]]` level 2. Goes no
 * deeper than it allows, so that no value can exhaust the stack.
 */
export function depthWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object' && !depthWithin(item, levels - 1)) return false
    }
    return true
  }
  const object = value as Readonly<Record<string, unknown>>
  for (const name of Object.keys(object)) {
    const member = object[name]
    if (typeof member === 'object' && !depthWithin(member, levels - 1)) return false
  }
  return true
}
