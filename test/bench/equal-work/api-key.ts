/**
 * `api-key` by hand: the key from `X-API-Key` or as bearer, its form, then what KV has under its SHA-256. That is
 * remembered for ten seconds, which is how fast the gateway hears of a revoked key. The key does not go upstream.
 */
import { draft, type Env, forward, targetOf } from './forward.ts'
import { refusal } from './refusal.ts'

export interface KeyEnv extends Env {
  readonly KEYS: KVNamespace
}

export const apiKey = {
  async fetch(request, env) {
    const target = targetOf(request)
    if (target instanceof Response) return target
    const key = await authenticate(request, env)
    if (key instanceof Response) return key
    return forward(request, env, target, keyless(request))
  },
} satisfies ExportedHandler<KeyEnv>

/** The id of a key that may be used now. Synchronous while it is remembered. */
export function authenticate(
  { headers }: Request,
  { KEYS }: KeyEnv,
): string | Response | Promise<string | Response> {
  const field = headers.get('x-api-key')
  const bearer = headers.get('authorization')
  const other = bearer?.startsWith('Bearer cardea_') ? bearer.slice('Bearer '.length) : null
  if (field !== null && other !== null && field !== other) return refusal(400)
  const text = field ?? other
  if (text === null) return refused(undefined)
  if (!FORM.test(text)) return refused('invalid_token')
  const known = remembered.get(text)
  if (known !== undefined && known.untilMs > Date.now()) return verdict(known.stored)
  return lookUp(text, KEYS)
}

/** The draft without the key. */
export function keyless(request: Request): Headers {
  const headers = draft(request)
  headers.delete('x-api-key')
  if (headers.get('authorization')?.startsWith('Bearer cardea_')) headers.delete('authorization')
  return headers
}

interface Stored {
  readonly key: { readonly id: string; readonly status: string; readonly expiresMs: number | null }
  readonly consumer: { readonly status: string }
}

const remembered = new Map<string, { readonly stored: Stored; readonly untilMs: number }>()
const FORM = /^cardea_(live|test)_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/
const REMEMBERED_MS = 10_000
const REMEMBERED_MAX = 10_000

async function lookUp(text: string, keys: KVNamespace): Promise<string | Response> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hash = new Uint8Array(digest).toBase64({ alphabet: 'base64url', omitPadding: true })
  const stored = await keys.get<Stored>(`k:${hash}`, 'json')
  if (stored === null) return refused('invalid_token')
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(text, { stored, untilMs: Date.now() + REMEMBERED_MS })
  return verdict(stored)
}

function verdict({ key, consumer }: Stored): string | Response {
  const isActive = key.status === 'active' && consumer.status === 'active'
  const isOver = key.expiresMs !== null && key.expiresMs <= Date.now()
  return isActive && !isOver ? key.id : refused('invalid_token')
}

/** RFC 6750 §3: no error is named to who brought nothing. */
const refused = (error: string | undefined): Response =>
  refusal(401, {
    'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"`,
  })
