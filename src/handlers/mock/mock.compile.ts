import type { Derive, DocumentNode } from '#gateway'
import { sample } from '../../openapi/sample/sample.ts'
import { serialize, serializeItem } from '../../openapi/sample/serialize.ts'
import type { MockBody, MockContent, MockResponse } from './mock.ts'
import { headersOf } from './mock-headers.ts'

interface Options {
  readonly status?: number
  readonly example?: string
}

/** Everything that the operation may answer, ready to be sent: no schema and no generator is in the Worker. */
const derive: Derive<Options> = ({ node }, options) => {
  const budget = { bytes: BYTES_MAX }
  const responses = node.get('responses')
  const statuses = (responses?.keys() ?? [])
    .filter((status) => /^(?:[2-5](?:\d\d|XX)|default)$/i.test(status))
    .toSorted((a, b) => rank(a).localeCompare(rank(b)))
  checkChoice(options, statuses)
  const derived = statuses.flatMap((status): MockResponse[] => {
    const response = responses!.get(status)
    if (response === undefined) return []
    const contents = contentsOf(response, budget)
    return [{ status: normal(status), headers: headersOf(response), contents }]
  })
  return { derived }
}

export default derive

/** Of one operation; the rest is left out, and a caller who asks for it is told so. */
const BYTES_MAX = 256 * 1024

interface Budget {
  bytes: number
}

const normal = (status: string): string =>
  /^default$/i.test(status) ? 'default' : status.toUpperCase()

/** What a caller without wishes gets is first: the lowest 2xx, `2XX`, `default`, then the others. */
function rank(status: string): string {
  const text = normal(status)
  if (text === 'default') return '3 default'
  return `${text.startsWith('2') ? 1 : 4} ${text.replace('XX', 'ZZ')}`
}

function checkChoice({ status }: Options, statuses: readonly string[]): void {
  if (status === undefined || statuses.length === 0) return
  const fits = new Set([String(status), `${String(status)[0]}XX`, 'default'])
  if (!statuses.map(normal).some((one) => fits.has(one))) {
    throw new Error(`the status ${status} is not described, only ${statuses.join(', ')}`)
  }
}

function contentsOf(response: DocumentNode, budget: Budget): readonly MockContent[] {
  const content = response.get('content')
  const contents = new Map<string, MockContent>()
  for (const range of content?.keys() ?? []) {
    const media = content!.get(range)
    const type = concrete(range)
    if (media === undefined || type === undefined || contents.has(type)) continue
    contents.set(type, { type, bodies: bodiesOf(media, type).map((one) => bounded(one, budget)) })
  }
  return [...contents.values()]
}

/** An answer has a whole media type; a range stands for the most likely one in it. */
function concrete(range: string): string | undefined {
  const type = range.trim().toLowerCase()
  const known = RANGES.get(type.split(';', 1)[0]!.trim()) ?? range.trim()
  if (!/^[^\s/;*]+\/[^\s/;*]+(?:;[\x20-\x7e]*)?$/.test(known)) return undefined
  return /^text\//i.test(known) && !/charset=/i.test(known) ? `${known};charset=utf-8` : known
}

const RANGES: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['text/*', 'text/plain'],
  ['image/*', 'image/png'],
  ['audio/*', 'audio/mpeg'],
  ['video/*', 'video/mp4'],
])

function bounded(body: MockBody, budget: Budget): MockBody {
  if ('missing' in body) return body
  const bytes = new TextEncoder().encode(body.text).byteLength
  if (bytes > budget.bytes) {
    return {
      name: body.name,
      missing: `The mock keeps at most ${BYTES_MAX / 1024} KiB of examples for an operation, and this one goes beyond.`,
    }
  }
  budget.bytes -= bytes
  return body
}

function bodiesOf(media: DocumentNode, type: string): readonly MockBody[] {
  const schema = media.get('schema')
  const isText = isTextSchema(schema)
  const examples = media.get('examples')
  const named = (examples?.keys() ?? []).flatMap((name): MockBody[] => {
    const example = examples!.get(name)
    return example === undefined ? [] : [bodyOf(name, example, type, isText)]
  })
  if (named.length > 0) return named
  const one = media.value as { readonly example?: unknown }
  if (one.example !== undefined) {
    return [{ name: '', text: serialize(referred(media) ?? one.example, type, isText) }]
  }
  const item = media.get('itemSchema')
  if (item !== undefined) return [{ name: '', text: serializeItem(sample(item), type) }]
  if (isBinary(type, schema)) return [{ name: '', text: '' }]
  const value = schema === undefined ? undefined : sample(schema)
  return [{ name: '', text: value === undefined ? '' : serialize(value, type, isText) }]
}

/** An Example Object. From OpenAPI 3.2 on it says apart what the data is and how it is written. */
function bodyOf(name: string, { value }: DocumentNode, type: string, isText: boolean): MockBody {
  const example = isRecord(value) ? value : { value }
  if (typeof example['serializedValue'] === 'string') {
    return { name, text: example['serializedValue'] }
  }
  for (const key of ['dataValue', 'value']) {
    if (Object.hasOwn(example, key)) {
      return { name, text: serialize(example[key], type, key === 'dataValue' || isText) }
    }
  }
  return 'externalValue' in example
    ? { name, missing: 'This example is kept outside the document, and the mock fetches nothing.' }
    : { name, text: serialize(value, type, isText) } // some leave the Example Object out
}

/** `example: { "$ref": … }` is not in the specification, and is found everywhere. */
function referred(media: DocumentNode): unknown {
  const example = (media.value as { readonly example?: unknown }).example
  if (!isRecord(example) || typeof example['$ref'] !== 'string') return undefined
  const found = media.get('example')?.value
  return isRecord(found) && 'value' in found ? found['value'] : found
}

function isTextSchema(schema: DocumentNode | undefined): boolean {
  const type = isRecord(schema?.value) ? schema.value['type'] : undefined
  return [type].flat().includes('string')
}

/** Nothing can be made up that a reader of images or archives would take. */
function isBinary(type: string, schema: DocumentNode | undefined): boolean {
  const format = isRecord(schema?.value) ? schema.value['format'] : undefined
  const isOpaque = /^(?:image|audio|video|font)\/|^application\/(?:octet-stream|pdf|zip|gzip)/i
  return format === 'binary' || (isOpaque.test(type) && !/[/+](?:json|xml)\b/i.test(type))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
