import type { Exchange } from './exchange.ts'
import { problem } from './problem.ts'

/**
 * What `runtime.fetch` needs to send the draft on: `runtime.fetch(url, outgoing(exchange))`. Redirects are handed
 * on, not followed. The body stays a stream and can be sent once.
 *
 * A body whose length was not announced is watched: when it breaks off (the client leaves, a policy refuses the
 * rest), workerd would end the chunks as if it were whole, and the upstream would take a part for everything.
 * Only aborting the request tells it (RFC 9112 §8). The fetch then rejects; a handler need not catch that: the
 * refusal that the client has to see is the exchange's.
 */
export function outgoing(exchange: Exchange): RequestInit {
  const { method, headers, body } = exchange.upstreamRequest
  const init: RequestInit = { method, headers, body, redirect: 'manual' }
  // RFC 9110 §9.3.1: content in GET has no meaning, and `fetch` refuses to send it
  if (method === 'GET' || method === 'HEAD') init.body = null
  else if (body instanceof ReadableStream && !isFramed(exchange)) watch(exchange, body, init)
  return init
}

/**
 * Whether it is still the client's body, of an announced length: HTTP itself then tells one that breaks off. Beside
 * chunks a length says nothing (RFC 9112 §6.3).
 */
function isFramed({ request, upstreamRequest }: Exchange): boolean {
  const { headers, body } = request
  return (
    upstreamRequest.body === body &&
    headers.has('content-length') &&
    !headers.has('transfer-encoding')
  )
}

/** Only where it is needed: a signal costs more than the rest of a plain request. */
function watch(exchange: Exchange, body: ReadableStream<Uint8Array>, init: RequestInit): void {
  const { readable, writable } = new IdentityTransformStream()
  const abort = new AbortController()
  const brokenOff = () => {
    // the client's fault, not the upstream's; whoever broke it off on purpose has said why
    exchange.refusal ??= problem(exchange, 'body-unreadable')
    abort.abort(BROKEN_OFF)
  }
  exchange.waitUntil(pump(body, writable, brokenOff))
  init.body = readable
  init.signal = abort.signal
}

async function pump(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  brokenOff: () => void,
): Promise<void> {
  const reader = body.getReader()
  const writer = writable.getWriter()
  for (;;) {
    const part = await reader.read().catch(() => undefined)
    if (part === undefined) return brokenOff()
    try {
      if (part.done) return await writer.close()
      await writer.write(part.value)
    } catch (error) {
      // an upstream may answer without reading everything; its answer still counts
      return reader.cancel(error)
    }
  }
}

const BROKEN_OFF = 'the request body broke off'
