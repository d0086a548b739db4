import { hasDuplicateNames } from '../../lib/duplicate-names.ts'
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
  const names = namesIn(value, 0)
  if (names < 0) {
    return { keyword: 'depth', detail: `must not be nested deeper than ${LEVELS_MAX} levels` }
  }
  // a name that is there twice is counted twice in the text and once in the value
  return names < namesWritten(text) && hasDuplicateNames(text) ? DUPLICATE : { value }
}

const BYTE_ORDER_MARK = 0xfeff
const DUPLICATE = { keyword: 'duplicate', detail: 'must not hold an object with a name twice' }

/** How many members all objects have together, or a number below zero when they are nested too deeply. */
function namesIn(value: unknown, level: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (level >= LEVELS_MAX) return Number.NEGATIVE_INFINITY
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += namesIn(item, level + 1)
    return count
  }
  // what JSON.parse makes inherits nothing that could be enumerated
  for (const name in value) {
    count += 1
    const member = (value as Record<string, unknown>)[name]
    if (typeof member === 'object') count += namesIn(member, level + 1)
  }
  return count
}

/** How many colons follow a quote. Inside a text they may, too: then there seem to be more than there are. */
function namesWritten(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1
    while (isBlank(text.charCodeAt(before))) before -= 1
    if (text.charCodeAt(before) === QUOTE) count += 1
  }
  return count
}

const QUOTE = 0x22
const isBlank = (code: number): boolean =>
  code <= 0x20 && (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)
