/**
 * The plain proxy route by hand: paths that two readers could read differently are refused, and so is what is
 * no order; hop-by-hop fields and those that only a gateway may set are removed, five are set; the upstream has 30 s
 * until its header fields; failures are answered. No trace is continued.
 */
import { refusal } from './refusal.ts'

export interface Env {
  readonly UPSTREAM_HOST: string
}

export const plain = {
  fetch(request, env) {
    const target = targetOf(request)
    return target instanceof Response ? target : forward(request, env, target, draft(request))
  },
} satisfies ExportedHandler<Env>

export const setRequestHeader = {
  fetch(request, env) {
    const target = targetOf(request)
    if (target instanceof Response) return target
    const headers = draft(request)
    headers.set('x-tenant', 'acme')
    return forward(request, env, target, headers)
  },
} satisfies ExportedHandler<Env>

export const setResponseHeader = {
  async fetch(request, env) {
    const target = targetOf(request)
    if (target instanceof Response) return target
    const answer = await forward(request, env, target, draft(request))
    const response = new Response(answer.body, answer)
    response.headers.set('x-tenant', 'acme')
    return response
  },
} satisfies ExportedHandler<Env>

/** Path and query, or why there is no route for them. */
export function targetOf({ method, url }: Request): string | Response {
  const target = url.slice(url.indexOf('/', 8))
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  if (AMBIGUOUS.test(path)) return refusal(400)
  const isRoute = method === 'POST' ? path === '/orders' : ORDER.test(path)
  if (!isRoute) return refusal(404)
  return method === 'GET' || method === 'POST' ? target : refusal(405)
}

/** The one copy of the client's fields, without those it may not say, with those we say. */
export function draft(request: Request): Headers {
  const headers = new Headers(request.headers)
  for (const token of headers.get('connection')?.split(',') ?? []) {
    if (TOKEN.test(token.trim())) headers.delete(token.trim())
  }
  headers.delete('connection')
  if (headers.has('upgrade')) headers.delete('upgrade')
  for (const name of request.headers.keys()) {
    if (REMOVED.has(name) || PREFIXED.test(name)) headers.delete(name)
  }
  const { clientIp = '' } = request.cf as { readonly clientIp?: string }
  const ip = clientIp.slice(0, clientIp.lastIndexOf(':'))
  const { url } = request
  const host = url.slice(url.indexOf('//') + 2, url.indexOf('/', 8))
  const node = ip.startsWith('[') ? `"${ip}"` : ip
  headers.set('x-request-id', crypto.randomUUID())
  headers.set('x-forwarded-for', ip.replace(/[[\]]/g, ''))
  headers.set('x-forwarded-host', host)
  headers.set('x-forwarded-proto', 'http')
  headers.set('forwarded', `for=${node};host="${host}";proto=http`)
  return headers
}

export async function forward(
  { method, body: arrived }: Request,
  { UPSTREAM_HOST }: Env,
  target: string,
  headers: Headers,
  body: BodyInit | null = arrived,
): Promise<Response> {
  try {
    const init: RequestInit = { method, headers, body, redirect: 'manual' }
    const response = await within(30_000, fetch(`http://${UPSTREAM_HOST}${target}`, init))
    if (response.status < 200 || response.status > 599) return refusal(502)
    // workerd takes `Connection` itself away, but not what it names
    const connection = response.headers.get('connection')
    if (connection === null || /^(close|keep-alive)$/i.test(connection)) return response
    const copy = new Response(response.body, response)
    for (const name of connection.split(',')) copy.headers.delete(name.trim())
    return copy
  } catch (error) {
    return refusal(error === LATE ? 504 : 502)
  }
}

/** A timer, and no signal: an `AbortController` costs more than everything else here. */
export function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(LATE), limitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const LATE = new Error('too late')
const ORDER = /^\/orders\/[^/]+$/
/** Dot segments, encoded or not, other slashes, control characters, broken escapes. */
const AMBIGUOUS = /%(2e|2f|5c|00)|[\\#]|\/\.{1,2}(\/|$)|%(?![0-9a-f]{2})/i
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
/** Fields by which somebody could lie to the upstream; CGI reads `X_User` as `X-User`. */
const PREFIXED = /^(x-forwarded-|cf-)|[^a-z0-9-]/
const REMOVED = new Set(
  `client-ip expect fastly-client-ip fly-client-ip forwarded http2-settings keep-alive proxy
   proxy-authenticate proxy-authorization proxy-connection te traceparent tracestate trailer
   transfer-encoding true-client-ip x-client-ip x-cluster-client-ip x-envoy-external-address x-forwarded
   x-http-method x-http-method-override x-method-override x-original-forwarded-for x-original-host
   x-original-method x-original-uri x-original-url x-originating-ip x-real-ip x-remote-addr x-remote-ip
   x-request-id x-rewrite-url`.split(/\s+/),
)
