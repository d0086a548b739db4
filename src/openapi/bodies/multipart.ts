import type { Fault } from '../finding.ts'
import { type MediaType, mediaType } from './media-type.ts'
import { utf8 } from './text.ts'

/** One part of `multipart/form-data` (RFC 7578). */
export interface Part {
  readonly name: string
  readonly isFile: boolean
  /** Absent where the part says nothing: then it is text (RFC 7578 §4.4). */
  readonly type: MediaType | undefined
  readonly bytes: Uint8Array
}

/** More parts than a form has; a limit for what one body can make us do. */
const PARTS_MAX = 1000
const HEAD_BYTES_MAX = 8 * 1024

/**
 * Cuts a body into its parts, as strictly as its strictest reader: what servers disagree about (text before
 * the first part, bare line feeds, a name twice, transfer encodings) is refused.
 *
 * @returns a fault, and never half of the parts
 */
export function readMultipart(bytes: Uint8Array, boundary: string): readonly Part[] | Fault {
  if (!/^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/.test(boundary)) return malformed('a boundary')
  const delimiter = ascii(`\r\n--${boundary}`)
  // the first one has no line before it
  if (!startsWith(bytes, delimiter.subarray(2), 0)) return malformed('its first boundary')
  const parts: Part[] = []
  for (let at = delimiter.length - 2; ;) {
    if (isDash(bytes, at)) return isEnd(bytes, at + 2) ? parts : malformed('nothing after its end')
    if (!isLineEnd(bytes, at)) return malformed('a line end after each boundary')
    if (parts.length === PARTS_MAX) return malformed(`at most ${PARTS_MAX} parts`)
    const next = find(bytes, delimiter, at)
    if (next < 0) return malformed('its last boundary')
    const part = readPart(bytes.subarray(at + 2, next))
    if ('keyword' in part) return part
    parts.push(part)
    at = next + delimiter.length
  }
}

const malformed = (what: string): Fault => ({
  keyword: 'multipart',
  detail: `must be multipart/form-data with ${what}`,
})

function readPart(bytes: Uint8Array): Part | Fault {
  const end = find(bytes.subarray(0, HEAD_BYTES_MAX), BLANK_LINE, 0)
  if (end < 0) return malformed('fields before each part')
  const fields = fieldsOf(bytes.subarray(0, end))
  const disposition = fields?.get('content-disposition')
  const [, name, isFile] = DISPOSITION.exec(disposition ?? '') ?? []
  if (fields === undefined || name === undefined) return malformed('one name for each part')
  if (!/^(7bit|8bit|binary)?$/i.test(fields.get('content-transfer-encoding') ?? '')) {
    return malformed('no transfer encoding (RFC 7578 §4.7)')
  }
  const field = fields.get('content-type')
  const type = field === undefined ? undefined : mediaType(field)
  if (field !== undefined && type === undefined) return malformed('whole media types')
  return {
    name,
    isFile: isFile !== undefined,
    type,
    bytes: bytes.subarray(end + BLANK_LINE.length),
  }
}

/** `name` first and once, then perhaps `filename`; `filename*` must not be used (RFC 7578 §4.2). */
const DISPOSITION = /^form-data; ?name="([^"\\\r\n]*)"(; ?filename="(?:[^"\\\r\n]|\\.)*")?$/i

function fieldsOf(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>()
  const text = utf8(bytes)
  for (const line of text?.split('\r\n') ?? []) {
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined || fields.has(name.toLowerCase()))
      return undefined
    fields.set(name.toLowerCase(), value.trim())
  }
  return text === undefined ? undefined : fields
}

// oxlint-disable-next-line no-control-regex -- RFC 9110 §5.5 has none in a field
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const BLANK_LINE = ascii('\r\n\r\n')

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (startsWith(bytes, wanted, at)) return at
  }
  return -1
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

const isDash = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x2d && bytes[at + 1] === 0x2d
const isLineEnd = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x0d && bytes[at + 1] === 0x0a
const isEnd = (bytes: Uint8Array, at: number): boolean =>
  bytes.length === at || (bytes.length === at + 2 && isLineEnd(bytes, at))
