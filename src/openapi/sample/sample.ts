import type { DocumentNode } from '../../core/operation.ts'
import { givenValue } from './given.ts'
import { sampleNumber } from './number.ts'
import { sampleString } from './string.ts'
import { all, type Layer, layerOf, largest, smallest, typeOf } from './layers.ts'

/**
 * A value of a schema (JSON Schema 2020-12, or OpenAPI 3.0's dialect), made up the same way every time.
 * What the document says wins: `const`, `example`, `examples`, `enum`, `default`. The rest is the plainest
 * value that `type`, `format`, `pattern` and the limits allow; where they are too hard, it may miss them.
 * Members that are `writeOnly` are left out, as in a response.
 *
 * Always ends: a schema that holds itself is entered once on each path, depth and number of values have limits.
 *
 * @returns undefined when the schema allows nothing
 */
export function sample(schema: DocumentNode): unknown {
  const strict = new Sampler(true).value([schema])
  return strict === undefined ? new Sampler(false).value([schema]) : strict
}

/** Past these, what may be left out is left out. */
const DEPTH_MAX = 12
const OPTIONAL_DEPTH_MAX = 4
const VISITS_MAX = 3_000
const BRANCHES_MAX = 8
const ITEMS_MAX = 20

/** One of these must hold as well: `oneOf` or `anyOf`, with the discriminator beside it. */
interface Choice {
  readonly branches: readonly DocumentNode[]
  readonly discriminator: DocumentNode | undefined
}

/** All that holds at one place: the schema, what `allOf` adds, and later the branches that were chosen. */
interface Place {
  readonly layers: readonly Layer[]
  readonly choices: readonly Choice[]
  /** Members whose value is settled. */
  readonly presets: Readonly<Record<string, unknown>>
}

