import { asIri } from './iri.ts'
import { isObject, type Json } from './json.ts'

/**
 * hyperjump follows references and identifiers wherever they stand, also in data. So annotations
 * that look like schemas, as in `example: { "$ref": … }`, are left out, and such values of `enum`
 * and `const` are wrapped until `unwrapped` sees them again. Copies only what changes.
 */
export function withoutDisguises(document: unknown): unknown {
  return inSchema(document, 0)
}

/** Deeper than any document that people write; a YAML alias can make a value hold itself. */
const LEVELS_MAX = 500

/** Their members are names that the author chose, never keywords. */
const NAME_MAPS = new Set(
  `properties patternProperties dependentSchemas $defs definitions schemas responses parameters
  requestBodies headers callbacks links paths pathItems content encoding securitySchemes mediaTypes
  variables`.split(/\s+/),
)

/** Their values are data, whatever they look like. */
const ANNOTATIONS = new Set(['example', 'examples', 'default'])

const WRAPPING = '\0json:'

function wrapped(value: unknown, level: number): unknown {
  const isMistaken = typeof value === 'string' && value.startsWith(WRAPPING)
  return isMistaken || isDisguised(value, level) ? WRAPPING + JSON.stringify(value) : value
}

/** A value of `enum` or `const` as the document has it. */
export const unwrapped = (value: Json): Json =>
  typeof value === 'string' && value.startsWith(WRAPPING)
    ? (JSON.parse(value.slice(WRAPPING.length)) as Json)
    : value

function inSchema(value: unknown, level: number): unknown {
  if (level > LEVELS_MAX) throw new RangeError('the document is nested too deeply')
  if (Array.isArray(value)) return mapArray(value, (item) => inSchema(item, level + 1))
  if (!isObject(value)) return value
  return mapObject(value, (name, child) => {
    if (name === 'const') return wrapped(child, level)
    if (name === 'enum') {
      return Array.isArray(child) ? mapArray(child, (one) => wrapped(one, level)) : child
    }
    if (ANNOTATIONS.has(name)) return isDisguised(child, level) ? undefined : child
    if (level > 0 && name.startsWith('x-') && isReference(child)) return undefined
    if (name === '$ref' && typeof child === 'string') return asIri(child)
    return NAME_MAPS.has(name) && isObject(child)
      ? mapObject(child, (_name, entry) => inSchema(entry, level + 2))
      : inSchema(child, level + 1)
  })
}

const isReference = (value: unknown): boolean =>
  isObject(value) && typeof value['$ref'] === 'string'

const SPECIAL = ['$ref', '$id', '$schema', '$anchor', '$dynamicAnchor', 'id']

function isDisguised(value: unknown, level: number): boolean {
  if (level > LEVELS_MAX) throw new RangeError('the document is nested too deeply')
  if (Array.isArray(value)) return value.some((item) => isDisguised(item, level + 1))
  if (!isObject(value)) return false
  return (
    SPECIAL.some((name) => typeof value[name] === 'string') ||
    Object.values(value).some((child) => isDisguised(child, level + 1))
  )
}

function mapArray(values: readonly unknown[], map: (value: unknown) => unknown): unknown {
  const mapped = values.map(map)
  return mapped.every((value, index) => value === values[index]) ? values : mapped
}

/** Members for which `map` returns undefined are left out. Names may be `__proto__`. */
function mapObject(
  object: Readonly<Record<string, unknown>>,
  map: (name: string, value: unknown) => unknown,
): unknown {
  const entries = Object.entries(object)
  const mapped = entries.map(([name, value]) => [name, map(name, value)] as const)
  if (mapped.every(([, value], index) => value === entries[index]?.[1])) return object
  return Object.fromEntries(mapped.filter(([, value]) => value !== undefined))
}
