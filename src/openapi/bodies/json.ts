import { hasDuplicateNames, outline } from '../../lib/duplicate-names.ts'
import type { Reading } from '../finding.ts'
import { LEVELS_MAX } from '../schema/work.ts'

/**
 * Reads a JSON text as strictly as its strictest reader: no byte order mark, no name twice in an object
 * (RFC 8259 §4: what the second one means is up to the reader), no nesting that would overflow a stack.
 */
export function readJson(text: string): Reading {
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    return { keyword: 'encoding', detail: 'must not begin with a byte order mark' }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { keyword: 'json', detail: 'must be JSON' }
  }
  const { isTooDeep, mayRepeat } = outline(text, LEVELS_MAX)
  if (isTooDeep) {
    return { keyword: 'depth', detail: `must not be nested deeper than ${LEVELS_MAX} levels` }
  }
  return mayRepeat && hasDuplicateNames(text) ? DUPLICATE : { value }
}

const BYTE_ORDER_MARK = 0xfeff
const DUPLICATE = { keyword: 'duplicate', detail: 'must not hold an object with a name twice' }
