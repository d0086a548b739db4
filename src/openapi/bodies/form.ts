import { type Fault, shortName } from '../finding.ts'
import { Pairs } from '../parameters/pairs.ts'
import { type Candidates, read } from '../parameters/read.ts'
import {
  isArrayShape,
  isEscaped,
  isMixed,
  isObjectShape,
  isPrimitiveShape,
  shapeOfItem,
  shapeOfProperty,
  unescapedForm,
  valueOf,
} from '../parameters/text.ts'
import type { ContentRule, FieldRule, ParameterRule, Shape } from '../rules.ts'
import { readJson } from './json.ts'

/**
 * A form as the object it stands for (OpenAPI 3.2 §4.15). A property whose encoding has a style is written
 * like a query parameter of that style; otherwise objects are JSON, and a list is its name once for each item.
 */
export function formValues(text: string, { shape, fields = {} }: ContentRule): Candidates | Fault {
  if (!isEscaped(text)) return { keyword: 'encoding', detail: 'must be percent-encoded UTF-8' }
  const pairs = Pairs.ofQuery(text)
  const names = Object.keys(shape.properties ?? {})
  const readings: [name: string, candidates: Candidates][] = []
  const styled = names.filter((name) => own(fields, name)?.style !== undefined)
  const plain = names.filter((name) => !styled.includes(name))
  for (const name of [...styled, ...plain]) {
    const found = property(pairs, name, shapeOfProperty(shape, name), own(fields, name))
    if (found === undefined) continue
    if ('keyword' in found) return at(name, found)
    readings.push([name, found])
  }
  for (const name of pairs.left()) {
    const found = property(pairs, name, openShape(shape, name), undefined)
    if (found === undefined) continue
    if ('keyword' in found) return at(name, found)
    readings.push([name, found])
  }
  return { values: combined(readings) }
}

/** All likeliest readings together, then all least likely ones: not every mixture, which would be 2ⁿ. */
export function combined(readings: readonly (readonly [string, Candidates])[]): readonly unknown[] {
  const pick = (choose: (values: readonly unknown[]) => unknown) =>
    Object.fromEntries(readings.map(([name, { values }]) => [name, choose(values)]))
  const first = pick((values) => values[0])
  return readings.some(([, { values }]) => values.length > 1)
    ? [first, pick((values) => values.at(-1))]
    : [first]
}

function property(
  pairs: Pairs,
  name: string,
  shape: Shape,
  field: FieldRule | undefined,
): Candidates | Fault | undefined {
  if (field?.style !== undefined) {
    const { style, explode = style === 'form' } = field
    const rule: ParameterRule = { in: 'query', name, style, explode, shape }
    const pieces = pairs.pieces(rule)
    if (pieces === undefined || 'keyword' in pieces) return pieces
    return read(pieces, shape, unescapedForm)
  }
  if (!pairs.has(name)) return undefined
  return repeated(pairs.take(name).map(unescapedForm), shape)
}

/** The texts that stand under one name. */
export function repeated(texts: readonly string[], shape: Shape): Candidates | Fault {
  const [only] = texts
  if (only !== undefined && texts.length === 1 && !isArrayShape(shape)) return single(only, shape)
  if (!isArrayShape(shape)) return TWICE
  const items: Candidates[] = []
  for (const text of texts) {
    const found = single(text, shapeOfItem(shape))
    if ('keyword' in found) return found
    items.push(found)
  }
  const list = [items.map(({ values }) => values[0]), items.map(({ values }) => values.at(-1))]
  const alone =
    only !== undefined && texts.length === 1 && isPrimitiveShape(shape)
      ? [valueOf(only, shape, false)]
      : []
  return { values: [...alone, ...list] }
}

function single(text: string, shape: Shape): Candidates | Fault {
  const isStructured = isObjectShape(shape) || isArrayShape(shape)
  if (isStructured) {
    const json = readJson(text)
    if (!('keyword' in json)) return { values: [json.value] }
    if (!isPrimitiveShape(shape)) return json
  }
  const value = valueOf(text, shape, false)
  return { values: isMixed(shape) ? [value, text] : [value] }
}

/** A name that the schema does not know is a list when it comes twice. */
export const openShape = (shape: Shape, name: string): Shape => {
  const known = shapeOfProperty(shape, name)
  return shape.others === undefined ? { ...known, types: known.types | ARRAY, items: known } : known
}

const ARRAY = 32
const TWICE: Fault = { keyword: 'repeated', detail: 'must not be given more than once' }

export const at = (name: string, { keyword, detail, pointer = '' }: Fault): Fault => ({
  keyword,
  detail,
  pointer: `/${shortName(name)}${pointer}`,
})

export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
