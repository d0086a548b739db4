import type { Json } from './json.ts'

/**
 * The form between hyperjump's syntax tree and JavaScript: what a schema asks for, with keywords
 * that belong together in one step and subschemas named by number, so that equal schemas of a
 * document can become one.
 */
export interface Program {
  readonly nodes: readonly SchemaNode[]
  /** Resources with dynamic anchors: resource → anchor → node (JSON Schema core §8.2.2). */
  readonly anchors: ReadonlyMap<string, ReadonlyMap<string, NodeId>>
}

export type NodeId = number

export type SchemaNode = boolean | CompositeNode

export interface CompositeNode {
  /** The schema resource whose dynamic anchors come into scope here. */
  readonly resource?: string
  readonly steps: readonly Step[]
}

export interface Pattern {
  readonly source: string
  /** '' when the pattern is not legal under `u`. */
  readonly flags: 'u' | ''
}

export type Step =
  | { readonly kind: 'type'; readonly mask: number }
  | { readonly kind: 'enum'; readonly values: readonly Json[] }
  | { readonly kind: 'const'; readonly value: Json }
  | NumberStep
  | TextStep
  | { readonly kind: 'format'; readonly name: string }
  | ArrayStep
  | ObjectStep
  | { readonly kind: 'allOf'; readonly nodes: readonly NodeId[] }
  | AlternativesStep
  | { readonly kind: 'not'; readonly node: NodeId }
  | { readonly kind: 'ref'; readonly node: NodeId }
  | { readonly kind: 'dynamicRef'; readonly resource: string; readonly anchor: string }
  | ConditionStep
  | { readonly kind: 'unevaluatedProperties'; readonly node: NodeId }
  | { readonly kind: 'unevaluatedItems'; readonly node: NodeId }
  | { readonly kind: 'refused'; readonly keyword: 'readOnly' | 'writeOnly' }

export interface NumberStep {
  readonly kind: 'number'
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
}

export interface TextStep {
  readonly kind: 'text'
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: Pattern
}

export interface ArrayStep {
  readonly kind: 'array'
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly prefixItems?: readonly NodeId[]
  /** For the items from index `from` on. */
  readonly items?: { readonly from: number; readonly node: NodeId }
  readonly contains?: { readonly node: NodeId; readonly min: number; readonly max?: number }
}

export interface ObjectStep {
  readonly kind: 'object'
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: readonly (readonly [name: string, node: NodeId])[]
  readonly patternProperties?: readonly (readonly [pattern: Pattern, node: NodeId])[]
  readonly additionalProperties?: NodeId
  readonly propertyNames?: NodeId
  readonly dependentRequired?: readonly (readonly [name: string, names: readonly string[]])[]
  readonly dependentSchemas?: readonly (readonly [name: string, node: NodeId])[]
}

export interface AlternativesStep {
  readonly kind: 'anyOf' | 'oneOf'
  readonly nodes: readonly NodeId[]
  readonly discriminator?: Discriminator
}

export interface Discriminator {
  readonly property: string
  /** Value of the property and index into the alternatives. */
  readonly branches: readonly (readonly [value: string, index: number])[]
  /** Of a value that none of them is, and of none. */
  readonly other?: number
}

export interface ConditionStep {
  readonly kind: 'if'
  readonly test: NodeId
  readonly whenTrue?: NodeId
  readonly whenFalse?: NodeId
}

/** The same step with every subschema number replaced, in one fixed order. */
export function mapNodes(step: Step, map: (node: NodeId) => NodeId): Step {
  switch (step.kind) {
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return { ...step, nodes: step.nodes.map(map) }
    case 'not':
    case 'ref':
    case 'unevaluatedProperties':
    case 'unevaluatedItems':
      return { ...step, node: map(step.node) }
    case 'if':
      return {
        ...step,
        test: map(step.test),
        ...(step.whenTrue === undefined ? {} : { whenTrue: map(step.whenTrue) }),
        ...(step.whenFalse === undefined ? {} : { whenFalse: map(step.whenFalse) }),
      }
    case 'array':
      return mapArray(step, map)
    case 'object':
      return mapObject(step, map)
    default:
      return step
  }
}

function mapArray(step: ArrayStep, map: (node: NodeId) => NodeId): ArrayStep {
  const { prefixItems, items, contains } = step
  return {
    ...step,
    ...(prefixItems && { prefixItems: prefixItems.map(map) }),
    ...(items && { items: { ...items, node: map(items.node) } }),
    ...(contains && { contains: { ...contains, node: map(contains.node) } }),
  }
}

function mapObject(step: ObjectStep, map: (node: NodeId) => NodeId): ObjectStep {
  const { properties, patternProperties, additionalProperties, propertyNames } = step
  const { dependentSchemas } = step
  return {
    ...step,
    ...(properties && { properties: properties.map(([name, node]) => [name, map(node)] as const) }),
    ...(patternProperties && {
      patternProperties: patternProperties.map(([pattern, node]) => [pattern, map(node)] as const),
    }),
    ...(additionalProperties !== undefined && { additionalProperties: map(additionalProperties) }),
    ...(propertyNames !== undefined && { propertyNames: map(propertyNames) }),
    ...(dependentSchemas && {
      dependentSchemas: dependentSchemas.map(([name, node]) => [name, map(node)] as const),
    }),
  }
}

/** The subschemas of a step; `inPlace` are those applied to the same value. */
export function subschemas(step: Step): { inPlace: NodeId[]; below: NodeId[] } {
  const all: NodeId[] = []
  mapNodes(step, (node) => {
    all.push(node)
    return node
  })
  if (step.kind === 'object') {
    const inPlace = (step.dependentSchemas ?? []).map(([, node]) => node)
    return { inPlace, below: all.slice(0, all.length - inPlace.length) }
  }
  const goesBelow =
    step.kind === 'array' ||
    step.kind === 'unevaluatedItems' ||
    step.kind === 'unevaluatedProperties'
  return goesBelow ? { inPlace: [], below: all } : { inPlace: all, below: [] }
}
