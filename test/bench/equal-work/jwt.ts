/**
 * `jwt-auth` by hand: the compact form, algorithm and type, the signature with a key that is imported once, `exp`
 * (required) and `nbf`, and a subject. The token goes upstream, as it does by default.
 */
import { draft, type Env, forward, targetOf } from './forward.ts'
import { refusal } from './refusal.ts'

export interface TokenEnv extends Env {
  readonly SECRET: string
  /** An EC key on P-256 as JWK. */
  readonly PUBLIC_KEY: string
}

export const hs256 = protectedBy('HS256', { name: 'HMAC' }, ({ SECRET }) =>
  crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(SECRET),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  ),
)

export const es256 = protectedBy('ES256', { name: 'ECDSA', hash: 'SHA-256' }, ({ PUBLIC_KEY }) =>
  crypto.subtle.importKey(
    'jwk',
    JSON.parse(PUBLIC_KEY) as JsonWebKey,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['verify'],
  ),
)

function protectedBy(
  alg: string,
  algorithm: SubtleCryptoSignAlgorithm,
  importKey: (env: TokenEnv) => Promise<CryptoKey>,
) {
  let key: CryptoKey | undefined
  return {
    async fetch(request, env) {
      const target = targetOf(request)
      if (target instanceof Response) return target
      const field = request.headers.get('authorization')
      if (field === null || !/^bearer /i.test(field)) return refused()
      key ??= await importKey(env)
      const isGood = await isValid(field.slice('Bearer '.length), alg, algorithm, key)
      if (!isGood) return refused('invalid_token')
      return forward(request, env, target, draft(request))
    },
  } satisfies ExportedHandler<TokenEnv>
}

async function isValid(
  token: string,
  alg: string,
  algorithm: SubtleCryptoSignAlgorithm,
  key: CryptoKey,
): Promise<boolean> {
  const [head, body, signature, ...more] = token.split('.')
  if (head === undefined || body === undefined || signature === undefined) return false
  if (more.length > 0) return false
  const header = read(head)
  const typ = String(header?.['typ'] ?? 'JWT').toLowerCase()
  // RFC 7515 §4.1.11: an extension that must be understood is not
  if (header?.['alg'] !== alg || !TYPES.test(typ) || 'crit' in header) return false
  const bytes = bytesOf(signature)
  if (bytes === undefined) return false
  const signed = new TextEncoder().encode(`${head}.${body}`)
  if (!(await crypto.subtle.verify(algorithm, key, bytes, signed))) return false
  const claims = read(body)
  if (claims === undefined) return false
  const { exp, nbf, sub } = claims
  const now = Date.now() / 1000
  if (!Number.isFinite(exp) || (exp as number) <= now) return false
  if (nbf !== undefined && !(Number.isFinite(nbf) && (nbf as number) <= now)) return false
  return typeof sub === 'string' && sub !== ''
}

/** An object of a token, undefined where it is none. */
function read(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = bytesOf(part)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function bytesOf(part: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(part, { alphabet: 'base64url' })
  } catch {
    return undefined
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TYPES = /^(application\/)?(jwt|at\+jwt)$/

/** RFC 6750 §3.1: no error is named to who brought nothing. */
const refused = (error?: string): Response =>
  refusal(401, { 'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"` })
