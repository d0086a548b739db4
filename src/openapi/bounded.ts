import { joined } from '../lib/joined.ts'

/** The beginning of a body and what is left of it; `rest` is there when the body is longer than wanted. */
export interface Read {
  readonly bytes: Uint8Array
  readonly rest?: ReadableStream<Uint8Array>
}

/** Reads a body up to a size. Of a longer one nothing is lost: `rest` begins with what was read. */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Read> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { bytes: joined(chunks, length) }
    chunks.push(value)
    length += value.byteLength
    if (length > bytesMax) return { bytes: new Uint8Array(), rest: replayed(chunks, reader) }
  }
}

function replayed(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const first = chunks.shift()
      if (first !== undefined) return controller.enqueue(first)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
