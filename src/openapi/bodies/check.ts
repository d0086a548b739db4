import { type Fault, type Finding, ofBody } from '../finding.ts'
import type { Candidates } from '../parameters/read.ts'
import type { ContentRule } from '../rules.ts'
import type { Violation } from '../schema/violation.ts'
import { FORM, isJson, type MediaType, MULTIPART } from './media-type.ts'
import { multipartValues } from './multipart-form.ts'
import { textValue } from './read.ts'
import { checkSequence, isSequence } from './sequence.ts'
import { textOf } from './text.ts'

/** Whether bodies of this media type are read; of others only the media type itself is checked. */
export const isReadable = ({ essence }: MediaType): boolean =>
  isJson(essence) || essence === FORM || essence === MULTIPART || essence.startsWith('text/')

/** Whether there is anything to check in a body of this media type but the media type. */
export const isChecked = (type: MediaType, content: ContentRule): boolean =>
  isSequence(type, content) ||
  (isReadable(type) && (content.validate !== undefined || isJson(type.essence)))

/** Checks a body that is not encoded any more. */
export function checkBody(
  bytes: Uint8Array,
  type: MediaType,
  content: ContentRule,
): readonly Finding[] {
  if (!isChecked(type, content)) return []
  if (isSequence(type, content)) {
    const text = textOf(bytes, type)
    return ofBody(text === undefined ? [NOT_UTF8] : checkSequence(text, type, content))
  }
  const read = valuesOf(bytes, type, content)
  if ('keyword' in read) return ofBody([read])
  let first: readonly Violation[] | undefined
  for (const value of read.values) {
    const violations = content.validate?.(value) ?? null
    if (violations === null) return []
    first ??= violations
  }
  return ofBody(first ?? [])
}

function valuesOf(bytes: Uint8Array, type: MediaType, content: ContentRule): Candidates | Fault {
  const { essence, parameters } = type
  if (essence === MULTIPART) return multipartValues(bytes, parameters.get('boundary'), content)
  const text = textOf(bytes, type)
  return text === undefined ? NOT_UTF8 : textValue(text, content, essence)
}

const NOT_UTF8: Fault = { keyword: 'encoding', detail: 'must be UTF-8' }
