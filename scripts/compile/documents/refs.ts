import { methods } from './methods.ts'
import { isObject, member, step, type JsonObject } from './pointer.ts'

/** The objects of OpenAPI that can hold references, or be one. */
export type Kind = keyof typeof grammar

export interface Ref {
  readonly ref: string
  /** What the reference has to lead to. */
  readonly kind: Kind
  /** Of the object that has the `$ref`. */
  readonly pointer: string
  readonly node: JsonObject
}

/**
 * Calls `visit` for every `$ref` below the value that OpenAPI reads as a reference. A generic
 * search would also find those inside examples, defaults and extensions, which are plain data.
 */
export function walkRefs(
  value: unknown,
  kind: Kind,
  pointer: string,
  visit: (ref: Ref) => void,
): void {
  if (!isObject(value)) return
  // refs below an `$id` of its own resolve against that: JSON Schema's matter, not ours
  if (kind === 'schema' && typeof member(value, '$id') === 'string') return
  const ref = member(value, '$ref')
  if (typeof ref === 'string') visit({ ref, kind, pointer, node: value })
  const fields = grammar[kind]
  for (const name of Object.keys(value)) {
    // `callback` maps any name to path items; all other kinds name their fields
    const slot = fields.get(name) ?? fields.get('*')
    if (!slot || name.startsWith('x-')) continue
    walkSlot(value[name], slot, step(pointer, name), visit)
  }
}

/** `kind` is one of them, `[kind]` a list, `{kind}` a map from names of the author's choice. */
type Slot = string

const grammar = {
  document: slots({ '{pathItem}': 'paths webhooks', components: 'components' }),
  components: slots({
    '{schema}': 'schemas',
    '{response}': 'responses',
    '{parameter}': 'parameters',
    '{example}': 'examples',
    '{requestBody}': 'requestBodies',
    '{header}': 'headers',
    '{securityScheme}': 'securitySchemes',
    '{link}': 'links',
    '{callback}': 'callbacks',
    '{pathItem}': 'pathItems',
    '{mediaType}': 'mediaTypes',
  }),
  pathItem: slots({
    operation: methods.join(' '),
    '{operation}': 'additionalOperations',
    '[parameter]': 'parameters',
  }),
  operation: slots({
    '[parameter]': 'parameters',
    requestBody: 'requestBody',
    '{response}': 'responses',
    '{callback}': 'callbacks',
  }),
  callback: slots({ pathItem: '*' }),
  parameter: slots({ schema: 'schema', '{mediaType}': 'content', '{example}': 'examples' }),
  header: slots({ schema: 'schema', '{mediaType}': 'content', '{example}': 'examples' }),
  requestBody: slots({ '{mediaType}': 'content' }),
  response: slots({ '{header}': 'headers', '{mediaType}': 'content', '{link}': 'links' }),
  mediaType: slots({
    schema: 'schema itemSchema',
    '{example}': 'examples',
    '{encoding}': 'encoding',
    '[encoding]': 'prefixEncoding',
    encoding: 'itemEncoding',
  }),
  encoding: slots({ '{header}': 'headers' }),
  example: slots({}),
  link: slots({}),
  securityScheme: slots({}),
  schema: slots({
    '{schema}': 'properties patternProperties dependentSchemas $defs definitions',
    '[schema]': 'allOf anyOf oneOf prefixItems',
    schema:
      'items additionalProperties propertyNames contains not if then else contentSchema ' +
      'unevaluatedItems unevaluatedProperties',
  }),
}

/** The fields of one kind by name, from their names by slot. */
function slots(namesBySlot: Readonly<Record<Slot, string>>): ReadonlyMap<string, Slot> {
  return new Map(
    Object.entries(namesBySlot).flatMap(([slot, names]) =>
      names.split(' ').map((name) => [name, slot] as const),
    ),
  )
}

function walkSlot(value: unknown, slot: Slot, pointer: string, visit: (ref: Ref) => void): void {
  const kind = slot.replace(/[[\]{}]/g, '') as Kind
  if (slot.startsWith('{')) {
    if (!isObject(value)) return
    for (const name of Object.keys(value)) walkRefs(value[name], kind, step(pointer, name), visit)
  } else if (slot.startsWith('[')) {
    if (!Array.isArray(value)) return
    value.forEach((item, index) => walkRefs(item, kind, step(pointer, index), visit))
  } else {
    walkRefs(value, kind, pointer, visit)
  }
}
