import { definePolicy, type Exchange, option, problem } from '#gateway'

export default definePolicy({
  summary: 'Refuses request bodies beyond a size, also while they are still arriving.',
  status: 'stable',
  options: { limit: option.bytes('The longest body that passes, as it is sent: not unpacked.') },
  setup({ limit }) {
    return {
      request(exchange) {
        const draft = exchange.upstreamRequest
        const { body } = draft
        if (body === null) return undefined
        const length = lengthOf(exchange, body)
        if (length === undefined) {
          draft.body = counted(exchange, body as ReadableStream<Uint8Array>, limit)
          return undefined
        }
        return length > limit ? tooLarge(exchange, limit) : undefined
      },
    }
  },
})

/**
 * What is known before a byte is read. HTTP's framing keeps a client to its Content-Length (RFC 9112 §6.3),
 * unless Transfer-Encoding overrides it; nothing keeps another part that dispatches a request.
 */
function lengthOf(
  { request, depth }: Exchange,
  body: ReadableStream<Uint8Array> | Uint8Array | string,
): number | undefined {
  if (typeof body === 'string') return new TextEncoder().encode(body).byteLength
  if (body instanceof Uint8Array) return body.byteLength
  const { headers } = request
  const announced = headers.get('content-length')
  const isFramed = depth === 0 && !headers.has('transfer-encoding') && body === request.body
  return isFramed && announced !== null && /^\d+$/.test(announced) ? Number(announced) : undefined
}

/**
 * Passes chunks on until there are too many bytes. The upstream then sees a request that breaks off, never a
 * whole one, and the client 413 in place of whatever the handler made of it.
 */
function counted(
  exchange: Exchange,
  body: ReadableStream<Uint8Array>,
  limit: number,
): ReadableStream<Uint8Array> {
  // made now, while it is known which policy is at work
  const refusal = tooLarge(exchange, limit)
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes <= limit) return controller.enqueue(chunk)
      exchange.refusal = refusal
      return controller.error(new Error('the request body is too large'))
    },
  })
  return body.pipeThrough(counter)
}

function tooLarge(exchange: Exchange, limit: number): Response {
  return problem(exchange, 'body-too-large', { detail: `At most ${limit} bytes are accepted.` })
}
