import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document, repository, type Running, startGateway } from '../harness/gateway.ts'
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

/** The example of a page: what it promises of one's own handlers is proved with it. */
function documented(page: string, name: string): string {
  const [, rest = ''] = readFileSync(join(repository, page), 'utf8').split(`\`\`\`ts ${name}\n`)
  return rest.split('```', 1)[0]!
}
const own = {
  'x-handler': { handler: 'beta', options: { stable: '$env.UPSTREAM', beta: '$env.UPSTREAM' } },
}

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => {
    if (target === '/download') stream(socket)
    else if (target === '/own/broken') {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    } else if (target !== '/silent') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  gateway = await startGateway(
    {
      'policies.json': {
        log: { policy: 'access-log' },
        small: { policy: 'body-limit', options: { limit: '10 B' } },
      },
      'handlers/beta.ts': documented('docs/handlers.md', 'handlers/beta.ts'),
      'routes.oas.json': document(
        {
          'GET /download': {},
          'GET /silent': {},
          'GET /ok': {},
          'POST /upload': {},
          'POST /own/upload': own,
          'POST /own/small': { ...own, 'x-policies': ['small'] },
          'GET /own/broken': own,
        },
        { 'x-policies': ['log'] },
      ),
    },
    { upstream: upstream.url, variables: { UPSTREAM: upstream.url } },
  )
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

/** What the upstream has seen so far. */
function forget(): void {
  for (const list of [upstream.seen, upstream.started, upstream.broken]) list.length = 0
}

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

describe.each([
  ['proxy', '/upload'],
  ['a handler of one’s own', '/own/upload'],
])('%s', (_, path) => {
  it.each([
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['a length', 'Content-Length: 100\r\n\r\nhalf'],
  ])('never shows an upload in %s as whole when the client leaves', async (_, rest) => {
    forget()
    const socket = client(`POST ${path} HTTP/1.1\r\nHost: g\r\n${rest}`)
    await eventually(() => expect(upstream.started).toContain(`POST ${path} HTTP/1.1`))
    socket.resetAndDestroy()
    await eventually(() => expect(upstream.broken).toEqual([`POST ${path} HTTP/1.1`]))
    expect(upstream.seen).toEqual([])
    expect(await ok()).toBe('ok')
  })
})

it('a handler of one’s own answers with the refusal of an upload half-way, which is never whole', async () => {
  forget()
  const head = 'POST /own/small HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n'
  const { status, body } = await raw(gateway.url, `${head}4\r\nhalf\r\n8\r\ntoo much\r\n`)
  expect([status, JSON.parse(body.toString())]).toMatchObject([413, { code: 'body-too-large' }])
  expect(upstream.seen).toEqual([])
})

it('tells the client of a download by a handler of one’s own that breaks off', async () => {
  const bytes = 'GET /own/broken HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n'
  const answer = await raw(gateway.url, bytes)
  expect(answer.fields.get('content-length')).toBe('100')
  expect([answer.status, answer.isComplete]).toEqual([200, false])
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