class Sampler {
  /** Whether a required member that cannot be made makes its object impossible. */
  readonly #isStrict: boolean
  readonly #inside = new Set<string>()
  #depth = 0
  #visits = 0
  /** Which of several different values is wanted, for `uniqueItems`. */
  #variant = 0

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  /** @param schemas all of them hold */
  value(schemas: readonly DocumentNode[]): unknown {
    if (this.#depth > DEPTH_MAX) return undefined
    const layers: Layer[] = []
    const choices: Choice[] = []
    for (const schema of schemas) if (!this.#unfold(schema, layers, choices)) return undefined
    return this.#choose({ layers, choices, presets: {} })
  }

  /** Adds a schema and its `allOf`. @returns false when nothing can satisfy it here */
  #unfold(node: DocumentNode, layers: Layer[], choices: Choice[]): boolean {
    if (++this.#visits > VISITS_MAX || node.value === false || this.#inside.has(node.uri)) {
      return false
    }
    const layer = layerOf(node)
    if (layer === undefined || layers.some(({ node: { uri } }) => uri === node.uri)) return true
    layers.push(layer)
    for (const part of all(node, 'allOf')) if (!this.#unfold(part, layers, choices)) return false
    for (const keyword of ['oneOf', 'anyOf']) {
      const branches = all(node, keyword).toSorted((a, b) => Number(isNull(a)) - Number(isNull(b)))
      if (branches.length > 0) choices.push({ branches, discriminator: node.get('discriminator') })
    }
    return true
  }

  /** The first branch that works, of each choice. */
  #choose({ layers, choices, presets }: Place): unknown {
    const [choice, ...others] = choices
    if (choice === undefined) return this.#plain(layers, presets)
    for (const branch of choice.branches.slice(0, BRANCHES_MAX)) {
      const more = { layers: [...layers], choices: [...others] }
      if (!this.#unfold(branch, more.layers, more.choices)) continue
      const named = discriminated(choice.discriminator, branch)
      const value = this.#choose({ ...more, presets: { ...presets, ...named } })
      if (value !== undefined) return value
    }
    return undefined
  }

  #plain(layers: readonly Layer[], presets: Place['presets']): unknown {
    const type = typeOf(layers)
    if (type === 'none') return undefined
    const given = givenValue(layers, this.#variant)
    if (given.isImpossible) return undefined
    if (given.isKnown) return given.value
    if (type === 'string') return sampleString(layers, this.#variant)
    if (type === 'number' || type === 'integer') return sampleNumber(layers, type, this.#variant)
    if (type === 'boolean') return true
    if (type === 'null') return null
    const entered = layers.map(({ node }) => node.uri)
    for (const uri of entered) this.#inside.add(uri)
    this.#depth++
    const value =
      type === 'array'
        ? this.#array(layers)
        : this.#object(layers, { ...presets, ...given.members })
    this.#depth--
    for (const uri of entered) this.#inside.delete(uri)
    return value
  }

  #object(layers: readonly Layer[], presets: Place['presets']): unknown {
    const members = new Map<string, DocumentNode[]>()
    for (const { node } of layers) {
      const properties = node.get('properties')
      for (const name of properties?.keys() ?? []) {
        const schema = properties!.get(name)
        if (schema) members.set(name, [...(members.get(name) ?? []), schema])
      }
    }
    const required = new Set(layers.flatMap(({ required }) => required))
    const result = new Map<string, unknown>()
    // of the members that may be left out, as many as `maxProperties` allows
    let room = (smallest(layers, 'maxProperties') ?? Infinity) - required.size
    for (const [name, schemas] of members) {
      if (schemas.some(({ value }) => (value as { writeOnly?: unknown }).writeOnly === true)) {
        required.delete(name)
        continue
      }
      const isRequired = required.has(name)
      const isPreset = Object.hasOwn(presets, name)
      const isOptional = !isRequired && !isPreset
      if (isOptional && (this.#depth > OPTIONAL_DEPTH_MAX || room-- <= 0)) continue
      const value = isPreset ? presets[name] : this.value(schemas)
      if (value !== undefined) result.set(name, value)
      else if (isRequired && this.#isStrict) return undefined
    }
    this.#additional(layers, presets, required, result)
    // own properties, also for a member called __proto__
    return Object.fromEntries(result)
  }

  /** Members without a schema of their own. */
  #additional(
    layers: readonly Layer[],
    presets: Place['presets'],
    required: ReadonlySet<string>,
    result: Map<string, unknown>,
  ): void {
    const schemas = layers
      .map(({ node }) => node.get('additionalProperties'))
      .filter((one) => one !== undefined && typeof one.value === 'object')
    const value = () => (schemas.length > 0 ? this.value(schemas as DocumentNode[]) : 'string')
    for (const name of [...Object.keys(presets), ...required]) {
      if (result.has(name)) continue
      const one = Object.hasOwn(presets, name) ? presets[name] : value()
      if (one !== undefined) result.set(name, one)
    }
    if (layers.some((one) => one.value['additionalProperties'] === false)) return
    const isShown = result.size === 0 && schemas.length > 0
    const wanted = Math.max(largest(layers, 'minProperties') ?? 0, isShown ? 1 : 0)
    for (let i = 1; result.size < Math.min(wanted, ITEMS_MAX) && i <= ITEMS_MAX; i++) {
      const one = value()
      if (one === undefined) return
      result.set(`property${i}`, one)
    }
  }

  #array(layers: readonly Layer[]): unknown {
    const first = layers.map(({ node }) => all(node, 'prefixItems')).find((one) => one.length > 0)
    const rest = layers.map(({ node }) => node.get('items')).filter((one) => one !== undefined)
    const min = largest(layers, 'minItems') ?? 0
    const max = Math.min(smallest(layers, 'maxItems') ?? ITEMS_MAX, ITEMS_MAX)
    const wanted = Math.max(min, first?.length ?? 0, rest.length > 0 ? 1 : 0)
    const isUnique = layers.some(({ value }) => value['uniqueItems'] === true)
    const outer = this.#variant
    const items: unknown[] = []
    for (let i = 0; i < Math.min(wanted, max); i++) {
      this.#variant = isUnique ? i : 0
      const schemas = first?.[i] ? [first[i]!] : rest
      const item = schemas.length > 0 ? this.value(schemas) : 'string'
      if (item === undefined) break
      items.push(item)
    }
    this.#variant = outer
    return items.length < min && this.#isStrict ? undefined : items
  }
}

const isNull = ({ value }: DocumentNode): boolean =>
  typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'null'

/** OpenAPI §4.8.25: the value names the branch, by `mapping` or by the schema's own name. */
function discriminated(
  discriminator: DocumentNode | undefined,
  branch: DocumentNode,
): Readonly<Record<string, unknown>> {
  const name = discriminator?.get('propertyName')?.value
  if (typeof name !== 'string') return {}
  const own = lastSegment(branch.uri)
  const member = branch.get('properties', name)?.value as Record<string, unknown> | undefined
  if (member && ('const' in member || 'enum' in member)) return {}
  const mapping = discriminator!.get('mapping')
  const mapped = mapping?.keys().find((key) => {
    const to = mapping.get(key)?.value
    return typeof to === 'string' && lastSegment(to) === own
  })
  return { [name]: mapped ?? own }
}

const lastSegment = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)
