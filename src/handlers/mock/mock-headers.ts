import type { DocumentNode } from '#gateway'
import { sample } from '../../openapi/sample/sample.ts'

/** The fields of a response that have an example, and those that are required. */
export function headersOf(response: DocumentNode): readonly (readonly [string, string])[] {
  const headers = response.get('headers')
  const fields: [string, string][] = []
  for (const name of headers?.keys() ?? []) {
    const header = headers!.get(name)
    if (header === undefined || !NAME.test(name) || OURS.has(name.toLowerCase())) continue
    const value = valueOf(header)
    // several cookies are several fields (RFC 6265 §3)
    const values = /^set-cookie$/i.test(name) && Array.isArray(value) ? value : [value]
    for (const one of values) {
      const text = one === undefined ? undefined : simple(one, header)
      if (text !== undefined && VALUE.test(text)) fields.push([name.toLowerCase(), text])
    }
  }
  return fields
}

/** RFC 9110 §5.6.2, §5.5. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\x20-\x7e\t]*$/

/** What follows from the content or from the connection, and what the mock says itself. */
const OURS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'preference-applied',
  'x-request-id',
  'transfer-encoding',
])

function valueOf(header: DocumentNode): unknown {
  const own = header.value as { readonly example?: unknown; readonly required?: unknown }
  if (own.example !== undefined) return own.example
  const examples = header.get('examples')
  const first = examples?.keys()[0]
  const example = first === undefined ? undefined : examples!.get(first)?.value
  if (typeof example === 'object' && example !== null) {
    const { serializedValue, dataValue, value } = example as Record<string, unknown>
    return serializedValue ?? dataValue ?? value
  }
  const content = header.get('content')
  const type = content?.keys()[0]
  const schema = type === undefined ? header.get('schema') : content!.get(type)?.get('schema')
  if (schema === undefined) return undefined
  const value = schema.value as Record<string, unknown>
  const isTold = ['const', 'example', 'examples', 'enum', 'default'].some((key) => key in value)
  return isTold || own.required === true ? sample(schema) : undefined
}

/** `style: simple` (OpenAPI §4.8.12.3), the only one that headers have. */
function simple(value: unknown, header: DocumentNode): string | undefined {
  if (typeof value !== 'object' || value === null) return String(value)
  if (header.get('content') !== undefined) return JSON.stringify(value)
  if (Array.isArray(value)) return value.map(String).join(',')
  const isExploded = (header.value as { readonly explode?: unknown }).explode === true
  return Object.entries(value)
    .map(([name, one]) => `${name}${isExploded ? '=' : ','}${String(one)}`)
    .join(',')
}
