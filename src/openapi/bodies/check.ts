import { type Fault, type Finding, ofBody } from '../finding.ts'
import type { Candidates } from '../parameters/read.ts'
import type { ContentRule } from '../rules.ts'
import type { Violation } from '../schema/violation.ts'
import { FORM, isJson, isUtf8, type MediaType, MULTIPART } from './media-type.ts'
import { multipartValues } from './multipart-form.ts'
import { utf8 } from './multipart.ts'
import { textValue } from './read.ts'

/** Whether bodies of this media type are read; of others only the media type itself is checked. */
export const isReadable = ({ essence }: MediaType): boolean =>
  isJson(essence) || essence === FORM || essence === MULTIPART || essence.startsWith('text/')

/** Checks a body that is not encoded any more. */
export function checkBody(
  bytes: Uint8Array,
  type: MediaType,
  content: ContentRule,
): readonly Finding[] {
  if (content.validate === undefined && !isJson(type.essence)) return []
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
  const text = isUtf8(type) ? utf8(bytes) : undefined
  return text === undefined ? NOT_UTF8 : textValue(text, content, essence)
}

const NOT_UTF8: Fault = { keyword: 'encoding', detail: 'must be UTF-8' }
