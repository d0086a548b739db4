import type { Shape } from '../rules.ts'
import { TYPE_BITS } from '../schema/violation.ts'

const { null: NULL, boolean: BOOLEAN, number, integer, string: STRING } = TYPE_BITS
const NUMBER = number | integer

export const isArrayShape = ({ types }: Shape): boolean => (types & TYPE_BITS.array) !== 0
export const isObjectShape = ({ types }: Shape): boolean => (types & TYPE_BITS.object) !== 0
/** Whether something other than an array or object may stand there. */
export const isPrimitiveShape = ({ types }: Shape): boolean =>
  (types & ~(TYPE_BITS.array | TYPE_BITS.object)) !== 0

export const TEXT: Shape = { types: STRING }

/**
 * The value that a text stands for. One that fits no type stays a text, and the validator says what is
 * expected.
 *
 * @param asText where a text is allowed, it stays one: the second try for `42` where both would do
 */
export function valueOf(text: string, { types }: Shape, asText: boolean): unknown {
  if (types === STRING || (asText && (types & STRING) !== 0)) return text
  if ((types & NUMBER) !== 0 && JSON_NUMBER.test(text)) {
    const value = Number(text)
    if (Number.isFinite(value)) return value
  }
  if ((types & BOOLEAN) !== 0 && (text === 'true' || text === 'false')) return text === 'true'
  const isNull = text === 'null' || (text === '' && (types & STRING) === 0)
  return (types & NULL) !== 0 && isNull ? null : text
}

/** RFC 8259 §6: what a JSON body could say, too. No `+1`, `0x10`, `1_000` or blanks. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Whether a text could be read in two ways. */
export function isMixed(shape: Shape): boolean {
  const { types, items, properties = {}, others } = shape
  const primitives = types & (NULL | BOOLEAN | NUMBER | STRING)
  return (
    ((primitives & STRING) !== 0 && primitives !== STRING) ||
    (items !== undefined && isMixed(items)) ||
    (others !== undefined && isMixed(others)) ||
    Object.values(properties).some(isMixed)
  )
}

export const shapeOfItem = ({ items }: Shape): Shape => items ?? TEXT

export const shapeOfProperty = ({ properties, others }: Shape, name: string): Shape =>
  (properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : others) ?? TEXT

/** A piece of a URL as the text it stands for. The whole it was cut from is known to be valid. */
export const unescaped = (piece: string): string =>
  piece.includes('%') ? decodeURIComponent(piece) : piece

/** The same where `+` is a space: in queries and forms (WHATWG URL §5.1), as servers read them. */
export const unescapedForm = (piece: string): string =>
  unescaped(piece.includes('+') ? piece.replaceAll('+', ' ') : piece)

/** Whether every escape is whole and all together are UTF-8. */
export function isEscaped(text: string): boolean {
  if (!text.includes('%')) return true
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
