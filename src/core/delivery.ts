import type { Exchange } from './exchange.ts'

/**
 * Hands the answer on and tells when its body has ended. One native pass-through stream, shared by every
 * finish hook that asks for `response-end`: the bytes never enter JavaScript when the length is known. A body
 * of the upstream keeps its length, since only that tells a client of one that breaks off: workerd ends chunks
 * as if they were whole. A client that leaves ends it at once, however long the upstream is silent, where the
 * platform tells of it.
 */
export function observeEnd(
  exchange: Exchange,
  response: Response,
  ended: () => Promise<void>,
): Response {
  const { body } = response
  if (body === null) {
    exchange.delivery = { outcome: 'complete', bytes: 0 }
    exchange.waitUntil(ended())
    return response
  }
  const length = response.headers.get('content-length')
  const fixed = fixedLength(exchange, response)
  const { readable, writable } =
    fixed === undefined ? new IdentityTransformStream() : new FixedLengthStream(fixed)
  const { signal } = exchange
  const pumped =
    length === null
      ? count(body, writable, signal)
      : body.pipeTo(writable, { signal }).then(() => Number(length))
  exchange.waitUntil(
    pumped
      .then(
        (bytes) => (exchange.delivery = { outcome: 'complete', bytes }),
        (error: unknown) =>
          (exchange.delivery = {
            outcome: 'cancelled',
            bytes: error instanceof Cut ? error.bytes : undefined,
          }),
      )
      .then(ended),
  )
  return new Response(readable, response)
}

/** Not where a policy has put another body in its place, or where the bytes are packed: streams unpack them. */
function fixedLength({ passed }: Exchange, { body, headers }: Response): bigint | undefined {
  const length = passed?.headers.get('content-length') ?? ''
  const isSame = passed?.body === body && !headers.has('content-encoding')
  return isSame && /^\d+$/.test(length) ? BigInt(length) : undefined
}

/** Where the length is not announced the chunks have to be counted one by one. */
async function count(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const reader = body.getReader()
  const writer = writable.getWriter()
  let bytes = 0
  // ends a read that waits; the upstream is let go
  signal.addEventListener('abort', () => void reader.cancel(signal.reason).catch(() => undefined))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      await writer.write(value)
      bytes += value.byteLength
    }
    signal.throwIfAborted()
    await writer.close()
    return bytes
  } catch (error) {
    await Promise.allSettled([reader.cancel(error), writer.abort(error)])
    throw new Cut(bytes)
  }
}

class Cut extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super('the body was cut off')
    this.bytes = bytes
  }
}
