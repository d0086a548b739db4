import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject, step } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'
import {
  aligned,
  boundChanges,
  changed,
  containment,
  covers,
  type Effect,
  hasParts,
  label,
  listOf,
  objectOf,
  OTHERS,
  RULES,
  schemaOf,
  shownTypes,
  textsOf,
  typesOf,
  valuesOf,
  withoutNull,
} from './schema-keywords.ts'

export type Side = 'request' | 'response'

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

  /** @param ignoresNull where it was told already whether null is allowed */
  constructor(
    before: Found | undefined,
    after: Found | undefined,
    tell: Tell,
    ignoresNull: boolean,
  ) {
    const [from, to] = [schemaOf(before?.value), schemaOf(after?.value)]
    this.#before = ignoresNull ? withoutNull(from) : from
    this.#after = ignoresNull ? withoutNull(to) : to
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
    for (const { effect, what } of boundChanges(this.#before, this.#after)) this.#tell(effect, what)
  }

  #rules(): void {
    for (const keyword of RULES) {
      const [before, after] = [this.#before[keyword], this.#after[keyword]].map((one) =>
        one === false ? undefined : one,
      )
      if (isDeepStrictEqual(before, after)) continue
      const effect = before === undefined ? 'narrower' : after === undefined ? 'wider' : 'changed'
      this.#tell(containment(keyword, before, after) ?? effect, changed(keyword, before, after))
    }
    const [was, is] = [this.#before, this.#after].map((one) => one['deprecated'] === true)
    if (was !== is) this.#tell('none', is ? 'deprecated' : 'no longer deprecated')
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

  #alternatives(descend: Descend): void {
    for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
      const [before, after] = [listOf(this.#before[keyword]), listOf(this.#after[keyword])]
      const isMore = keyword === 'allOf' ? 'narrower' : 'wider'
      const isLess = keyword === 'allOf' ? 'wider' : 'narrower'
      if (before.length === 0 && after.length > 0) {
        this.#tell('narrower', `${keyword} added`)
        continue
      }
      if (after.length === 0 && before.length > 0) {
        this.#tell('wider', `${keyword} removed`)
        continue
      }
      const pairs = aligned(before, after)
      before.forEach((one, i) => {
        const j = pairs.get(i)
        if (j === undefined) this.#tell(isLess, `${keyword} without ${label(one)}`)
        else descend(this.#pair([keyword, i], [keyword, j]), `(${keyword} ${i + 1})`)
      })
      const kept = new Set(pairs.values())
      after.forEach((one, j) => {
        if (!kept.has(j)) this.#tell(isMore, `${keyword} with ${label(one)}`)
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

function inside(found: Found | undefined, path: readonly (string | number)[]): Found | undefined {
  let value = found?.value
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined
  }
  if (found === undefined || value === undefined) return undefined
  return { value, source: found.source, pointer: step(found.pointer, ...path) }
}
