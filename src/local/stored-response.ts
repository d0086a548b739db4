import type { Field } from './freshness.ts'

/** The head of a response as it was put: names in lower case. */
export interface Head {
  readonly status: number
  readonly statusText: string
  readonly fields: readonly Field[]
}

/**
 * Reads the head of what workerd sends for `cache.put`: an HTTP/1.1 message (RFC 9112 §4), whose body follows as it is,
 * without the chunks that its `Transfer-Encoding` may speak of.
 *
 * @returns the head, and what of the body had come with it
 * @throws Error when it is no such message, or its head is larger than 64 KiB
 */
export async function readHead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ readonly head: Head; readonly rest: Uint8Array }> {
  let seen = new Uint8Array()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error('the response ended within its head')
    seen = concat(seen, value)
    const end = endOfHead(seen)
    if (end !== undefined) return { head: parsed(seen.subarray(0, end)), rest: seen.subarray(end) }
    if (seen.length > HEAD_BYTES_MAX) throw new Error('the head of the response is too large')
  }
}

const HEAD_BYTES_MAX = 64 * 1024
const CR = 0x0d
const LF = 0x0a

/** Index after the empty line. */
function endOfHead(bytes: Uint8Array): number | undefined {
  for (let i = bytes.indexOf(CR); i !== -1; i = bytes.indexOf(CR, i + 1)) {
    if (bytes[i + 1] === LF && bytes[i + 2] === CR && bytes[i + 3] === LF) return i + 4
  }
  return undefined
}

function parsed(bytes: Uint8Array): Head {
  // field values are bytes, not UTF-8 (RFC 9110 §5.5); the Headers class speaks of them as ISO-8859-1
  const [start = '', ...lines] = String.fromCharCode(...bytes).split('\r\n')
  const [, status, statusText = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(start) ?? []
  if (status === undefined) throw new Error('the response has no status line')
  const fields = lines.filter(Boolean).map((line): Field => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(status), statusText, fields }
}

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** What a request wants of a stored response of `bytes`. */
export type Part =
  | { readonly kind: 'whole' }
  | { readonly kind: 'unchanged' }
  /** Both inclusive. */
  | { readonly kind: 'range'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' }

/** RFC 9110 §13.2.2: `If-None-Match` before `If-Modified-Since`, and `Range` only when neither holds. */
export function partOf(request: Headers, stored: Headers, bytes: number): Part {
  if (isUnchanged(request, stored)) return { kind: 'unchanged' }
  const range = request.get('range')
  // a part of something compressed could not be expanded
  if (range === null || stored.has('content-encoding') || !mayRange(request, stored)) return WHOLE
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(range.trim()) ?? []
  // several ranges, other units: a server may ignore them (RFC 9110 §14.2)
  if (from === undefined || to === undefined || (from === '' && to === '')) return WHOLE
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from)
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (from !== '' && to !== '' && Number(to) < Number(from)) return WHOLE
  return first > last ? { kind: 'unsatisfiable' } : { kind: 'range', first, last }
}

const WHOLE: Part = { kind: 'whole' }

function isUnchanged(request: Headers, stored: Headers): boolean {
  const tags = request.get('if-none-match')
  const etag = stored.get('etag')
  if (tags !== null) {
    if (etag === null) return false
    return (
      tags.trim() === '*' || (tags.match(ENTITY_TAG) ?? []).some((tag) => weak(tag) === weak(etag))
    )
  }
  const since = Date.parse(request.get('if-modified-since') ?? '')
  return Date.parse(stored.get('last-modified') ?? '') <= since
}

/** RFC 9110 §13.1.5: strong comparison; a date only when it is exactly the stored one. */
function mayRange(request: Headers, stored: Headers): boolean {
  const condition = request.get('if-range')?.trim()
  if (condition === undefined) return true
  if (condition.startsWith('W/')) return false
  return condition === stored.get(condition.startsWith('"') ? 'etag' : 'last-modified')
}

/** RFC 9110 §8.8.3. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
const weak = (tag: string): string => tag.replace(/^W\//, '')
