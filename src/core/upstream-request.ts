import type { Client } from './client.ts'
import type { Exchange } from './exchange.ts'
import { refuse } from './problem.ts'

/**
 * What the handler will send: the one mutable draft of a request. Path and query are canonical and in the
 * gateway's own coordinates; the `proxy` handler puts origin and base path before them.
 */
export interface UpstreamRequest {
  method: string
  /** Starts with `/`. */
  path: string
  /** Empty, or starts with `?`. */
  query: string
  readonly headers: Headers
  body: ReadableStream<Uint8Array> | Uint8Array | string | null
}

/**
 * One copy of what arrived, without what was meant for this hop or is for us to say, plus what we say. On
 * every route, also an open one, so that no upstream can be lied to about who is calling.
 */
export function draft(exchange: Exchange): UpstreamRequest {
  const { request, client } = exchange
  const { isLocal } = exchange.gateway
  let headers = new Headers(request.headers)
  // one walk, because to ask for a field that is not there costs as much as a step of it
  for (const name of request.headers.keys()) {
    if (isOurs(name) || (isLocal && name.startsWith('cf-'))) {
      headers = without(name, headers, exchange)
    }
  }
  headers.set('x-request-id', exchange.id)
  headers.set('x-forwarded-for', client.ip)
  headers.set('x-forwarded-host', client.host)
  headers.set('x-forwarded-proto', client.protocol)
  headers.set('forwarded', forwarded(client))
  const { via } = exchange.settings
  if (via !== undefined) sayVia(exchange, headers, via)
  return {
    method: request.method,
    path: exchange.path,
    query: exchange.query,
    headers,
    body: request.body,
  }
}

/** The draft's fields after one that is for us to judge. */
function without(name: string, headers: Headers, exchange: Exchange): Headers {
  switch (name) {
    case 'connection':
      removeHopByHop(headers)
      return headers
    case 'upgrade':
      if (!isHandshake(exchange.request, exchange.gateway.isLocal)) headers.delete(name)
      return headers
    case 'traceparent':
      if (exchange.trace === undefined) headers.delete(name)
      else headers.set(name, exchange.trace.header)
      return headers
    case 'tracestate': // W3C Trace Context §3.3.1: worth nothing without its parent
      if (exchange.trace === undefined) headers.delete(name)
      return headers
    default:
      headers.delete(name)
      return ASCII.test(name) ? headers : ofAscii(headers)
  }
}

/** RFC 9110 §7.6.1: this field, and what it names, end here. */
export function removeHopByHop(headers: Headers): void {
  for (const token of (headers.get('connection') ?? '').split(',')) {
    const name = token.trim().toLowerCase()
    // the one field that may stay; it has rules of its own
    if (name !== 'upgrade' && FIELD_NAME.test(name)) headers.delete(name)
  }
  headers.delete('connection')
}

/**
 * RFC 9110 §7.6.3: each hop adds the protocol it received and its name. Whose name is there already has sent
 * the request to itself.
 */
function sayVia(exchange: Exchange, headers: Headers, name: string): void {
  const said = headers.get('via')
  const isThere = said !== null && received(said).includes(name)
  if (!isThere) headers.append('via', `${protocolOf(exchange.request)} ${name}`)
  // a part that dispatches may hand on what it had from here
  else if (exchange.depth === 0) refuse(exchange, 'loop-detected')
}

/** The names in a `Via`, in lower case: the second word of each member, comments left out. */
function received(via: string): readonly (string | undefined)[] {
  const members = via
    .toLowerCase()
    .replace(/\([^()]*\)/g, '')
    .split(',')
  return members.map((member) => member.trim().split(/[ \t]+/)[1])
}

/** Cloudflare tells it, as `HTTP/2`. On one's own machine it is HTTP/1.1. */
function protocolOf({ cf }: Request): string {
  const { httpProtocol } = (cf ?? {}) as { readonly httpProtocol?: unknown }
  return typeof httpProtocol === 'string' ? httpProtocol.replace('HTTP/', '') : '1.1'
}

/**
 * `websocket` is the one protocol that we switch to; workerd writes `Connection` itself. RFC 6455 §4.1: a
 * handshake is a GET. An upstream that switches for another method, or for a version or a lack of a key that
 * workerd then refuses, would be spoken to by nobody. Cloudflare's edge looks at the key itself.
 */
const isHandshake = ({ method, headers }: Request, isLocal: boolean): boolean =>
  method === 'GET' &&
  headers.get('upgrade')?.toLowerCase() === 'websocket' &&
  (headers.get('sec-websocket-version') ?? '13').trim() === '13' &&
  (!isLocal || headers.has('sec-websocket-key'))

/** A name that is not ASCII cannot be deleted: names are read as UTF-8 and taken as Latin-1. */
const ofAscii = (headers: Headers): Headers =>
  new Headers([...headers].filter(([name]) => ASCII.test(name)))

/**
 * What a client may not say to an upstream, or not without a look at it. A name with another character than letter, digit and hyphen is
 * dropped, too (as nginx does): CGI servers read `X_User` and `X.User` as `X-User`.
 */
function isOurs(name: string): boolean {
  return MANAGED.has(name) || MANAGED_OR_ALIAS.test(name)
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const ASCII = /^[\x21-\x7e]+$/
const MANAGED_OR_ALIAS = /[^a-z0-9-]|^x-(?:forwarded|envoy)-/
const MANAGED = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  // RFC 9440 §2: whoever ends TLS says whose certificate it was
  'client-cert',
  'client-cert-chain',
  'client-ip',
  'connection',
  // who waits for `100 Continue` waits for us, not for the upstream
  'expect',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'forwarded-for',
  'front-end-https',
  'http2-settings',
  'keep-alive',
  // CGI hands it to programs as HTTP_PROXY
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'remote-user',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forward-for',
  'x-forwarded',
  'x-host',
  // the policies that ran are those of the method that came
  'x-http-host-override',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Next.js passes over its own middleware (CVE-2025-29927)
  'x-middleware-subrequest',
  'x-nf-client-connection-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-method',
  'x-original-path',
  'x-original-uri',
  'x-original-url',
  'x-originating-ip',
  'x-override-url',
  'x-proxyuser-ip',
  'x-real-host',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-remote-user',
  'x-request-id',
  'x-rewrite-path',
  'x-rewrite-url',
  'x-scheme',
  'x-url-scheme',
  'x-vercel-forwarded-for',
])

/** RFC 7239 §4: an IPv6 address stands in brackets and quotes, and so does a host with a port. */
function forwarded({ ip, host, protocol }: Client): string {
  const node = ip === '' ? 'unknown' : ip.includes(':') ? `"[${ip}]"` : ip
  return `for=${node};host="${host.replace(/["\\]/g, '')}";proto=${protocol}`
}
