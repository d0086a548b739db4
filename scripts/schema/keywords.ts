import { formats, UNCHECKED } from '../../src/openapi/schema/formats.ts'
import { TYPE_BITS } from '../../src/openapi/schema/violation.ts'
import type { Draft } from './draft.ts'
import { readDiscriminator } from './discriminator.ts'
import { unwrapped } from './disguises.ts'
import { isObject, type Json } from './json.ts'
import { checkPattern } from './pattern/check.ts'

/**
 * What each keyword of hyperjump's syntax tree becomes. `value` is what hyperjump's compile made
 * of it: subschemas are URIs. Nobody has checked it against a meta-schema, so every handler does.
 */
type Handler = (draft: Draft, value: unknown, uri: string) => void

const ignored: Handler = () => {}

const count =
  (put: (draft: Draft, count: number) => void): Handler =>
  (draft, value, uri) => {
    if (Number.isInteger(value) && (value as number) >= 0) put(draft, value as number)
    else draft.refuseValue(uri, 'an integer of 0 or more')
  }

const number =
  (put: (draft: Draft, limit: number) => void): Handler =>
  (draft, value, uri) => {
    if (typeof value === 'number' && Number.isFinite(value)) put(draft, value)
    else draft.refuseValue(uri, 'a number')
  }

/** Draft 4 and OpenAPI 3.0: [limit, whether exclusive]. */
const legacyLimit =
  (inclusive: Handler, exclusive: Handler): Handler =>
  (draft, value, uri) => {
    const [limit, isExclusive] = value as readonly [unknown, unknown]
    if (isExclusive === true) exclusive(draft, limit, uri)
    else inclusive(draft, limit, uri)
  }

const names =
  (put: (draft: Draft, names: readonly string[]) => void): Handler =>
  (draft, value, uri) => {
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) put(draft, value)
    else draft.refuseValue(uri, 'a list of property names')
  }

const parsed = (text: string): Json => unwrapped(JSON.parse(text) as Json)

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [])

const alternatives =
  (kind: 'allOf' | 'anyOf' | 'oneOf'): Handler =>
  (draft, value, uri) => {
    const uris = list(value)
    if (uris.length === 0) draft.refuseValue(uri, 'a list of at least one schema')
    else if (kind === 'allOf') draft.inPlace({ kind, nodes: uris.map((one) => draft.here(one)) })
    else draft.alternatives.push({ kind, uris })
  }

const minimum = number((draft, limit) => (draft.number.minimum = limit))
const maximum = number((draft, limit) => (draft.number.maximum = limit))
const exclusiveMinimum = number((draft, limit) => (draft.number.exclusiveMinimum = limit))
const exclusiveMaximum = number((draft, limit) => (draft.number.exclusiveMaximum = limit))

const type: Handler = (draft, value, uri) => {
  const wanted = Array.isArray(value) ? value : [value]
  const isKnown = wanted.every((one) => typeof one === 'string' && Object.hasOwn(TYPE_BITS, one))
  if (!isKnown) {
    draft.refuseValue(uri, `one of ${Object.keys(TYPE_BITS).join(', ')}, or a list of them`)
    return
  }
  const mask = wanted.reduce((bits, one) => bits | TYPE_BITS[one as keyof typeof TYPE_BITS], 0)
  draft.first({ kind: 'type', mask })
}

const format: Handler = (draft, value, uri) => {
  if (typeof value !== 'string') draft.refuseValue(uri, 'the name of a format')
  else if (!draft.builder.formats) return
  else if (Object.hasOwn(formats, value)) draft.first({ kind: 'format', name: value })
  else if (!Object.hasOwn(UNCHECKED, value) && draft.builder.isNewFormat(value, uri)) {
    draft.builder.faults.warning(
      'format-unknown',
      uri,
      `The format ${JSON.stringify(value)} is not one that is checked.`,
      'JSON Schema lets any value pass a format that nobody knows.',
      'Use a format of docs/formats.md, or say it with pattern.',
    )
  }
}

