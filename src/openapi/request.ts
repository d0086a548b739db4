import type { Exchange } from '../core/exchange.ts'
import { problem } from '../core/problem.ts'
import { checkBody, isChecked } from './bodies/check.ts'
import { contentFor, mediaType } from './bodies/media-type.ts'
import { type Finding, ofBody } from './finding.ts'
import type { BodyRule, ContentRule } from './rules.ts'

/** What a body was found to be: findings for the caller to mend, or an answer that ends it. */
export type BodyVerdict = readonly Finding[] | Response

/**
 * Checks the body that will go upstream. One that nobody here can read (a picture, an archive) is not read and
 * streams on; only its media type is checked.
 *
 * @param rule undefined: the operation describes no body
 * @param refusesUnknown whether a body that is not described is one too many
 */
export function checkRequestBody(
  exchange: Exchange,
  rule: BodyRule | undefined,
  refusesUnknown: boolean,
): BodyVerdict | Promise<BodyVerdict> {
  const { body, headers } = exchange.upstreamRequest
  if (body === null) return rule?.required ? MISSING : NONE
  const field = headers.get('content-type')
  const type = field === null ? undefined : mediaType(field)
  const content = type && rule && contentFor(type, rule.contents)
  if (type === undefined || content === undefined) {
    return refusesUnknown ? unknownBody(exchange, rule) : NONE
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') return encoded(exchange)
  if (!isChecked(type, content)) return NONE
  return sentBytes(exchange).then((bytes) => {
    if (bytes.length === 0) return rule!.required ? MISSING : NONE
    return checkBody(bytes, type, content)
  })
}

const NONE: readonly Finding[] = []
const MISSING = ofBody([{ keyword: 'required', detail: 'is missing' }])
const UNEXPECTED = ofBody([{ keyword: 'unknown', detail: 'is not expected by this operation' }])

/** The bytes that will go upstream: a policy before may have put others in place of those that arrived. */
export async function sentBytes(exchange: Exchange): Promise<Uint8Array> {
  const read = await exchange.body()
  const { body } = exchange.upstreamRequest
  if (typeof body === 'string') return new TextEncoder().encode(body)
  return body instanceof Uint8Array ? body : read
}

async function unknownBody(exchange: Exchange, rule: BodyRule | undefined): Promise<BodyVerdict> {
  const isEmpty = (await sentBytes(exchange)).length === 0
  if (isEmpty) return rule?.required ? MISSING : NONE
  return rule === undefined ? UNEXPECTED : unsupported(exchange, rule)
}

/** RFC 9110 §15.5.16: `Accept` in the answer says what would have been accepted. */
export function unsupported(exchange: Exchange, { contents }: BodyRule): Response {
  const ranges = [...new Set(contents.map(written))]
  return problem(exchange, 'media-type-unsupported', {
    detail: `Send ${ranges.join(' or ')}, and say so in Content-Type.`,
    headers: { accept: ranges.join(', ') },
  })
}

/** A key of `content` as a caller has to send it. */
const written = ({ range, parameters = {} }: ContentRule): string =>
  [range, ...Object.entries(parameters).map(([name, value]) => `${name}=${quoted(value)}`)].join(
    '; ',
  )

/** RFC 9110 §5.6.6: a token, or a quoted string. */
const quoted = (value: string): string =>
  /^[!#$%&'*+\-.^_`|~\w]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`

/** What is packed cannot be checked, and two unpackers may disagree about it. */
export function encoded(exchange: Exchange): Response {
  return problem(exchange, 'encoding-unsupported', {
    detail: 'Send the body without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  })
}
