/**
 * Times are milliseconds inside and RFC 3339 texts outside: `createdMs: 0` ⇄ `created:
 * "1970-01-01T00:00:00.000Z"`. Everything else goes through as it is; metadata is never looked into.
 */
export function toJson(value: unknown): unknown & object {
  return convert(value, (name, one) => {
    const outside = OUTSIDE.get(name)
    if (outside === undefined) return undefined
    return [outside, typeof one === 'number' ? new Date(one).toISOString() : one]
  }) as object
}

/** @throws RangeError naming the member that is no time */
export function fromJson(value: unknown): unknown {
  return convert(value, (name, one) => {
    const inside = INSIDE.get(name)
    if (inside === undefined) return undefined
    if (one === null) return [inside, null]
    const ms = typeof one === 'string' && DATE_TIME.test(one) ? Date.parse(one) : Number.NaN
    if (Number.isNaN(ms))
      throw new RangeError(`"${name}" must be a time like 2027-01-31T12:00:00Z.`)
    return [inside, ms]
  })
}

const OUTSIDE = new Map(
  ['created', 'updated', 'expires', 'lastUsed', 'at'].map((name) => [`${name}Ms`, name]),
)
const INSIDE = new Map([...OUTSIDE].map(([inside, outside]) => [outside, inside]))
/** RFC 3339, or a day alone. */
const DATE_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

type Rename = (name: string, value: unknown) => [string, unknown] | undefined

function convert(value: unknown, rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((one) => convert(one, rename))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => {
    if (name === 'metadata' || name === 'detail') return [name, one]
    return rename(name, one) ?? [name, convert(one, rename)]
  })
  return Object.fromEntries(entries)
}
