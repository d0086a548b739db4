import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '../compile/documents/pointer.ts'

/** What a change does to the set of values that a schema allows. */
export type Effect = 'narrower' | 'wider' | 'changed' | 'none'

/** Rules that narrow by being there. */
export const RULES = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'readOnly', 'writeOnly']

/** Whether they widen or narrow depends on more than themselves. */
export const OTHERS = [
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'dependentRequired',
  'dependentSchemas',
  'contains',
  'unevaluatedItems',
  'unevaluatedProperties',
  'discriminator',
  '$dynamicRef',
]

const LOWER = ['minLength', 'minItems', 'minProperties', 'minContains']
const UPPER = ['maxLength', 'maxItems', 'maxProperties', 'maxContains']

interface BoundChange {
  readonly effect: Effect
  readonly what: string
}

/** Bounds of size and of value. `minLength: 0` says nothing; `minContains: 0` does, but then `contains` says nothing. */
export function boundChanges(before: JsonObject, after: JsonObject): readonly BoundChange[] {
  const changes: BoundChange[] = []
  for (const keyword of [...LOWER, ...UPPER]) {
    const isLower = LOWER.includes(keyword)
    const ignored = isLower && keyword !== 'minContains' ? 0 : undefined
    const [from, to] = [before[keyword], after[keyword]].map((one) =>
      one === ignored ? undefined : numberOr(one),
    )
    if (from === to) continue
    const isNarrower = from === undefined || (to !== undefined && (isLower ? to > from : to < from))
    changes.push({
      effect: isNarrower ? 'narrower' : 'wider',
      what: changed(keyword, from, to),
    })
  }
  for (const side of ['Minimum', 'Maximum'] as const) {
    const change = limitChange(side, limitOf(before, side), limitOf(after, side))
    if (change) changes.push(change)
  }
  return changes
}

interface Limit {
  readonly value: number
  readonly isExclusive: boolean
}

/** OpenAPI 3.0 writes `exclusiveMinimum: true` beside `minimum: 5`, 3.1 `exclusiveMinimum: 5`. */
function limitOf(schema: JsonObject, side: 'Minimum' | 'Maximum'): Limit | undefined {
  const plain = numberOr(schema[side.toLowerCase()])
  const exclusive = schema[`exclusive${side}`]
  const open = numberOr(exclusive)
  if (open === undefined) {
    return plain === undefined ? undefined : { value: plain, isExclusive: exclusive === true }
  }
  const isOpenNarrower = plain === undefined || (side === 'Minimum' ? open >= plain : open <= plain)
  return isOpenNarrower ? { value: open, isExclusive: true } : { value: plain, isExclusive: false }
}

function limitChange(
  side: 'Minimum' | 'Maximum',
  from: Limit | undefined,
  to: Limit | undefined,
): BoundChange | undefined {
  if (isDeepStrictEqual(from, to)) return undefined
  const keyword = (one: Limit) => (one.isExclusive ? `exclusive${side}` : side.toLowerCase())
  const known = (from ?? to)!
  const isSame = !from || !to || from.isExclusive === to.isExclusive
  const what = isSame
    ? changed(keyword(known), from?.value, to?.value)
    : `${keyword(from)} ${from.value} → ${keyword(to)} ${to.value}`
  return { effect: isNarrowerLimit(side, from, to) ? 'narrower' : 'wider', what }
}

function isNarrowerLimit(
  side: 'Minimum' | 'Maximum',
  from: Limit | undefined,
  to: Limit | undefined,
): boolean {
  if (!from || !to) return to !== undefined
  if (from.value === to.value) return to.isExclusive
  return side === 'Minimum' ? to.value > from.value : to.value < from.value
}

/** Formats that hold others: OpenAPI's own and JSON Schema's (validation §7.3). */
const WIDER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  int32: ['int64', 'double'],
  float: ['double'],
  email: ['idn-email'],
  hostname: ['idn-hostname'],
  uri: ['uri-reference', 'iri', 'iri-reference'],
}

