import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { eventually } from './eventually.ts'
import { startWire, type Wire } from '../harness/wire.ts'

let upstream: Wire
let gateway: Running
/** What the upstream writes without end; paused while nobody reads. */
const stream = (socket: Socket) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n')
  const more = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024))) continue
  }
  socket.on('drain', more)
  more()
}

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => {
    if (target === '/download') stream(socket)
    else if (target !== '/silent') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  gateway = await startGateway(
    {
      'policies.json': { log: { policy: 'access-log' } },
      'routes.oas.json': document(
        {
          'GET /download': {},
          'GET /silent': {},
          'GET /ok': {},
          'POST /upload': {},
        },
        { 'x-policies': ['log'] },
      ),
    },
    { upstream: upstream.url },
  )
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

function client(bytes: string): Socket {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(bytes)
  return socket
}

const ok = async (): Promise<string> =>
  (
    await raw(gateway.url, 'GET /ok HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n')
  ).body.toString()

/** Nothing stays behind: at most one idle connection, kept for the next request. */
const allClosed = () => eventually(() => expect(upstream.open()).toBeLessThanOrEqual(1))

it('stops the upstream when the client leaves in the middle of a download, and says so in the log', async () => {
  const socket = client('GET /download HTTP/1.1\r\nHost: g\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  socket.resetAndDestroy()
  await allClosed()
  await gateway.printed(/"path":"\/download".*"outcome":"cancelled"/)
  expect(await ok()).toBe('ok')
})

it.each([
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ['a length', 'Content-Length: 100\r\n\r\nhalf'],
])('the upstream never sees an upload in %s whole when the client leaves', async (_, rest) => {
  upstream.seen.length = 0
  upstream.started.length = 0
  upstream.broken.length = 0
  const socket = client(`POST /upload HTTP/1.1\r\nHost: g\r\n${rest}`)
  await eventually(() => expect(upstream.started).toContain('POST /upload HTTP/1.1'))
  socket.resetAndDestroy()
  await eventually(() => expect(upstream.broken).toEqual(['POST /upload HTTP/1.1']))
  expect(upstream.seen).toEqual([])
  expect(await ok()).toBe('ok')
})

it('lets go of the upstream when the client leaves before there is an answer', async () => {
  upstream.seen.length = 0
  const sockets = Array.from({ length: 20 }, () =>
    client('GET /silent HTTP/1.1\r\nHost: g\r\n\r\n'),
  )
  await eventually(() => expect(upstream.seen).toHaveLength(20))
  for (const socket of sockets) socket.resetAndDestroy()
  await allClosed()
  expect(await ok()).toBe('ok')
})

it('answers others while a client does not read', async () => {
  const socket = client('GET /download HTTP/1.1\r\nHost: g\r\n\r\n')
  socket.pause()
  expect(await ok()).toBe('ok')
  socket.resetAndDestroy()
  await allClosed()
})

it('answers others while clients send nothing, or half a request', async () => {
  const slow = [
    '',
    'GET /ok',
    'GET /ok HTTP/1.1\r\nHost: g\r\n',
    'POST /upload HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\nx',
  ]
  const sockets = Array.from({ length: 40 }, (_, i) => client(slow[i % slow.length]!))
  expect(await ok()).toBe('ok')
  for (const socket of sockets) socket.resetAndDestroy()
  await allClosed()
  expect(gateway.output()).not.toContain('"event":"failed"')
})
