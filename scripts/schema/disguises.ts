import { isObject } from './json.ts'

/**
 * Leaves out annotations that look like schemas: `example: { "$ref": … }` is data, but hyperjump
 * follows references and identifiers wherever they stand. Copies only what changes.
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

/** Their values are data too, but decide what is valid, so they always stay. */
const CHOICES = new Set(['enum', 'const'])

function inSchema(value: unknown, level: number): unknown {
  if (level > LEVELS_MAX) throw new RangeError('the document is nested too deeply')
  if (Array.isArray(value)) return mapArray(value, (item) => inSchema(item, level + 1))
  if (!isObject(value)) return value
  return mapObject(value, (name, child) => {
    if (CHOICES.has(name)) return child
    if (ANNOTATIONS.has(name)) return isDisguised(child, level) ? undefined : child
    if (name.startsWith('x-') && isObject(child) && typeof child['$ref'] === 'string') {
      return undefined
    }
    return NAME_MAPS.has(name) && isObject(child)
      ? mapObject(child, (_name, entry) => inSchema(entry, level + 2))
      : inSchema(child, level + 1)
  })
}

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
