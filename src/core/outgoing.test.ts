import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { harness, problemOf } from '../../test/worker/harness.ts'
import { forward, outgoing } from './outgoing.ts'

const TIMEOUT_MS = 1_000

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 }))
afterEach(() => vi.useRealTimers())

/** Moves the clock, and lets everything happen that then may. */
const pass = async (durationMs: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0)
  await vi.advanceTimersByTimeAsync(durationMs)
}

/** A gateway that forwards, and an upstream that reads when told to and answers when told to. */
function forwarding(...timeout: [timeoutMs?: number]) {
  const asked: RequestInit[] = []
  const answered = Promise.withResolvers<Response>()
  const runtime = {
    now: () => Date.now(),
    fetch: (_: string, init: RequestInit = {}) => {
      asked.push(init)
      init.signal?.addEventListener('abort', () => answered.reject(new Error('aborted')))
      return answered.promise
    },
  }
  const one = harness({
    runtime,
    handle: (exchange) => forward(exchange, 'http://up.test/', ...timeout),
  })
  /** Takes what is there of the body. */
  const read = async () => {
    const reader = (asked[0]!.body as ReadableStream<Uint8Array>).getReader()
    const { done, value } = await reader.read()
    reader.releaseLock()
    return done ? undefined : value.byteLength
  }
  return { ...one, asked, read, answer: () => answered.resolve(new Response('ok')) }
}

/** A body that the client sends piece by piece. */
function client(length?: number) {
  const { readable, writable } = new IdentityTransformStream()
  const headers = length === undefined ? {} : { 'content-length': String(length) }
  const init: RequestInit = { method: 'POST', body: readable, headers }
  return { init, writer: writable.getWriter() }
}

it('gives the upstream 30 seconds where nothing else is said', async () => {
  const { fetch, logs } = forwarding()
  const response = fetch('/a')
  await pass(29_999)
  expect(logs).toEqual([])
  await pass(1)
  expect(await problemOf(await response)).toMatchObject({ status: 504, code: 'upstream-timeout' })
  expect(logs).toMatchObject([{ level: 'warn', event: 'upstream-timeout', timeoutMs: 30_000 }])
})

it('leaves no timer behind an answer', async () => {
  const { fetch, answer } = forwarding(TIMEOUT_MS)
  answer()
  expect((await fetch('/a')).status).toBe(200)
  await pass(0)
  expect(vi.getTimerCount()).toBe(0)
})

it('waits for ever when told so', async () => {
  const { fetch, answer } = forwarding(Number.POSITIVE_INFINITY)
  const response = fetch('/a')
  await pass(1_000_000_000)
  answer()
  expect((await response).status).toBe(200)
})

it.each([
  [8 * 1024, false],
  [8 * 1024 + 1, true],
])('watches no announced body up to 8 KiB: %d bytes, %s', async (length, isWatched) => {
  const { fetch, asked, answer } = forwarding(TIMEOUT_MS)
  answer()
  const { init } = client(length)
  await fetch('/a', init)
  expect(asked[0]!.signal !== undefined).toBe(isWatched)
})

it.each([undefined, 64 * 1024])(
  'an upload of length %s starts the clock anew with each chunk',
  async (length) => {
    const { fetch, read, answer } = forwarding(TIMEOUT_MS)
    const { init, writer } = client(length)
    const response = fetch('/a', init)
    for (let i = 0; i < 4; i++) {
      await pass(TIMEOUT_MS - 1)
      const written = writer.write(new Uint8Array(16 * 1024))
      await pass(0)
      for (let left = 16 * 1024; left > 0;) left -= (await read())!
      await written
    }
    await pass(TIMEOUT_MS - 1)
    void writer.close()
    expect(await read()).toBeUndefined()
    await pass(TIMEOUT_MS - 1)
    answer()
    expect((await response).status).toBe(200)
  },
)

it('answers 504 when the upstream has everything and says nothing, counted from the last byte', async () => {
  const { fetch, read, logs } = forwarding(TIMEOUT_MS)
  const { init, writer } = client()
  const response = fetch('/a', init)
  await pass(TIMEOUT_MS - 1)
  void writer.close()
  expect(await read()).toBeUndefined()
  await pass(TIMEOUT_MS - 1)
  expect(logs).toEqual([])
  await pass(1)
  expect(await problemOf(await response)).toMatchObject({ status: 504, code: 'upstream-timeout' })
})

it('answers 408 when the client is silent, and aborts what the upstream has', async () => {
  const { fetch, asked, logs, settled } = forwarding(TIMEOUT_MS)
  const { init } = client()
  const response = fetch('/a', init)
  await pass(TIMEOUT_MS)
  expect(await problemOf(await response)).toMatchObject({ status: 408, code: 'request-timeout' })
  expect(asked[0]!.signal!.aborted).toBe(true)
  expect(logs).toMatchObject([{ level: 'info', event: 'request-timeout', timeoutMs: TIMEOUT_MS }])
  await settled()
})

it('answers 504 when the upstream does not read', async () => {
  const { fetch, asked } = forwarding(TIMEOUT_MS)
  const { init, writer } = client()
  const response = fetch('/a', init)
  await pass(TIMEOUT_MS - 1)
  writer.write(new Uint8Array(1)).catch(() => undefined)
  await pass(TIMEOUT_MS)
  expect(await problemOf(await response)).toMatchObject({ status: 504, code: 'upstream-timeout' })
  expect(asked[0]!.signal!.aborted).toBe(true)
})

it('is not hurried by a clock that is set back', async () => {
  const { fetch, answer } = forwarding(TIMEOUT_MS)
  vi.setSystemTime(10_000)
  const { init } = client()
  const response = fetch('/a', init)
  await pass(0)
  vi.setSystemTime(0)
  await pass(TIMEOUT_MS)
  answer()
  expect((await response).status).toBe(200)
})

it('answers 502 when the upstream cannot be reached', async () => {
  const { fetch, logs } = harness({
    runtime: { fetch: () => Promise.reject(new Error('refused')) },
    handle: (exchange) => forward(exchange, 'http://up.test/'),
  })
  const response = await fetch('/a')
  expect(await problemOf(response)).toMatchObject({ status: 502, code: 'upstream-unreachable' })
  expect(logs).toMatchObject([{ level: 'warn', event: 'upstream-unreachable' }])
})

it.each([undefined, 64 * 1024])('hands over every byte in order, length %s', async (length) => {
  const sent = Uint8Array.from({ length: 64 * 1024 }, (_, i) => i % 251)
  const { fetch } = harness({
    runtime: { fetch: async (_, init) => new Response(init!.body) },
    handle: (exchange) => forward(exchange, 'http://up.test/'),
  })
  const headers = length === undefined ? {} : { 'content-length': String(length) }
  const response = await fetch('/a', { method: 'POST', body: sent, headers })
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(sent)
})

it('outgoing alone leaves an announced body to the platform, and watches another one', async () => {
  const inits: RequestInit[] = []
  const { fetch } = harness({
    handle: (exchange) => {
      inits.push(outgoing(exchange))
      return new Response('ok')
    },
  })
  for (const length of [64 * 1024, undefined]) await fetch('/a', client(length).init)
  expect(inits.map(({ signal }) => signal !== undefined)).toEqual([false, true])
})
