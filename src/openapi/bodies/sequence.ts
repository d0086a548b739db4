import { type Fault, FINDINGS_MAX } from '../finding.ts'
import { isArrayShape } from '../parameters/text.ts'
import type { ContentRule } from '../rules.ts'
import type { Violation } from '../schema/violation.ts'
import { readJson } from './json.ts'
import type { MediaType } from './media-type.ts'

/**
 * Whether a body is checked item by item (OpenAPI 3.2 §4.14): its media type is one item after the other with
 * nothing around them, and the document has an `itemSchema`, or a `schema` for the list of all.
 */
export const isSequence = ({ essence }: MediaType, content: ContentRule): boolean =>
  (content.items !== undefined ||
    (content.validate !== undefined && isArrayShape(content.shape))) &&
  readerOf(essence) !== undefined

/** The text of a sequence against the schema of its items and that of the whole. */
export function checkSequence(
  text: string,
  { essence }: MediaType,
  { items, validate }: ContentRule,
): readonly (Fault | Violation)[] {
  const values = readerOf(essence)!(text)
  if ('keyword' in values) return [values]
  if (values.length > ITEMS_MAX) return [TOO_MANY]
  const found: Violation[] = []
  if (items !== undefined) {
    for (const [index, value] of values.entries()) {
      // a thousand items have the work of one: each could be made to cost all that a body may
      for (const violation of items(value, FINDINGS_MAX - found.length, index > 0) ?? []) {
        found.push({ ...violation, pointer: `/${index}${violation.pointer}` })
      }
      if (found.length >= FINDINGS_MAX || found.at(-1)?.keyword === 'work') return found
    }
  }
  return [...found, ...(validate?.(values, FINDINGS_MAX - found.length) ?? [])]
}

/** What one body can make us do is limited by its length; this is for items of hardly any. */
const ITEMS_MAX = 100_000
const TOO_MANY: Fault = { keyword: 'sequence', detail: `must have at most ${ITEMS_MAX} items` }

/** At most one item more than there may be. */
type Reader = (text: string) => readonly unknown[] | Fault

const readerOf = (essence: string): Reader | undefined =>
  essence.endsWith('+json-seq')
    ? records
    : Object.hasOwn(READERS, essence)
      ? READERS[essence]
      : undefined

/** One JSON text in each line; a line with nothing in it is none. */
const lines: Reader = (text) =>
  each(text.split('\n').filter((line) => line !== '' && !/^[\t\r ]+$/.test(line)))

/**
 * RFC 7464 §2.2: record separator, JSON text, line feed. Without the line feed an item may be half of one
 * (§2.4), so there it is a fault.
 */
const records: Reader = (text) => {
  const [before, ...rest] = text.split('\u001e')
  const items = rest.filter((item) => item !== '')
  if (before !== '' || !items.every((item) => item.endsWith('\n'))) return NO_RECORDS
  return each(items)
}

const NO_RECORDS: Fault = {
  keyword: 'sequence',
  detail: 'must be JSON texts, each between a record separator and a line feed',
}

const READERS: Readonly<Record<string, Reader>> = {
  'application/jsonl': lines,
  'application/json-lines': lines,
  'application/x-jsonlines': lines,
  'application/ndjson': lines,
  'application/x-ndjson': lines,
  'application/json-seq': records,
  'text/event-stream': events,
}

function each(texts: readonly string[]): readonly unknown[] | Fault {
  const values: unknown[] = []
  for (const text of texts) {
    if (values.length > ITEMS_MAX) break
    const read = readJson(text)
    if ('keyword' in read) return { ...read, pointer: `/${values.length}` }
    values.push(read.value)
  }
  return values
}

/**
 * HTML §9.2.6: `data` put together from its lines, `event`, `id` and `retry`. Comments and other fields are
 * ignored, and so is an event without data, as whoever reads the stream ignores them. One that the text breaks
 * off is looked at: it should be ignored, too, and not every reader does.
 */
function events(text: string): readonly unknown[] {
  const found: unknown[] = []
  let event: Record<string, unknown> = {}
  for (const line of [...text.replace(/^\ufeff/, '').split(/\r\n|[\r\n]/), '']) {
    if (line !== '') note(event, line)
    else {
      if (typeof event['data'] === 'string' && event['data'] !== '') found.push(event)
      event = {}
      if (found.length > ITEMS_MAX) break
    }
  }
  return found
}

function note(event: Record<string, unknown>, line: string): void {
  const colon = line.indexOf(':')
  const name = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
  if (name === 'data') {
    event['data'] = typeof event['data'] === 'string' ? `${event['data']}\n${value}` : value
  } else if (name === 'event') event['event'] = value
  else if (name === 'id' && !value.includes('\0')) event['id'] = value
  else if (name === 'retry' && /^\d+$/.test(value)) event['retry'] = Number(value)
}
