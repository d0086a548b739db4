import type { DocumentNode } from '../../core/operation.ts'
import type { Shape } from '../rules.ts'
import { TYPE_BITS } from '../schema/violation.ts'

/** A form holds lists and objects of plain values; what is deeper down is JSON, whatever the schema says. */
const LEVELS_MAX = 3
/** Of one shape. Alternatives and properties multiply with each level. */
const SCHEMAS_MAX = 2000
const ANY_TEXT: Shape = { types: TYPE_BITS.string }

interface Reader {
  schemasLeft: number
  /** By `uri`: also ends references that go in a circle. */
  readonly known: Map<string, Facts>
}

/** What a schema lets texts stand for. */
export function shapeOf(schema: DocumentNode | undefined): Shape {
  return shapeAt(schema, 0, { schemasLeft: SCHEMAS_MAX, known: new Map() })
}

function shapeAt(schema: DocumentNode | undefined, level: number, reader: Reader): Shape {
  if (schema === undefined || level > LEVELS_MAX) return ANY_TEXT
  const facts = factsOf(schema, reader)
  const types = facts.types ?? implied(facts)
  const below = (node: DocumentNode) => shapeAt(node, level + 1, reader)
  const isObject = (types & TYPE_BITS.object) !== 0
  const properties = Object.fromEntries(
    [...facts.properties].map(([name, node]) => [name, below(node)]),
  )
  const others = facts.others === undefined ? ANY_TEXT : facts.others && below(facts.others)
  return {
    types,
    ...((types & TYPE_BITS.array) !== 0 && facts.items && { items: below(facts.items) }),
    ...(isObject && facts.properties.size > 0 && { properties }),
    ...(isObject && others && { others }),
  }
}

/** What is said of one value by a schema and by all that it applies to the same value. */
interface Facts {
  types: number | undefined
  readonly properties: Map<string, DocumentNode>
  items: DocumentNode | undefined
  /** False: there may be no others. Undefined: nothing is said. */
  others: DocumentNode | false | undefined
  hasItems: boolean
  hasNumbers: boolean
}

function factsOf(schema: DocumentNode, reader: Reader): Facts {
  const known = reader.known.get(schema.uri)
  if (known !== undefined) return known
  const facts: Facts = {
    types: ownTypes(schema),
    properties: new Map(),
    items: schema.get('items'),
    others: undefined,
    hasItems: false,
    hasNumbers: NUMERIC.some((name) => has(schema, name)),
  }
  reader.known.set(schema.uri, facts)
  reader.schemasLeft -= 1
  facts.hasItems = facts.items !== undefined || has(schema, 'prefixItems')
  const properties = schema.get('properties')
  for (const name of properties?.keys() ?? []) {
    const property = properties!.get(name)
    if (property !== undefined) facts.properties.set(name, property)
  }
  const others = schema.get('additionalProperties')
  facts.others = others?.value === false ? false : others
  if (reader.schemasLeft < 0) return facts
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const list = schema.get(keyword)
    const branches = (list?.keys() ?? []).flatMap((i) => list!.get(i) ?? [])
    merge(
      facts,
      branches.map((branch) => factsOf(branch, reader)),
      keyword,
    )
  }
  return facts
}

function merge(into: Facts, branches: readonly Facts[], keyword: string): void {
  const known = branches.map((branch) => branch.types ?? impliedOrNothing(branch))
  const types = known.filter((one) => one !== undefined)
  if (types.length > 0) {
    // one branch of anyOf that says nothing lets everything through
    const isOpen = keyword !== 'allOf' && types.length < branches.length
    const all =
      keyword === 'allOf'
        ? types.reduce((a, b) => a & b)
        : types.reduce((a, b) => a | b, isOpen ? TYPE_BITS.string : 0)
    const both = into.types === undefined ? all : into.types & all
    into.types = both === 0 ? into.types : both
  }
  for (const branch of branches) {
    for (const [name, node] of branch.properties) {
      if (!into.properties.has(name)) into.properties.set(name, node)
    }
    into.items ??= branch.items
    into.others ??= branch.others
    into.hasItems ||= branch.hasItems
    into.hasNumbers ||= branch.hasNumbers
  }
}

const NUMERIC = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']

const implied = (facts: Facts): number => impliedOrNothing(facts) ?? TYPE_BITS.string

/** Schemas without a type often say what they mean by the other keywords that they use. */
function impliedOrNothing(facts: Facts): number | undefined {
  if (facts.properties.size > 0 || facts.others !== undefined) return TYPE_BITS.object
  if (facts.hasItems) return TYPE_BITS.array
  return facts.hasNumbers ? TYPE_BITS.number | TYPE_BITS.string : undefined
}

function ownTypes(schema: DocumentNode): number | undefined {
  const { type, nullable, enum: choices } = membersOf(schema)
  const values = has(schema, 'const') ? [membersOf(schema)['const']] : choices
  if (type === undefined && Array.isArray(values)) {
    return values.map(typeBit).reduce((a, b) => a | b, 0) || undefined
  }
  const names = [type].flat().filter((name) => typeof name === 'string')
  const bits = names.map((name) => TYPE_BITS[name as keyof typeof TYPE_BITS] ?? 0)
  const all = bits.reduce((a, b) => a | b, nullable === true ? TYPE_BITS.null : 0)
  return names.length === 0 || all === 0 ? undefined : all
}

function typeBit(value: unknown): number {
  if (value === null) return TYPE_BITS.null
  if (Array.isArray(value)) return TYPE_BITS.array
  return TYPE_BITS[typeof value as 'string' | 'number' | 'boolean' | 'object']
}

const membersOf = ({ value }: DocumentNode): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const has = (node: DocumentNode, name: string): boolean => Object.hasOwn(membersOf(node), name)
