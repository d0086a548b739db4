/**
 * A value in nested records, by the names on the way. A whole name that holds dots
 * (`https://example.com/tenant`) wins over going deeper. Only what an object itself has counts.
 */
export function member(from: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return from
  const whole = own(from, names.join('.'))
  return whole === undefined && names.length > 1
    ? member(own(from, names[0]!), names.slice(1))
    : whole
}

/** What stands under a name, never what is inherited. */
export function own(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null && Object.hasOwn(from, name)
    ? (from as Record<string, unknown>)[name]
    : undefined
}
