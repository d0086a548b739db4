import type { Runtime } from '#gateway'

/** Where keys are: a JWK Set's own URL, or the issuer, whose metadata tells it. */
export interface Location {
  readonly kind: 'jwks' | 'issuer'
  readonly url: string
}

/** @throws Error with the reason, for the log */
export async function findKeySet(
  { kind, url }: Location,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<unknown> {
  return fetchJson(kind === 'jwks' ? url : await discover(url, runtime, signal), runtime, signal)
}

/** Over TLS, or without ever leaving the machine. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** Asks at the places of OpenID Connect Discovery §4 and RFC 8414 §3, in this order. */
async function discover(issuer: string, runtime: Runtime, signal: AbortSignal): Promise<string> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const places = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
  let failure: unknown
  for (const place of places) {
    try {
      return keySetUrl(await fetchJson(place, runtime, signal), issuer)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

function keySetUrl(metadata: unknown, issuer: string): string {
  const { issuer: said, jwks_uri: url } = (metadata ?? {}) as Readonly<Record<string, unknown>>
  // RFC 8414 §3.3: identical, or the metadata is somebody else's
  if (said !== issuer) throw new Error('the metadata is of another issuer')
  if (typeof url !== 'string' || !isSafeUrl(url)) throw new Error('`jwks_uri` is not an https URL')
  if (issuer.startsWith('https:') && !url.startsWith('https:')) {
    throw new Error('`jwks_uri` leads from https to http')
  }
  return url
}

async function fetchJson(url: string, runtime: Runtime, signal: AbortSignal): Promise<unknown> {
  const response = await runtime.fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  return JSON.parse(await readText(response, url))
}

async function readText({ body }: Response, url: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += (chunk as Uint8Array).byteLength
    if (bytes > DOCUMENT_BYTES_MAX) {
      throw new Error(`${url} answered with more than ${DOCUMENT_BYTES_MAX} bytes`)
    }
    text += decoder.decode(chunk as Uint8Array, { stream: true })
  }
  return text + decoder.decode()
}

const DOCUMENT_BYTES_MAX = 262_144

/** `URL` has already brought every spelling of an IPv4 address into its dotted form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