const pattern: Handler = (draft, value, uri) => {
  const compiled = draft.pattern(value as RegExp, uri)
  if (compiled === undefined) return
  draft.text.pattern = compiled
  draft.patternUri = uri
}

const patternProperties: Handler = (draft, value) => {
  const compiled = (value as readonly (readonly [RegExp, string])[]).flatMap(([regexp, child]) => {
    const found = draft.pattern(regexp, child)
    if (found === undefined) return []
    // A property name has no maxLength
    checkPattern(found, undefined, child, draft.builder.faults)
    return [[found, draft.property(child)] as const]
  })
  draft.object.patternProperties = compiled
}

const dependencies: Handler = (draft, value) => {
  for (const [name, dependency] of value as readonly (readonly [string, unknown])[]) {
    if (typeof dependency === 'string') {
      const entry = [name, draft.here(dependency)] as const
      draft.object.dependentSchemas = [...(draft.object.dependentSchemas ?? []), entry]
    } else {
      const entry = [name, visible(draft, list(dependency))] as const
      draft.object.dependentRequired = [...(draft.object.dependentRequired ?? []), entry]
    }
  }
}

const visible = (draft: Draft, all: readonly string[]): readonly string[] =>
  all.filter((name) => !draft.view.hidden.includes(name))

const branch =
  (key: 'whenTrue' | 'whenFalse'): Handler =>
  (draft, value) => {
    const [test, outcome] = list(value)
    if (test === undefined || outcome === undefined) return
    draft.condition.test = draft.here(test)
    draft.condition[key] = draft.here(outcome)
  }

const dynamicRef: Handler = (draft, value) => {
  const [base, anchor, target] = value as readonly [string, string, string]
  const isDynamic = Object.hasOwn(draft.tree.metaData[base]?.dynamicAnchors ?? {}, anchor)
  if (!isDynamic) {
    draft.inPlace({ kind: 'ref', node: draft.here(target) })
    return
  }
  draft.here(target)
  draft.builder.includeAnchors(draft.tree, anchor, draft.view)
  const resource = draft.builder.resourceName(draft.tree, base, draft.view)
  draft.inPlace({ kind: 'dynamicRef', resource, anchor })
}

const legacyItems: Handler = (draft, value) => {
  if (Array.isArray(value)) draft.array.prefixItems = list(value).map((one) => draft.child(one))
  else draft.array.items = { from: 0, node: draft.child(value as string) }
}

const contains = (node: string, min: number, max: number | undefined): Handler =>
  function put(draft) {
    draft.array.contains = {
      node: draft.child(node),
      min,
      ...(max === undefined || max === Number.MAX_SAFE_INTEGER ? {} : { max }),
    }
  }

/** Annotations, identifiers, and what a neighbour's handler has already read. */
const SILENT = `unknown definitions title description default deprecated readOnly writeOnly examples
  comment anchor id vocabulary contentEncoding contentMediaType contentSchema minContains maxContains
  draft-04/id draft-2020-12/dynamicAnchor draft-04/exclusiveMinimum draft-04/exclusiveMaximum
  oas-3.0/example oas-3.0/externalDocs oas-3.0/xml`

