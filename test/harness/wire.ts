import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A request as its bytes came over the wire. */
export interface WireRequest {
  /** `GET /a HTTP/1.1`, byte for byte. */
  readonly line: string
  readonly method: string
  readonly target: string
  /** In order of arrival, names as sent. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Chunks put together. */
  readonly body: Buffer
}

export interface Wire {
  readonly url: string
  /** Everything that arrived whole, oldest first. */
  readonly seen: WireRequest[]
  /** Request lines, as soon as something of the request has come. */
  readonly started: string[]
  /** Request lines whose request broke off before its end. */
  readonly broken: string[]
  /** Connections that are open now. */
  open(): number
  /** Closes every connection, as a server does with idle ones. */
  hangUp(): void
  stop(): Promise<void>
}

/** What an upstream does with a whole request. By default it answers `ok`. */
export type Behaviour = (request: WireRequest, socket: Socket) => void

export const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok'

/**
 * An upstream over a bare socket: nothing is tidied up between the gateway and who looks.
 *
 * @param onConnection what it does before there is a whole request
 */
export async function startWire(
  behave: Behaviour = (_, socket) => void socket.write(OK),
  onConnection: (socket: Socket) => void = () => undefined,
) {
  const wire: Pick<Wire, 'seen' | 'started' | 'broken'> = { seen: [], started: [], broken: [] }
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      if (bytes.length === 0) wire.started.push(firstLine(chunk))
      bytes = Buffer.concat([bytes, chunk])
      for (;;) {
        const one = take(bytes)
        if (one === undefined) return
        bytes = one.rest
        wire.seen.push(one.request)
        behave(one.request, socket)
      }
    })
    onConnection(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (bytes.length > 0) wire.broken.push(firstLine(bytes))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: Wire = {
    ...wire,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => sockets.size,
    hangUp: () => {
      for (const socket of sockets) socket.end()
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return upstream
}

/** All values of a field, in order. */
export function values({ fields }: WireRequest, name: string): readonly string[] {
  return fields
    .filter(([one]) => one.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value)
}

const firstLine = (bytes: Buffer): string => bytes.toString('latin1').split('\r\n', 1)[0]!

/** The first whole request in the bytes (RFC 9112 §6.3), and what follows it. */
function take(bytes: Buffer): { request: WireRequest; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const fields = lines.map((one) => {
    const colon = one.indexOf(':')
    return [one.slice(0, colon), one.slice(colon + 1).trim()] as const
  })
  const [method = '', target = ''] = line.split(' ')
  const head = { line, method, target, fields, body: Buffer.alloc(0) }
  const rest = bytes.subarray(end + 4)
  if (values(head, 'transfer-encoding').length > 0) {
    const whole = unchunked(rest)
    return whole && { request: { ...head, body: whole.body }, rest: rest.subarray(whole.length) }
  }
  const length = Number(values(head, 'content-length')[0] ?? 0)
  if (rest.length < length) return undefined
  return { request: { ...head, body: rest.subarray(0, length) }, rest: rest.subarray(length) }
}

/** RFC 9112 §7.1, without trailers. */
function unchunked(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    const end = line + 2 + size + 2
    if (bytes.length < end) return undefined
    if (size === 0) return { body: Buffer.concat(parts), length: end }
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = end
  }
}
