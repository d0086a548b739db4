import { type Exchange, problem } from '#gateway'

/**
 * The body to send. One whose length was not announced is watched: when it breaks off (the client leaves, a
 * policy refuses the rest), workerd would end the chunks as if it were whole, and the upstream would take a
 * part for everything. Only aborting the request tells it (RFC 9112 §8).
 */
export function upload(exchange: Exchange): Upload {
  const { body } = exchange.upstreamRequest
  const { request } = exchange
  if (!(body instanceof ReadableStream)) return { body }
  if (body === request.body && request.headers.has('content-length')) return { body }
  const { readable, writable } = new IdentityTransformStream()
  const abort = new AbortController()
  const brokenOff = () => {
    // the client's fault, not the upstream's; whoever broke it off on purpose has said why
    exchange.refusal ??= problem(exchange, 'body-unreadable')
    abort.abort(BROKEN_OFF)
  }
  exchange.waitUntil(pump(body, writable, brokenOff))
  return { body: readable, signal: abort.signal }
}

export interface Upload {
  readonly body: ReadableStream<Uint8Array> | Uint8Array | string | null
  /** Only for a body that is watched: a signal costs more than the rest of a plain request. */
  readonly signal?: AbortSignal
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
