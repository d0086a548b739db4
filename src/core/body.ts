import { joined } from '../lib/joined.ts'
import type { Exchange } from './exchange.ts'
import { described } from './log.ts'
import { Refusal, refuse } from './problem.ts'

/** The whole request body, at most `requestBodyBytesMax` long. Puts what it read into the draft. */
export async function readBody(exchange: Exchange): Promise<Uint8Array> {
  const draft = exchange.upstreamRequest
  if (draft.body === null) return new Uint8Array()
  const bytesMax = exchange.settings.requestBodyBytesMax
  const announced = Number(exchange.request.headers.get('content-length') ?? 0)
  if (announced > bytesMax) tooLarge(exchange, bytesMax)
  const bytes = isFramed(exchange)
    ? new Uint8Array(await exchange.request.arrayBuffer().catch(unreadable(exchange)))
    : await collect(exchange, new Response(draft.body).body!.getReader(), bytesMax)
  draft.body = bytes
  return bytes
}

/**
 * Whether HTTP keeps the body to the length it announces (RFC 9112 §6.3): then the platform can read it in one
 * go, which costs half as much as chunk by chunk. A part that dispatches a request may announce anything.
 */
function isFramed({ request, upstreamRequest, depth }: Exchange): boolean {
  const { headers, body } = request
  return (
    depth === 0 &&
    upstreamRequest.body === body &&
    /^\d+$/.test(headers.get('content-length') ?? '') &&
    !headers.has('transfer-encoding')
  )
}

const unreadable =
  (exchange: Exchange) =>
  (error: unknown): never => {
    if (exchange.refusal !== undefined) throw new Refusal(exchange.refusal)
    exchange.log.info('body-unreadable', described(error))
    return refuse(exchange, 'body-unreadable')
  }

async function collect(
  exchange: Exchange,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(unreadable(exchange))
    if (done) break
    length += value.byteLength
    if (length > bytesMax) {
      await reader.cancel().catch(() => undefined)
      tooLarge(exchange, bytesMax)
    }
    chunks.push(value)
  }
  return joined(chunks, length)
}

/** 413 with the limit, so that a caller knows what would have passed. */
export function tooLarge(exchange: Exchange, bytesMax: number): never {
  refuse(exchange, 'body-too-large', { detail: `At most ${bytesMax} bytes are accepted.` })
}