export const keywords: Readonly<Record<string, Handler>> = Object.assign(Object.create(null), {
  type,
  'oas-3.0/type': type,
  'oas-3.0/nullable': (draft, value, uri) => {
    if (value === true) draft.nullableUri = uri
  },
  enum: (draft, value) => draft.first({ kind: 'enum', values: list(value).map(parsed) }),
  const: (draft, value) => draft.first({ kind: 'const', value: parsed(value as string) }),

  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
  'draft-04/minimum': legacyLimit(minimum, exclusiveMinimum),
  'draft-04/maximum': legacyLimit(maximum, exclusiveMaximum),
  multipleOf: (draft, value, uri) => {
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) {
      draft.number.multipleOf = value
    } else draft.refuseValue(uri, 'a number greater than 0')
  },

  minLength: count((draft, value) => (draft.text.minLength = value)),
  maxLength: count((draft, value) => (draft.text.maxLength = value)),
  pattern,
  format,
  'draft-04/format': format,
  'draft-06/format': format,
  'draft-07/format': format,
  'draft-2019-09/format': format,
  'draft-2019-09/format-assertion': format,
  'draft-2020-12/format': format,
  'draft-2020-12/format-assertion': format,

  minItems: count((draft, value) => (draft.array.minItems = value)),
  maxItems: count((draft, value) => (draft.array.maxItems = value)),
  uniqueItems: (draft, value, uri) => {
    if (typeof value !== 'boolean') draft.refuseValue(uri, 'true or false')
    else if (value) draft.array.uniqueItems = true
  },
  prefixItems: (draft, value) => {
    draft.array.prefixItems = list(value).map((one) => draft.child(one))
  },
  items: (draft, value) => {
    const [from, node] = value as readonly [number, string]
    draft.array.items = { from, node: draft.child(node) }
  },
  'draft-04/items': legacyItems,
  'draft-04/additionalItems': (draft, value) => {
    const [from, node] = value as readonly [number, string]
    if (from !== Number.MAX_SAFE_INTEGER) draft.array.items = { from, node: draft.child(node) }
  },
  contains: (draft, value, uri) => {
    const { contains: node, minContains, maxContains } = value as Record<string, unknown>
    contains(node as string, minContains as number, maxContains as number)(draft, value, uri)
  },
  'draft-06/contains': (draft, value, uri) =>
    contains(value as string, 1, undefined)(draft, value, uri),

  minProperties: count((draft, value) => (draft.object.minProperties = value)),
  maxProperties: count((draft, value) => (draft.object.maxProperties = value)),
  required: names((draft, value) => (draft.object.required = visible(draft, value))),
  properties: (draft, value, uri) => {
    if (!isObject(value)) draft.refuseValue(uri, 'an object of schemas')
    else {
      draft.object.properties = Object.entries(value).map(
        ([name, child]) => [name, draft.property(child as string)] as const,
      )
    }
  },
  patternProperties,
  additionalProperties: (draft, value) => {
    draft.object.additionalProperties = draft.child((value as readonly [unknown, string])[1])
  },
  propertyNames: (draft, value) => {
    draft.object.propertyNames = draft.child(value as string)
  },
  dependentRequired: dependencies,
  dependentSchemas: dependencies,
  'draft-04/dependencies': dependencies,

  allOf: alternatives('allOf'),
  anyOf: alternatives('anyOf'),
  oneOf: alternatives('oneOf'),
  not: (draft, value) => draft.inPlace({ kind: 'not', node: draft.here(value as string) }),
  if: (draft, value) => {
    draft.condition.test = draft.here(value as string)
  },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword's own name
  then: branch('whenTrue'),
  else: branch('whenFalse'),
  ref: (draft, value) => draft.inPlace({ kind: 'ref', node: draft.here(value as string) }),
  'draft-2020-12/dynamicRef': dynamicRef,
  unevaluatedProperties: (draft, value) =>
    draft.last({ kind: 'unevaluatedProperties', node: draft.child(value as string) }),
  unevaluatedItems: (draft, value) =>
    draft.last({ kind: 'unevaluatedItems', node: draft.child(value as string) }),

  'oas-3.0/discriminator': (draft, value, uri) => {
    if (!isObject(value)) draft.refuseValue(uri, 'an object with propertyName')
    else draft.discriminator = (uris) => readDiscriminator(draft.tree, value, uri, uris)
  },

  ...Object.fromEntries(SILENT.split(/\s+/).map((name) => [name, ignored])),
} satisfies Record<string, Handler>)
