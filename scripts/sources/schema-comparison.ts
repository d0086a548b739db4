import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject, step } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'

export type Side = 'request' | 'response'

/** What a change does to the set of values that a schema allows. */
export type Effect = 'narrower' | 'wider' | 'changed'

export interface Pair {
  readonly before: Found | undefined
  readonly after: Found | undefined
}

export type Tell = (effect: Effect, what: string) => void
export type Descend = (pair: Pair, label: string) => void

/** Two schema objects, without what their parts refer to. */
export class Comparison {
  readonly #before: JsonObject
  readonly #after: JsonObject
  readonly #places: Pair
  readonly #tell: Tell

  constructor(before: Found | undefined, after: Found | undefined, tell: Tell) {
    this.#before = schemaOf(before)
    this.#after = schemaOf(after)
    this.#places = { before, after }
    this.#tell = tell
  }

  run(side: Side, descend: Descend): void {
    if (isDeepStrictEqual(this.#before, this.#after) && !hasParts(this.#before)) return
    this.#types()
    this.#values()
    this.#bounds()
    this.#rules()
    this.#required(side)
    this.#properties(side, descend)
    this.#items(descend)
    this.#alternatives(descend)
    this.#others()
  }

  #types(): void {
    const [before, after] = [typesOf(this.#before), typesOf(this.#after)]
    const gone = before.filter((one) => !covers(after, one))
    const come = after.filter((one) => !covers(before, one))
    if (gone.length === 0 && come.length === 0) return
    const effect = gone.length === 0 ? 'wider' : come.length === 0 ? 'narrower' : 'changed'
    this.#tell(effect, `type ${shownTypes(before)} → ${shownTypes(after)}`)
  }

  #values(): void {
    const [before, after] = [valuesOf(this.#before), valuesOf(this.#after)]
    if (before === undefined && after === undefined) return
    const shown = (values: readonly unknown[]) =>
      values.map((one) => JSON.stringify(one)).join(', ')
    if (before === undefined) return this.#tell('narrower', `only ${shown(after!)} allowed`)
    if (after === undefined) return this.#tell('wider', `no longer only ${shown(before)}`)
    const missing = (list: readonly unknown[], from: readonly unknown[]) =>
      list.filter((one) => !from.some((other) => isDeepStrictEqual(one, other)))
    const gone = missing(before, after)
    const come = missing(after, before)
    if (gone.length > 0) this.#tell('narrower', `${shown(gone)} no longer allowed`)
    if (come.length > 0) this.#tell('wider', `${shown(come)} allowed`)
  }

  #bounds(): void {
    for (const [keyword, direction] of Object.entries(BOUNDS)) {
      const [before, after] = [this.#before[keyword], this.#after[keyword]].map(numberOr)
      if (before === after) continue
      const isNarrower =
        before === undefined ||
        (after !== undefined && (direction === 'lower' ? after > before : after < before))
      this.#tell(isNarrower ? 'narrower' : 'wider', changed(keyword, before, after))
    }
  }

  #rules(): void {
    for (const keyword of [
      'pattern',
      'format',
      'multipleOf',
      'uniqueItems',
      'readOnly',
      'writeOnly',
    ]) {
      const [before, after] = [this.#before[keyword], this.#after[keyword]].map((one) =>
        one === false ? undefined : one,
      )
      if (isDeepStrictEqual(before, after)) continue
      const effect = before === undefined ? 'narrower' : after === undefined ? 'wider' : 'changed'
      this.#tell(effect, changed(keyword, before, after))
    }
    // OpenAPI 3.0 has them as true and false beside the bound
    for (const keyword of ['exclusiveMinimum', 'exclusiveMaximum']) {
      const [before, after] = [this.#before[keyword] === true, this.#after[keyword] === true]
      if (before !== after) {
        this.#tell(after ? 'narrower' : 'wider', changed(keyword, before, after))
      }
    }
  }

  #required(side: Side): void {
    const [before, after] = [textsOf(this.#before['required']), textsOf(this.#after['required'])]
    const ignored = side === 'request' ? 'readOnly' : 'writeOnly'
    const isSent = (schema: JsonObject, name: string) =>
      objectOf(objectOf(schema['properties'])[name])[ignored] !== true
    for (const name of after.filter((one) => !before.includes(one) && isSent(this.#after, one))) {
      this.#tell('narrower', `'${name}' is required`)
    }
    for (const name of before.filter((one) => !after.includes(one) && isSent(this.#before, one))) {
      // a property that is gone altogether is told below
      const isThere = Object.hasOwn(objectOf(this.#after['properties']), name)
      if (isThere || side === 'request') this.#tell('wider', `'${name}' is no longer required`)
    }
  }

  #properties(side: Side, descend: Descend): void {
    const before = objectOf(this.#before['properties'])
    const after = objectOf(this.#after['properties'])
    for (const name of Object.keys(before)) {
      if (Object.hasOwn(after, name)) {
        descend(this.#below('properties', name), `.${name}`)
      } else if (side === 'response') this.#tell('changed', `property '${name}' removed`)
      else {
        const isRefused = this.#after['additionalProperties'] === false
        this.#tell(isRefused ? 'narrower' : 'wider', `property '${name}' removed`)
      }
    }
    for (const name of Object.keys(after)) {
      if (Object.hasOwn(before, name)) continue
      this.#tell(side === 'request' ? 'wider' : 'narrower', `property '${name}' added`)
    }
    const [open, openNow] = [this.#before, this.#after].map((one) => one['additionalProperties'])
    if ((open === false) !== (openNow === false)) {
      const isNarrower = openNow === false
      this.#tell(
        isNarrower ? 'narrower' : 'wider',
        `other properties ${isNarrower ? 'no longer ' : ''}allowed`,
      )
    } else if (isObject(open) || isObject(openNow)) {
      descend(this.#below('additionalProperties'), '.*')
    }
  }

  #items(descend: Descend): void {
    const has = (name: string) => isObject(this.#before[name]) || isObject(this.#after[name])
    if (has('items')) descend(this.#below('items'), '[]')
    const [before, after] = [this.#before, this.#after].map((one) => listOf(one['prefixItems']))
    const count = Math.max(before!.length, after!.length)
    for (let i = 0; i < count; i++) descend(this.#below('prefixItems', i), `[${i}]`)
  }

  /** Alternatives are the same with the same reference or title, or at the same place of equally many. */
  #alternatives(descend: Descend): void {
    for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
      const [before, after] = [listOf(this.#before[keyword]), listOf(this.#after[keyword])]
      const isMore = keyword === 'allOf' ? 'narrower' : 'wider'
      const isLess = keyword === 'allOf' ? 'wider' : 'narrower'
      const isAligned = before.length === after.length
      const keys = (list: readonly unknown[]) =>
        list.map((one, i) => nameIn(one) ?? (isAligned ? `${i}` : JSON.stringify(one)))
      const [old, now] = [keys(before), keys(after)]
      if (before.length === 0 && after.length > 0) {
        this.#tell('narrower', `${keyword} added`)
        continue
      }
      if (after.length === 0 && before.length > 0) {
        this.#tell('wider', `${keyword} removed`)
        continue
      }
      old.forEach((key, i) => {
        const j = now.indexOf(key)
        if (j === -1) this.#tell(isLess, `${keyword} without ${label(before[i])}`)
        else descend(this.#pair([keyword, i], [keyword, j]), `(${keyword} ${i + 1})`)
      })
      now.forEach((key, i) => {
        if (!old.includes(key)) this.#tell(isMore, `${keyword} with ${label(after[i])}`)
      })
    }
  }

  #others(): void {
    for (const keyword of OTHERS) {
      if (isDeepStrictEqual(this.#before[keyword], this.#after[keyword])) continue
      this.#tell('changed', `'${keyword}' changed`)
    }
  }

  #below(...path: readonly (string | number)[]): Pair {
    return this.#pair(path, path)
  }

  #pair(before: readonly (string | number)[], after: readonly (string | number)[]): Pair {
    return { before: inside(this.#places.before, before), after: inside(this.#places.after, after) }
  }
}

const BOUNDS = {
  minimum: 'lower',
  exclusiveMinimum: 'lower',
  minLength: 'lower',
  minItems: 'lower',
  minProperties: 'lower',
  minContains: 'lower',
  maximum: 'upper',
  exclusiveMaximum: 'upper',
  maxLength: 'upper',
  maxItems: 'upper',
  maxProperties: 'upper',
  maxContains: 'upper',
} as const

/** Whether they widen or narrow depends on more than themselves. */
const OTHERS = [
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

function inside(found: Found | undefined, path: readonly (string | number)[]): Found | undefined {
  let value = found?.value
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined
  }
  if (found === undefined || value === undefined) return undefined
  return { value, source: found.source, pointer: step(found.pointer, ...path) }
}

/** `true` and nothing allow everything, as `{}` does. */
function schemaOf(found: Found | undefined): JsonObject {
  if (found?.value === false) return { not: {} }
  return objectOf(found?.value)
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textsOf = (value: unknown): readonly string[] =>
  listOf(value).filter((one) => typeof one === 'string')
const numberOr = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

const ALL_TYPES = ['array', 'boolean', 'null', 'number', 'object', 'string']

function typesOf({ type, nullable }: JsonObject): readonly string[] {
  if (type === undefined) return ALL_TYPES
  const types = typeof type === 'string' ? [type] : textsOf(type)
  return (nullable === true ? [...types, 'null'] : types).toSorted()
}

const covers = (types: readonly string[], type: string): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'))

const shownTypes = (types: readonly string[]): string =>
  types === ALL_TYPES ? 'any' : types.join(' or ')

function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']]
  return Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : undefined
}

function changed(keyword: string, before: unknown, after: unknown): string {
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
const hasParts = (schema: JsonObject): boolean => PARTS.some((name) => name in schema)

function nameIn(value: unknown): string | undefined {
  const { $ref, title } = objectOf(value)
  if (typeof $ref === 'string') return $ref.replace(/^.*\//, '')
  return typeof title === 'string' ? title : undefined
}

function label(value: unknown): string {
  const { type } = objectOf(value)
  return nameIn(value) ?? `a ${typeof type === 'string' ? type : 'schema'}`
}
