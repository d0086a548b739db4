import { checkBody, isReadable } from './bodies/check.ts'
import { contentFor, MULTIPART, type MediaType, mediaType } from './bodies/media-type.ts'
import { type Finding, ofBody, ofParameter } from './finding.ts'
import type { ContentRule, ResponseRule } from './rules.ts'

/** The rule for a status: the status itself, its class, or the default (OpenAPI 3.2 §4.16). */
export function responseFor(
  status: number,
  responses: readonly ResponseRule[],
): ResponseRule | undefined {
  const text = String(status)
  return responses.find(
    (one) => one.status === text || one.status === `${text[0]}XX` || one.status === 'default',
  )
}

export const undescribed: readonly Finding[] = ofParameter({ in: 'status' }, [
  { keyword: 'unknown', detail: 'is not one that the operation describes' },
])

/** What can be done about a body. */
export type BodyPlan =
  | { readonly findings: readonly Finding[] }
  /** To be read and checked. */
  | { readonly type: MediaType; readonly content: ContentRule }

const NOTHING: BodyPlan = { findings: [] }

/**
 * Decides by the fields alone. Streams (`text/event-stream`, lists of JSON texts) have no end to wait for; what
 * nobody here can read is not read.
 */
export function planBody({ headers, status }: Response, { contents }: ResponseRule): BodyPlan {
  const field = headers.get('content-type')
  if (contents === undefined || contents.length === 0) {
    return field === null ? NOTHING : { findings: UNDESCRIBED }
  }
  const type = field === null ? undefined : mediaType(field)
  const content = type && contentFor(type, contents)
  if (type === undefined || content === undefined) return { findings: UNKNOWN }
  // RFC 9110 §15.3.7: a part of a body is no body
  if (status === 206 && headers.has('content-range')) return NOTHING
  if (STREAMS.has(type.essence) || !isReadable(type) || type.essence === MULTIPART) return NOTHING
  return content.validate === undefined ? NOTHING : { type, content }
}

const STREAMS = new Set(['text/event-stream'])

const UNKNOWN = ofBody([
  { keyword: 'contentType', detail: 'has a media type that the response does not have' },
])
const UNDESCRIBED = ofBody([{ keyword: 'unknown', detail: 'is not described for this status' }])

export const checkResponseBody = (
  bytes: Uint8Array,
  { type, content }: { readonly type: MediaType; readonly content: ContentRule },
): readonly Finding[] => checkBody(bytes, type, content)
