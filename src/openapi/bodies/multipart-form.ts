import type { Fault } from '../finding.ts'
import type { Candidates } from '../parameters/read.ts'
import {
  isArrayShape,
  isMixed,
  isObjectShape,
  isPrimitiveShape,
  shapeOfItem,
  shapeOfProperty,
  valueOf,
} from '../parameters/text.ts'
import type { ContentRule, Shape } from '../rules.ts'
import { at, combined, openShape, own } from './form.ts'
import { readJson } from './json.ts'
import { contentFor, isJson, mediaType } from './media-type.ts'
import { type Part, readMultipart } from './multipart.ts'
import { textOf } from './text.ts'

/** `multipart/form-data` as the object it stands for: a list is its name once for each item. */
export function multipartValues(
  bytes: Uint8Array,
  boundary: string | undefined,
  { shape, fields = {} }: ContentRule,
): Candidates | Fault {
  const parts = readMultipart(bytes, boundary ?? '')
  if ('keyword' in parts) return parts
  const readings: [string, Candidates][] = []
  for (const [name, group] of Map.groupBy(parts, (part) => part.name)) {
    const isKnown = shape.properties !== undefined && Object.hasOwn(shape.properties, name)
    const expected = isKnown ? shapeOfProperty(shape, name) : openShape(shape, name)
    const types = own(fields, name)?.types
    const wrong = types && group.find((part) => !hasType(part, types))
    if (wrong) return at(name, { keyword: 'contentType', detail: `must be ${types.join(' or ')}` })
    const found = propertyOf(group, expected)
    if ('keyword' in found) return at(name, found)
    readings.push([name, found])
  }
  return { values: combined(readings) }
}

function propertyOf(parts: readonly Part[], shape: Shape): Candidates | Fault {
  const [only] = parts
  if (parts.length === 1 && !isArrayShape(shape)) return valuesOf(only!, shape)
  if (!isArrayShape(shape)) {
    return { keyword: 'repeated', detail: 'must not be given more than once' }
  }
  const items: Candidates[] = []
  for (const part of parts) {
    const found = valuesOf(part, shapeOfItem(shape))
    if ('keyword' in found) return found
    items.push(found)
  }
  const lists = [items.map(({ values }) => values[0]), items.map(({ values }) => values.at(-1))]
  const alone = parts.length === 1 && isPrimitiveShape(shape) ? valuesOf(only!, shape) : undefined
  return { values: alone && 'values' in alone ? [...alone.values, ...lists] : lists }
}

/** A part without a type is JSON where an object is expected (OpenAPI 3.2 §4.15.1), otherwise text. */
function valuesOf({ bytes, isFile, type }: Part, shape: Shape): Candidates | Fault {
  const isStructured = isObjectShape(shape) || isArrayShape(shape)
  if (type ? isJson(type.essence) : isStructured && !isFile) {
    const text = textOf(bytes, type)
    const read = text === undefined ? NOT_UTF8 : readJson(text)
    return 'keyword' in read ? read : { values: [read.value] }
  }
  // its length is what a schema can say of a file: one character for each octet
  if (isFile || (type && !type.essence.startsWith('text/'))) return { values: [octets(bytes)] }
  const text = textOf(bytes, type)
  if (text === undefined) return NOT_UTF8
  return {
    values: isMixed(shape) ? [valueOf(text, shape, false), text] : [valueOf(text, shape, false)],
  }
}

const NOT_UTF8: Fault = { keyword: 'encoding', detail: 'must be UTF-8' }
const OCTETS = new TextDecoder('latin1')
const octets = (bytes: Uint8Array): string => OCTETS.decode(bytes)

function hasType({ type }: Part, wanted: readonly string[]): boolean {
  const contents = wanted.map((range) => ({ range, shape: { types: 0 } }))
  return contentFor(type ?? mediaType('text/plain')!, contents) !== undefined
}
