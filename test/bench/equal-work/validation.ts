/**
 * `request-validation` of a JSON body by hand: the media type, no content coding, at most 1 MiB, UTF-8, one
 * reading (no name twice in an object), then the schema, by code that Ajv made of it before (`#order`). What was
 * read goes upstream.
 */
import { validate } from '#order'
import { authenticate, keyless } from './api-key.ts'
import { draft, type Env, forward, targetOf } from './forward.ts'
import { type LimitEnv, takeLeased, underLimit } from './rate-limit.ts'
import { refusal } from './refusal.ts'

export const validation = {
  async fetch(request, env) {
    const target = targetOf(request)
    if (target instanceof Response) return target
    const body = await validBody(request)
    return body instanceof Response ? body : forward(request, env, target, draft(request), body)
  },
} satisfies ExportedHandler<Env>

/** Behind a key and its limit, in the order of the row. */
export const everything = {
  async fetch(request, env) {
    const target = targetOf(request)
    if (target instanceof Response) return target
    const found = authenticate(request, env)
    const key = found instanceof Promise ? await found : found
    if (key instanceof Response) return key
    return underLimit(takeLeased(key, env), async () => {
      const body = await validBody(request)
      return body instanceof Response ? body : forward(request, env, target, keyless(request), body)
    })
  },
} satisfies ExportedHandler<LimitEnv>

async function validBody(request: Request): Promise<ArrayBuffer | Response> {
  const { headers } = request
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) return refusal(415)
  if (headers.get('content-encoding') !== null) return refusal(415)
  if (Number(headers.get('content-length') ?? Number.NaN) > BYTES_MAX) return refusal(413)
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength > BYTES_MAX) return refusal(413)
  const read = readJson(bytes)
  return read !== undefined && validate(read.value) ? bytes : refusal(400)
}

/** Undefined for what is not UTF-8, not JSON, or may be read in two ways. */
function readJson(bytes: ArrayBuffer): { readonly value: unknown } | undefined {
  try {
    const text = decoder.decode(bytes)
    const value: unknown = JSON.parse(text)
    return hasNameTwice(text) ? undefined : { value }
  } catch {
    return undefined
  }
}

const JSON_TYPE = /^application\/json\s*(;|$)/i
const BYTES_MAX = 1_048_576
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Of a text that `JSON.parse` takes, where a colon outside of a text follows a name, and nothing else. */
function hasNameTwice(json: string): boolean {
  const open: Set<string>[] = []
  TOKENS.lastIndex = 0
  for (let found = TOKENS.exec(json); found !== null; found = TOKENS.exec(json)) {
    const [token, name] = found
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (name !== undefined) {
      const plain = name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name
      const names = open.at(-1)!
      if (names.has(plain)) return true
      names.add(plain)
    }
  }
  return false
}

/** A brace, a name with its colon, or another text, which is passed over. */
const TOKENS = /[{}]|"((?:[^"\\]|\\.)*)"\s*:|"(?:[^"\\]|\\.)*"/g
