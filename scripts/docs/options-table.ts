import { objectSchema, type OptionSet, type Schema } from '../../src/core/option.ts'
import { between, code, table } from './markdown.ts'

/** A README with its table of options as the code has them; undefined when it has no place for it. */
export function withOptions(readme: string, options: OptionSet): string | undefined {
  return between(readme, 'options', optionsTable(options))
}

export function optionsTable(options: OptionSet): string {
  const found = rows('', objectSchema(options))
  return found.length === 0
    ? 'It has no options.'
    : table(['Option', 'Type', 'Default', 'Meaning'], found)
}

/** One row for each option; members of an object follow it as `object.member`. */
function rows(prefix: string, schema: Schema): string[][] {
  const members = Object.entries(schema.properties ?? {})
  return members.flatMap(([name, one]) => {
    const path = prefix + name
    const fallback = schema.required?.includes(name) ? 'required' : defaultOf(one)
    return [[code(path), typeOf(one), fallback, one.description ?? ''], ...nested(path, one)]
  })
}

function nested(path: string, schema: Schema): string[][] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => nested(path, one))
  if (schema.type === 'array' && schema.items) return nested(`${path}[]`, schema.items)
  if (schema.properties) return rows(`${path}.`, schema)
  const { additionalProperties } = schema
  return typeof additionalProperties === 'object' ? nested(`${path}.*`, additionalProperties) : []
}

function defaultOf({ default: value }: Schema): string {
  return value === undefined ? '' : code(JSON.stringify(value))
}

/** As a person would say it. */
export function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ')
  if (schema.type === undefined) return 'any JSON'
  if (schema.type === 'array') {
    const count = schema.minItems ? `, at least ${schema.minItems}` : ''
    return `list of ${wrapped(typeOf(schema.items ?? {}))}${count}`
  }
  if (schema.type === 'object') {
    const { additionalProperties: value } = schema
    if (typeof value !== 'object') return 'object'
    const names = schema.propertyNames ? `${typeOf(schema.propertyNames)} → ` : 'name → '
    return `object: ${names}${typeOf(value)}`
  }
  const name = schema.format === undefined ? TYPES[schema.type] : FORMATS[schema.format]
  return `${name}${limits(schema)}`
}

const wrapped = (type: string): string => (/ or |, /.test(type) ? `(${type})` : type)

const TYPES: Record<NonNullable<Schema['type']>, string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true`, `false`',
  array: 'list',
  object: 'object',
}

const FORMATS: Record<NonNullable<Schema['format']>, string> = {
  duration: 'duration, as `"10s"`',
  bytes: 'size, as `"64 KiB"`',
  instant: 'date or time, as `"2027-06-30"`',
  cidr: 'address or range, as `"10.0.0.0/8"`',
  'header-name': 'field name',
  token: 'word',
  url: 'URL or `"$env.NAME"`',
  regex: 'regular expression',
  'json-pointer': 'JSON Pointer',
  template: 'template',
  secret: '`"$env.NAME"`',
}

function limits({ minimum, maximum, minLength }: Schema): string {
  if (minLength !== undefined) return `, at least ${minLength} characters`
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`
  if (minimum !== undefined) return `, ${minimum} or more`
  return maximum === undefined ? '' : `, ${maximum} or less`
}
