import type { Exchange } from './exchange.ts'
import { problem } from './problem.ts'

/**
 * A client's body on its way to the upstream, chunk by chunk: who has to move next, and since when.
 *
 * When it breaks off (the client leaves, a policy refuses the rest), workerd would end the chunks as if it were
 * whole, and the upstream would take a part for everything. Only aborting the request tells it (RFC 9112 §8).
 */
export class Upload {
  readonly body: ReadableStream<Uint8Array>
  readonly signal: AbortSignal
  waitsFor: 'client' | 'upstream' = 'client'
  /** Milliseconds since 1970. */
  sinceMs = 0
  readonly #exchange: Exchange
  readonly #abort = new AbortController()
  readonly #reader: Reader

  /**
   * @param length in bytes, if it is certain; the upstream then gets a Content-Length, else chunks
   */
  constructor(exchange: Exchange, body: ReadableStream<Uint8Array>, length?: number) {
    const { readable, writable } =
      length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length)
    this.body = readable
    this.signal = this.#abort.signal
    this.#exchange = exchange
    this.#reader = length === undefined ? body.getReader() : new LargeReader(body, length)
    exchange.waitUntil(this.#pump(writable.getWriter()))
  }

  /** The upstream never takes what it has for everything, and nobody waits for the client any more. */
  abort(reason: string): void {
    this.#abort.abort(reason)
    void this.#reader.cancel(reason).catch(() => undefined)
  }

  async #pump(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    for (;;) {
      this.#waitFor('client')
      const part = await this.#reader.read().catch(() => undefined)
      if (this.signal.aborted) return
      if (part === undefined) return this.#brokenOff()
      this.#waitFor('upstream')
      try {
        if (part.done) {
          await writer.close()
          return this.#waitFor('upstream')
        }
        await writer.write(part.value)
      } catch (error) {
        // an upstream may answer without reading everything; its answer still counts
        return this.#reader.cancel(error)
      }
    }
  }

  #waitFor(who: Upload['waitsFor']): void {
    this.waitsFor = who
    this.sinceMs = this.#exchange.gateway.runtime.now()
  }

  #brokenOff(): void {
    // the client's fault, not the upstream's; whoever broke it off on purpose has said why
    this.#exchange.refusal ??= problem(this.#exchange, 'body-unreadable')
    this.abort('the request body broke off')
  }
}

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/** Reads as much as is there into one buffer, again and again: by itself workerd reads 4 KiB at a time. */
class LargeReader implements Reader {
  readonly #reader: ReadableStreamBYOBReader
  #buffer: ArrayBuffer

  constructor(body: ReadableStream<Uint8Array>, length: number) {
    this.#buffer = new ArrayBuffer(Math.min(length, READ_BYTES_MAX))
    this.#reader = body.getReader({ mode: 'byob' })
  }

  /** The bytes are good until the next call. */
  async read(): ReturnType<Reader['read']> {
    const { done, value } = await this.#reader.read(new Uint8Array(this.#buffer))
    if (done) return { done }
    this.#buffer = value.buffer
    return { done, value }
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }
}

const READ_BYTES_MAX = 64 * 1024