/** Where one rule holds the other: every multiple of ten is one of five. */
export function containment(keyword: string, before: unknown, after: unknown): Effect | undefined {
  if (keyword === 'multipleOf' && Number.isInteger(before) && Number.isInteger(after)) {
    const [from, to] = [before as number, after as number]
    return from % to === 0 ? 'wider' : to % from === 0 ? 'narrower' : undefined
  }
  if (keyword !== 'format') return undefined
  if (WIDER_FORMATS[String(before)]?.includes(String(after))) return 'wider'
  if (WIDER_FORMATS[String(after)]?.includes(String(before))) return 'narrower'
  return undefined
}

/**
 * Which alternative became which: equal ones, then those of the same reference or title, then, of equally many, those
 * of the same type or at the same place.
 */
export function aligned(
  before: readonly unknown[],
  after: readonly unknown[],
): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>()
  const taken = new Set<number>()
  const pass = (isSame: (one: unknown, other: unknown, i: number, j: number) => boolean) => {
    before.forEach((one, i) => {
      if (pairs.has(i)) return
      const j = after.findIndex((other, at) => !taken.has(at) && isSame(one, other, i, at))
      if (j === -1) return
      pairs.set(i, j)
      taken.add(j)
    })
  }
  pass((one, other) => isDeepStrictEqual(one, other))
  pass((one, other) => nameIn(one) !== undefined && nameIn(one) === nameIn(other))
  const areFree = (one: unknown, other: unknown) => nameIn(one) === undefined && !nameIn(other)
  const typeIn = (one: unknown) => JSON.stringify(objectOf(one)['type'])
  if (before.length === after.length) {
    pass((one, other, i, j) => i === j && areFree(one, other) && typeIn(one) === typeIn(other))
    pass((one, other) => areFree(one, other) && typeIn(one) === typeIn(other))
    pass((one, other, i, j) => i === j && areFree(one, other))
  }
  return pairs
}

/** `true` and nothing allow everything, as `{}` does. */
export function schemaOf(value: unknown): JsonObject {
  return value === false ? { not: {} } : objectOf(value)
}

export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textsOf = (value: unknown): readonly string[] =>
  listOf(value).filter((one) => typeof one === 'string')
const numberOr = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

const ALL_TYPES = ['array', 'boolean', 'null', 'number', 'object', 'string']

/** Whether the schema says itself that null is allowed. */
export function takesNull(value: unknown): boolean {
  const schema = schemaOf(value)
  return schema['type'] === undefined || typesOf(schema).includes('null')
}

export function withoutNull(schema: JsonObject): JsonObject {
  const { type, nullable: _, enum: values, ...rest } = schema
  const types = Array.isArray(type) ? (type as unknown[]).filter((one) => one !== 'null') : type
  const left = Array.isArray(values) ? (values as unknown[]).filter((one) => one !== null) : values
  return {
    ...rest,
    ...(type !== undefined && { type: types }),
    ...(values !== undefined && { enum: left }),
  }
}

export function typesOf({ type, nullable }: JsonObject): readonly string[] {
  if (type === undefined) return ALL_TYPES
  const types = typeof type === 'string' ? [type] : textsOf(type)
  const isAdded = nullable === true && !types.includes('null')
  return (isAdded ? [...types, 'null'] : types).toSorted()
}

export const covers = (types: readonly string[], type: string): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'))

export const shownTypes = (types: readonly string[]): string =>
  types === ALL_TYPES ? 'any' : types.join(' or ')

export function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']]
  return Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : undefined
}

export function changed(keyword: string, before: unknown, after: unknown): string {
  const shown = (one: unknown) => (one === undefined ? 'none' : JSON.stringify(one))
  return `${keyword} ${shown(before)} → ${shown(after)}`
}

const PARTS = [
  'properties',
  'items',
  'prefixItems',
  'additionalProperties',
  'oneOf',
  'anyOf',
  'allOf',
]
export const hasParts = (schema: JsonObject): boolean => PARTS.some((name) => name in schema)

function nameIn(value: unknown): string | undefined {
  const { $ref, title } = objectOf(value)
  if (typeof $ref === 'string') return $ref.replace(/^.*\//, '')
  return typeof title === 'string' ? title : undefined
}

export function label(value: unknown): string {
  const { type } = objectOf(value)
  return nameIn(value) ?? `a ${typeof type === 'string' ? type : 'schema'}`
}
