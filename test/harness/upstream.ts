import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came over the wire. */
export interface Seen {
  readonly method: string
  /** The request target, byte for byte. */
  readonly target: string
  /** In order of arrival, names as sent. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Upstream {
  readonly url: string
  /** Everything that arrived, oldest first. */
  readonly seen: Seen[]
  stop(): Promise<void>
}

export type Answer = (request: Seen, response: ServerResponse, incoming: IncomingMessage) => void

/** A real HTTP server on a free loopback port. By default it answers with what it received, as JSON. */
export async function startUpstream(answer: Answer = echo): Promise<Upstream> {
  const seen: Seen[] = []
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('error', () => undefined)
    response.on('error', () => undefined)
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const one: Seen = {
        method: incoming.method!,
        target: incoming.url!,
        rawHeaders: incoming.rawHeaders,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      }
      seen.push(one)
      answer(one, response, incoming)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function echo({ method, target, headers, body }: Seen, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ method, target, headers, body }))
}
