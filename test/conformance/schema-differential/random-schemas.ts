import type { Random } from '../../simulation/random.ts'

type Schema = boolean | Readonly<Record<string, unknown>>

const NAMES = ['a', 'b', 'c', 'x/y', 'constructor', '__proto__']
const DEFINITIONS = ['d0', 'd1', 'd2']

export interface Kinds {
  /**
   * Whether what Ajv 8.20 gets wrong may appear: some of `unevaluated*`, the properties
   * `__proto__` and `constructor` (on some values it throws), and `contains` beside
   * `prefixItems`, where it accepts the empty array.
   */
  readonly beyondAjv: boolean
}

/** A schema that may refer to itself, but only from below a property, so that checks end. */
export function randomSchema(random: Random, kinds: Kinds): Schema {
  const schema = asObject(composite(random, kinds, 3))
  const definitions = DEFINITIONS.map((name) => [name, composite(random, kinds, 1, false)])
  const whole = { ...schema, $defs: Object.fromEntries(definitions) }
  if (kinds.beyondAjv) return whole
  return withoutTraps(whole) as Schema
}

/** A schema or value without what Ajv stumbles over. */
export const withoutTraps = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (_, value: unknown) => forAjv(value))

const RENAMED = new Map([
  ['__proto__', 'proto'],
  ['constructor', 'builder'],
])

function forAjv(value: unknown): unknown {
  if (typeof value === 'string') return RENAMED.get(value) ?? value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const hasPrefix = Object.hasOwn(value, 'prefixItems')
  const kept = Object.entries(value).filter(
    ([name]) => !RENAMED.has(name) && !(hasPrefix && name === 'contains'),
  )
  return Object.fromEntries(kept)
}

const asObject = (schema: Schema): Readonly<Record<string, unknown>> =>
  typeof schema === 'boolean' ? { allOf: [schema] } : schema

type Make = (random: Random, sub: () => Schema, below: () => Schema) => unknown

const several = <T>(random: Random, make: () => T, max = 3): T[] =>
  Array.from({ length: 1 + random.below(max) }, make)

const named = (random: Random, make: () => unknown): unknown =>
  Object.fromEntries(several(random, () => [random.pick(NAMES), make()]))

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']

const KEYWORDS: Readonly<Record<string, Make>> = {
  type: (random) => (random.chance(0.5) ? random.pick(TYPES) : typeList(random)),
  enum: (random) => several(random, () => randomValue(random, 1)).filter(isFirst),
  const: (random) => randomValue(random, 1),
  minimum: (random) => random.below(4) - 1,
  maximum: (random) => random.below(4),
  exclusiveMinimum: (random) => random.below(3) - 1,
  exclusiveMaximum: (random) => random.below(4),
  multipleOf: (random) => 1 + random.below(3),
  minLength: (random) => random.below(3),
  maxLength: (random) => random.below(4),
  pattern: (random) => random.pick(['^a', 'b$', '.', '^$', '[^a]']),
  minItems: (random) => random.below(3),
  maxItems: (random) => random.below(4),
  uniqueItems: (random) => random.chance(0.7),
  prefixItems: (random, _sub, below) => several(random, below),
  items: (_random, _sub, below) => below(),
  contains: (_random, _sub, below) => below(),
  minProperties: (random) => random.below(3),
  maxProperties: (random) => random.below(4),
  required: (random) => several(random, () => random.pick(NAMES), 2).filter(isFirst),
  properties: (random, _sub, below) => named(random, below),
  patternProperties: (random, _sub, below) => ({ [random.pick(['^a', 'c', '_'])]: below() }),
  additionalProperties: (random, _sub, below) => (random.chance(0.5) ? false : below()),
  propertyNames: (random) => ({ maxLength: random.pick([1, 3, 9]) }),
  dependentRequired: (random) => named(random, () => [random.pick(NAMES)]),
  dependentSchemas: (random, sub) => named(random, sub),
  allOf: (random, sub) => several(random, sub, 2),
  anyOf: (random, sub) => several(random, sub),
  oneOf: (random, sub) => several(random, sub),
  not: (_random, sub) => sub(),
  if: (_random, sub) => sub(),
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword's own name
  then: (_random, sub) => sub(),
  else: (_random, sub) => sub(),
}

const isFirst = (value: unknown, index: number, all: readonly unknown[]): boolean =>
  all.findIndex((one) => JSON.stringify(one) === JSON.stringify(value)) === index

const typeList = (random: Random): string[] =>
  several(random, () => random.pick(TYPES), 4).filter(isFirst)

function composite(random: Random, kinds: Kinds, depth: number, mayRefer = true): Schema {
  if (depth === 0 || random.chance(0.1)) return leaf(random, mayRefer)
  const sub = () => composite(random, kinds, depth - 1, mayRefer)
  const below = () => composite(random, kinds, depth - 1)
  const names = several(random, () => random.pick(Object.keys(KEYWORDS)), 5).filter(isFirst)
  const entries = names.map((name) => [name, KEYWORDS[name]?.(random, sub, below)])
  if (mayRefer && random.chance(0.15)) entries.push(['$ref', `#/$defs/${random.pick(DEFINITIONS)}`])
  if (kinds.beyondAjv && random.chance(0.3)) {
    const keyword = random.pick(['unevaluatedProperties', 'unevaluatedItems'])
    entries.push([keyword, random.chance(0.6) ? false : below()])
  }
  return Object.fromEntries(entries) as Schema
}

function leaf(random: Random, mayRefer: boolean): Schema {
  if (mayRefer && random.chance(0.3)) return { $ref: `#/$defs/${random.pick(DEFINITIONS)}` }
  if (random.chance(0.2)) return random.chance(0.7)
  return { type: typeList(random) }
}

/** A JSON value of the small world that the schemas above speak of. */
export function randomValue(random: Random, depth: number): unknown {
  const kind = random.below(depth === 0 ? 4 : 7)
  if (kind === 0) return random.pick([null, true, false])
  if (kind === 1) return random.pick([0, 1, 2, 3, -1, 0.5, 6])
  if (kind < 4) return random.pick(['', 'a', 'b', 'ab', '💩', 'abc'])
  if (kind === 4) {
    return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1))
  }
  const entries = Array.from({ length: random.below(4) }, () => [
    random.pick(NAMES),
    randomValue(random, depth - 1),
  ])
  return Object.fromEntries(entries)
}
