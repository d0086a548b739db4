import type { Env } from './runtime.ts'

/** Who is at the other end of the connection. */
export interface Client {
  /** IPv4 or IPv6 address, without port, zone and brackets. `''` where the platform does not tell. */
  readonly ip: string
  readonly protocol: 'http' | 'https'
  /** What the client asked for: host name, and port where it is not the default. */
  readonly host: string
}

/** Tells the client of a request. One per host, chosen once by a binding, never by which header is present. */
export type ClientOf = (request: Request) => Client

/** Whether an address belongs to a listed proxy. */
export type IsTrusted = (ip: string) => boolean

/** Whether this is one's own machine: told by a binding that `dev` and `serve` set, absent on Cloudflare. */
export const isLocal = (env: Env): boolean => env['CARDEA_PLATFORM'] === 'workerd'

/**
 * @param isTrustedProxy of `trustedProxies` in `gateway.json`; nobody is trusted without it. Only on one's
 * own machine: on Cloudflare the platform itself tells the address.
 */
export function clientSource(env: Env, isTrustedProxy: IsTrusted | undefined): ClientOf {
  if (!isLocal(env)) return onCloudflare
  return isTrustedProxy === undefined ? onSocket : behindProxy(isTrustedProxy)
}

const onCloudflare: ClientOf = (request) => ({
  ip: request.headers.get('cf-connecting-ip') ?? '',
  ...addressed(request),
})

const onSocket: ClientOf = (request) => ({ ip: socketAddress(request), ...addressed(request) })

/** The last hop that is not ours; with a trusted proxy in front its word on protocol and host counts, too. */
function behindProxy(isTrusted: IsTrusted): ClientOf {
  return (request) => {
    const socket = socketAddress(request)
    const direct = addressed(request)
    if (!isTrusted(socket)) return { ip: socket, ...direct }
    const { headers } = request
    const hops = (headers.get('x-forwarded-for') ?? '').split(',').map(bareAddress).filter(Boolean)
    const protocol = headers.get('x-forwarded-proto')
    return {
      ip: known(hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? socket),
      protocol: protocol === 'https' || protocol === 'http' ? protocol : direct.protocol,
      host: headers.get('x-forwarded-host') ?? direct.host,
    }
  }
}

/**
 * A proxy that cannot tell says `unknown` (RFC 7239 §6.2). What is no address is nobody's, also where it would change
 * what stands around it in `Forwarded`; the hop before it is only the client's word.
 */
const known = (hop: string): string => (/^[0-9A-Fa-f:.]+$/.test(hop) ? hop : '')

function addressed(request: Request): Pick<Client, 'protocol' | 'host'> {
  const protocol = request.url.startsWith('https:') ? 'https' : 'http'
  const start = protocol.length + 3
  return { protocol, host: request.url.slice(start, request.url.indexOf('/', start)) }
}

/** workerd tells the peer as `ip:port`, IPv6 in brackets. */
function socketAddress(request: Request): string {
  const { clientIp } = (request.cf ?? {}) as { clientIp?: unknown }
  return typeof clientIp === 'string' ? bareAddress(clientIp) : ''
}

/** `1.2.3.4:5`, `[::1]:5`, `fe80::1%eth0`, ` 1.2.3.4 ` → the address alone. */
function bareAddress(text: string): string {
  const trimmed = text.trim()
  const bracketed = /^\[([^\]]*)\]/.exec(trimmed)?.[1]
  const address =
    bracketed ?? (/^[^:]*:\d+$/.test(trimmed) ? trimmed.replace(/:\d+$/, '') : trimmed)
  return address.replace(/%.*$/, '')
}
