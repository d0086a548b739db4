import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'

/** For a machine that has other work; it is only spent where something fails. */
const PATIENCE = { timeout: 10_000 }
const LIMIT = 65_536

/** What the upstream saw of a request's body: how many bytes, and whether it was whole. */
interface Received {
  readonly target: string
  bytes: number
  end: 'open' | 'whole' | 'broken off'
}

let received: Received[] = []
let onData: () => void = () => undefined
let upstream: Server
let gateway: Running

beforeAll(async () => {
  upstream = createServer((incoming, response) => {
    const one: Received = { target: incoming.url!, bytes: 0, end: 'open' }
    received.push(one)
    incoming.on('data', (chunk: Buffer) => {
      one.bytes += chunk.length
      onData()
    })
    incoming.on('error', () => undefined)
    incoming.on('close', () => {
      one.end = incoming.complete ? 'whole' : 'broken off'
      if (incoming.complete) response.end(String(one.bytes))
    })
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  gateway = await startGateway(
    {
      'policies.json': {
        log: { policy: 'access-log' },
        small: { policy: 'body-limit', options: { limit: '64 KiB' } },
      },
      'routes.oas.json': document({ 'POST /upload': {} }, { 'x-policies': ['log', 'small'] }),
    },
    { upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
  )
})
afterAll(async () => {
  await gateway.stop()
  upstream.closeAllConnections()
  upstream.close()
})
beforeEach(() => {
  received = []
  onData = () => undefined
})

interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * Sends chunks as `Transfer-Encoding: chunked`, the next one when the socket takes it.
 *
 * @param isEnded false leaves the body open after the last chunk
 */
function upload(chunks: Iterable<Buffer> | AsyncIterable<Buffer>, isEnded = true): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${gateway.url}/upload`, { method: 'POST', agent: false })
    let isAnswered = false
    outgoing.on('response', (response: IncomingMessage) => {
      isAnswered = true
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => {
        outgoing.destroy()
        resolve({ status: response.statusCode!, body })
      })
    })
    // after the answer the gateway may close while there is more to send
    outgoing.on('error', (error) => (isAnswered ? undefined : reject(error)))
    const send = async () => {
      for await (const chunk of chunks) {
        if (isAnswered || outgoing.destroyed) return
        await new Promise<void>((taken) => outgoing.write(chunk, () => taken()))
      }
      if (isEnded) outgoing.end()
    }
    void send()
  })
}

function* repeated(bytes: number, count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(bytes, 'x')
}

const upstreamHas = (bytes: number) =>
  new Promise<void>((resolve) => {
    onData = () => received[0]!.bytes >= bytes && resolve()
  })

it('passes a chunked upload of exactly the limit', async () => {
  expect(await upload(repeated(LIMIT / 8, 8))).toEqual({ status: 200, body: String(LIMIT) })
  expect(received).toMatchObject([{ bytes: LIMIT, end: 'whole' }])
})

it('answers 413 to a chunked upload of one byte more, which the upstream never sees whole', async () => {
  const arrived = upstreamHas(LIMIT)
  async function* chunks(): AsyncGenerator<Buffer> {
    yield* repeated(LIMIT / 8, 8)
    await arrived
    yield Buffer.from('x')
  }
  const answer = await upload(chunks())
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.body)).toMatchObject({
    code: 'body-too-large',
    detail: 'At most 65536 bytes are accepted.',
    policy: 'small',
  })
  await vi.waitFor(
    () => expect(received).toMatchObject([{ bytes: LIMIT, end: 'broken off' }]),
    PATIENCE,
  )
})

it('answers 413 while the client is still sending', async () => {
  expect((await upload([...repeated(LIMIT, 1), Buffer.from('x')], false)).status).toBe(413)
})

it('stops an upload without end; who does not listen while sending may only see the connection close', async () => {
  const ended = await upload(repeated(LIMIT, 100_000)).catch(({ code }: NodeJS.ErrnoException) => ({
    status: code,
  }))
  expect([413, 'ECONNRESET', 'EPIPE']).toContain(ended.status)
  expect(received.filter(({ bytes, end }) => bytes > LIMIT || end === 'whole')).toEqual([])
})

it('logs the refusal as what the client was answered', async () => {
  await upload([...repeated(LIMIT, 1), Buffer.from('x')])
  await gateway.printed(/"event":"access".*"status":413.*"outcome":"complete"/)
})

let posts = 0

const post = (fields: readonly string[], body: string) => {
  posts++
  const head = [`POST /upload?${posts} HTTP/1.1`, 'Host: a', ...fields, 'Connection: close']
  return raw(gateway.url, [...head, '', body].join('\r\n'))
}

/** What came of the last `post`: an earlier upload that was refused may still be on its way. */
const posted = () => received.filter(({ target }) => target === `/upload?${posts}`)

it('answers 413 to a length that is announced too large, and the upstream hears nothing', async () => {
  expect((await post([`Content-Length: ${LIMIT + 1}`], '')).status).toBe(413)
  expect(posted()).toEqual([])
})

it('tells the upstream when a client leaves in the middle of a chunked upload', async () => {
  const outgoing = request(`${gateway.url}/upload`, { method: 'POST', agent: false })
  outgoing.on('error', () => undefined)
  const arrived = upstreamHas(1)
  outgoing.write('x')
  await arrived
  outgoing.destroy()
  // not the first upload that ends: that may be a late one of the test before
  await vi.waitFor(
    () => expect(received).toMatchObject([{ bytes: 1, end: 'broken off' }]),
    PATIENCE,
  )
})

it('counts the chunks, whatever Content-Length says beside them (RFC 9112 §6.3)', async () => {
  const size = LIMIT + 1
  const chunked = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`
  for (const fields of [
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Transfer-Encoding: Chunked', 'Content-Length: 5'],
  ]) {
    expect((await post(fields, chunked)).status).toBe(413)
    expect(posted().filter(({ end }) => end === 'whole')).toEqual([])
  }
})

it.each(['5, 5', '+5', '-1', '0x5', '5 5'])(
  'lets nothing pass whose Content-Length is %j: workerd itself refuses it',
  async (length) => {
    const { status } = await post([`Content-Length: ${length}`], 'x'.repeat(LIMIT + 1))
    expect(status).toBe(500)
    expect(posted()).toEqual([])
  },
)

it('takes an empty Content-Length for a body of no bytes, as the framing does', async () => {
  await post(['Content-Length: '], 'x'.repeat(LIMIT + 1))
  expect(posted()).toMatchObject([{ bytes: 0, end: 'whole' }])
})
