/**
 * What the code in `src/` uses of the Workers runtime, for the type check of the Node side, which loads
 * policies and handlers to read their options. The two full sets of types contradict each other.
 */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
  passThroughOnException(): void
}
declare class IdentityTransformStream {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}
declare class FixedLengthStream extends IdentityTransformStream {
  constructor(length: number | bigint)
}
interface Request {
  readonly cf?: unknown
}
