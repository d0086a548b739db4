import type { DocumentNode } from '../../core/operation.ts'

/** One of the schemas that hold at a place. */
export interface Layer {
  readonly node: DocumentNode
  readonly value: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

/** Undefined for `true` and whatever else says nothing. */
export function layerOf(node: DocumentNode): Layer | undefined {
  const { value } = node
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { required } = value as { readonly required?: unknown }
  // in OpenAPI 2 and by mistake `required` is a boolean
  const names: unknown[] = Array.isArray(required) ? required : []
  return {
    node,
    value: value as Layer['value'],
    required: names.filter((name) => typeof name === 'string'),
  }
}

/** The members of a list of schemas; dead references are passed over. */
export function all(node: DocumentNode, keyword: string): readonly DocumentNode[] {
  const list = node.get(keyword)
  if (!Array.isArray(list?.value)) return []
  return list
    .keys()
    .map((i) => list.get(i))
    .filter((one) => one !== undefined)
}

export type Type = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array'

/** The type on which all layers agree, not `null` if there is another; `none` when they do not agree. */
export function typeOf(layers: readonly Layer[]): Type | 'none' {
  let types: readonly string[] | undefined
  for (const { value } of layers) {
    const own = [value['type']].flat().filter((one) => typeof one === 'string')
    if (own.length === 0) continue
    types = types === undefined ? own : types.flatMap((one) => agreed(one, own))
  }
  if (types === undefined) return inferred(layers)
  return ((types.find((one) => one !== 'null') ?? types[0]) as Type | undefined) ?? 'none'
}

function agreed(one: string, own: readonly string[]): readonly string[] {
  if (own.includes(one)) return [one]
  if (one === 'number' && own.includes('integer')) return ['integer']
  return one === 'integer' && own.includes('number') ? ['integer'] : []
}

/** Many schemas leave `type` out where other keywords tell it. */
function inferred(layers: readonly Layer[]): Type {
  const has = (names: readonly string[]) =>
    layers.some(({ value }) => names.some((name) => Object.hasOwn(value, name)))
  return HINTS.find(([, names]) => has(names))?.[0] ?? 'object'
}

const HINTS: readonly (readonly [Type, readonly string[]])[] = [
  ['object', ['properties', 'additionalProperties', 'required', 'minProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['pattern', 'format', 'minLength', 'maxLength']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]

export function numbers(layers: readonly Layer[], keyword: string): readonly number[] {
  return layers.map(({ value }) => value[keyword]).filter((one) => typeof one === 'number')
}

export function largest(layers: readonly Layer[], keyword: string): number | undefined {
  const found = numbers(layers, keyword)
  return found.length === 0 ? undefined : Math.max(...found)
}

export function smallest(layers: readonly Layer[], keyword: string): number | undefined {
  const found = numbers(layers, keyword)
  return found.length === 0 ? undefined : Math.min(...found)
}
