import { Ajv2020 } from 'ajv/dist/2020.js'
import * as Instance from '@hyperjump/json-schema/instance/experimental'
import { compile, interpret } from '@hyperjump/json-schema/experimental'
import type { Json } from '@hyperjump/json-pointer'
import { readDocuments } from '../../../scripts/schema/documents.ts'
import { SchemaReader } from '../../../scripts/schema/hyperjump.ts'
import { Faults } from '../../../scripts/schema/messages.ts'
import type { Root, Source } from '../../../scripts/schema/compile.ts'

/** Another implementation's opinion: whether a value is valid. */
export type Oracle = (value: unknown) => boolean

/** hyperjump's own interpreter. It shares the front end with us, and nothing after it. */
export function hyperjump(sources: readonly Source[]): (root: Root) => Promise<Oracle> {
  const reader = new SchemaReader(readDocuments(sources, 'oas-3.0', new Faults()))
  const plain = new SchemaReader(readDocuments(sources, '2020-12', new Faults()))
  return async ({ uri, dialect }) => {
    const schema = await (dialect === 'oas-3.0' ? reader : plain).find(uri)
    const compiled = await compile(schema)
    return (value) => interpret(compiled, Instance.fromJs(value as Json), 'FLAG').valid
  }
}

/**
 * Ajv: nothing of it is ours but the conversion.
 * @param isOas30 whether the schemas have to be put into the words of 2020-12 first.
 */
export function ajv(
  components: Readonly<Record<string, unknown>>,
  isOas30 = true,
): (schema: unknown) => Oracle {
  const instance = new Ajv2020({
    strict: false,
    validateFormats: false,
    ownProperties: true,
    unicodeRegExp: true,
    logger: false,
  })
  // Its tracking for unevaluated* throws on some schemas that do not even use that
  Object.assign(instance.opts, { unevaluated: false })
  const $defs = Object.fromEntries(
    Object.entries(components).map(([name, schema]) => [name, fromOas30(schema)]),
  )
  instance.addSchema({ $id: 'https://components.test/', $defs })
  return (schema) => {
    const validate = instance.compile((isOas30 ? fromOas30(schema) : schema) as object)
    return (value) => validate(value)
  }
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** OpenAPI 3.0 §4.7.24 in words of JSON Schema 2020-12. */
export function fromOas30(schema: unknown): unknown {
  if (!isObject(schema)) return schema
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    return { $ref: reference.replace('#/components/schemas/', 'https://components.test/#/$defs/') }
  }
  const entries = Object.entries(schema).flatMap(([name, value]) => keyword(name, value, schema))
  return Object.fromEntries(entries)
}

function keyword(name: string, value: unknown, schema: Members): [string, unknown][] {
  switch (name) {
    case 'not':
    case 'items':
    case 'additionalProperties':
      return [[name, fromOas30(value)]]
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return [[name, (value as unknown[]).map(fromOas30)]]
    case 'properties': {
      const all = Object.entries(value as Members)
      return [[name, Object.fromEntries(all.map(([key, one]) => [key, fromOas30(one)]))]]
    }
    case 'type':
      return [[name, schema['nullable'] === true ? [value, 'null'] : value]]
    case 'minimum':
    case 'maximum': {
      const exclusive = `exclusive${name.charAt(0).toUpperCase()}${name.slice(1)}`
      return [[schema[exclusive] === true ? exclusive : name, value]]
    }
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'nullable':
    case 'discriminator':
    case 'example':
    case 'default':
      return []
    default:
      return name.startsWith('x-') ? [] : [[name, value]]
  }
}
