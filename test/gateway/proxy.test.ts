import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createHash } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw, type RawAnswer } from '../harness/raw.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

let echo: Upstream
let odd: HttpServer
let oddUrl: string
let silent: Server
let gateway: Running
/** What the odd upstream does at a path. */
const events: string[] = []
let onClosed = (): void => undefined

beforeAll(async () => {
  echo = await startUpstream()
  odd = createServer(answerOddly)
  oddUrl = await listen(odd)
  odd.on('upgrade', acceptWebSocket)
  silent = createTcpServer(() => undefined)
  const silentUrl = await listen(silent)
  const proxied = (options: Record<string, unknown>) => ({
    'x-handler': { handler: 'proxy', options },
  })
  gateway = await startGateway({
    'routes.oas.json': document(
      {
        'GET /echo/{rest+}': {},
        'POST /echo/{rest+}': {},
        'GET /slash/{name}': { 'x-encoded-slash': 'allow' },
        'GET /rewritten/{name}': proxied({ url: `${echo.url}/base/`, path: '/v2/{params.name}/x' }),
        'GET /few': proxied({ url: echo.url, headers: ['accept'], query: ['a'] }),
        'GET /odd/{what}': proxied({ url: oddUrl }),
        'POST /odd/{what}': proxied({ url: oddUrl }),
        'GET /silent': proxied({ url: silentUrl, timeout: '100ms' }),
        'GET /closed': proxied({ url: 'http://127.0.0.1:1' }),
      },
      { servers: [{ url: echo.url }] },
    ),
  })
})
afterAll(async () => {
  await gateway.stop()
  await echo.stop()
  odd.closeAllConnections()
  odd.close()
  silent.close()
})

function listen(server: Server | HttpServer): Promise<string> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  )
}

const packed = gzipSync('packed '.repeat(1000), { level: 1 })

const answerOddly: Parameters<typeof createServer>[1] = (request, response) => {
  const what = request.url!.split('/').at(-1)
  response.on('close', () => {
    events.push(`closed ${what}`)
    onClosed()
  })
  switch (what) {
    case 'gzip':
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length })
      return response.end(packed)
    case 'redirect':
      response.writeHead(302, { location: 'http://elsewhere.test/' })
      return response.end()
    case 'cookies':
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('connection', 'X-Hop')
      response.setHeader('x-hop', '1')
      return response.end('ok')
    case 'events':
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.write('data: one\n\n')
    case 'upload':
      response.writeHead(200)
      return request.once('data', (chunk: Buffer) => response.write(`got ${chunk.toString()}`))
    case 'nothing':
      return undefined
    case 'broken':
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      return setImmediate(() => request.socket.destroy())
    default:
      return response.end('ok')
  }
}

/** RFC 6455 §4.2.2, then echoes one unmasked text frame and closes. */
function acceptWebSocket(request: { headers: Record<string, unknown> }, socket: Socket): void {
  const key = String(request.headers['sec-websocket-key'])
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Seen: yes\r\n\r\n`,
  )
  socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]))
  socket.on('error', () => undefined)
}

const get = (target: string, headers: readonly string[] = []): Promise<RawAnswer> =>
  raw(
    gateway.url,
    [`GET ${target} HTTP/1.1`, 'Host: gateway.test', ...headers, 'Connection: close', '', ''].join(
      '\r\n',
    ),
  )

describe('path and query', () => {
  it.each([
    ['/echo/a/b?x=1&y=%20+z', '/echo/a/b?x=1&y=%20+z'],
    ['/echo/%61%2d?q=%2e%2e', '/echo/a-?q=%2e%2e'],
    ['/echo//x/', '/echo//x/'],
    ['/echo/a%3Fb', '/echo/a%3Fb'],
    ['/echo/a%23b', '/echo/a%23b'],
    ['/echo/a%25b', '/echo/a%25b'],
    ['/echo/a;x=1', '/echo/a;x=1'],
    ['/echo/caf%c3%a9', '/echo/caf%C3%A9'],
    ['/slash/a%2fb', '/slash/a%2Fb'],
    ['/echo/x?', '/echo/x?'],
    ['/echo/x?a=1?b=2', '/echo/x?a=1?b=2'],
  ])('%s reaches the upstream as %s', async (sent, received) => {
    echo.seen.length = 0
    expect((await get(sent)).status).toBe(200)
    expect(echo.seen.map(({ target }) => target)).toEqual([received])
  })

  it.each([
    '/echo/a%2fb',
    '/echo/%2e%2e/x',
    '/echo/..;/x',
    '/echo/a%5cb',
    '/slash/..%2fb',
    '/echo/%zz',
  ])('%s is refused and reaches nobody', async (sent) => {
    echo.seen.length = 0
    expect((await get(sent)).status).toBe(400)
    expect(echo.seen).toEqual([])
  })

  it('rewrites by template, a value staying one segment', async () => {
    echo.seen.length = 0
    await get('/rewritten/1%3Fx=1')
    expect(echo.seen[0]!.target).toBe('/base/v2/1%3Fx%3D1/x')
  })

  it('forwards only the listed headers and query parameters, and what the gateway says itself', async () => {
    echo.seen.length = 0
    await get('/few?a=1&b=2&%61=3', ['Accept: text/x', 'X-Own: 1'])
    const { target, headers } = echo.seen[0]!
    expect(target).toBe('/few?a=1&%61=3')
    expect(headers).toMatchObject({ accept: 'text/x', 'x-forwarded-for': '127.0.0.1' })
    expect(headers).not.toHaveProperty('x-own')
  })
})

it('sends no header of its own invention upstream', async () => {
  echo.seen.length = 0
  await get('/echo/x', ['Accept: text/x'])
  expect(Object.keys(echo.seen[0]!.headers).toSorted()).toEqual([
    'accept',
    'forwarded',
    'host',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-request-id',
  ])
})

it('passes compressed bodies byte for byte', async () => {
  const answer = await get('/odd/gzip', ['Accept-Encoding: gzip'])
  expect(answer.fields.get('content-encoding')).toBe('gzip')
  expect(answer.body.equals(packed)).toBe(true)
})

it('hands redirects to the client', async () => {
  const answer = await get('/odd/redirect')
  expect([answer.status, answer.fields.get('location')]).toEqual([302, 'http://elsewhere.test/'])
})

it('keeps repeated fields, and takes away those that Connection names', async () => {
  const answer = await get('/odd/cookies')
  expect(answer.head).toMatch(/set-cookie: a=1\r\nset-cookie: b=2/i)
  expect(answer.fields.has('x-hop')).toBe(false)
})

it('answers HEAD without a body, with the upstream seeing HEAD', async () => {
  echo.seen.length = 0
  const answer = await raw(
    gateway.url,
    'HEAD /echo/x HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
  )
  expect([answer.status, answer.body.length]).toEqual([200, 0])
  expect(echo.seen[0]!.method).toBe('HEAD')
})

describe('streams without buffering', () => {
  it('gives the first server-sent event while the second does not exist yet', async () => {
    const response = await fetch(`${gateway.url}/odd/events`)
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe('data: one\n\n')
    await reader.cancel()
  })

  it('sends the first part of an upload while the second does not exist yet', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.write(
      'POST /odd/upload HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n',
    )
    const text = await new Promise<string>((resolve) => {
      let received = ''
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString()
        if (received.includes('got one')) resolve(received)
      })
    })
    expect(text).toContain('HTTP/1.1 200')
    socket.destroy()
  })
})

it('passes WebSockets through', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/odd/socket`)
  const message = await new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(data)
    socket.onerror = () => reject(new Error('the socket failed'))
  })
  expect(message).toBe('hello')
  socket.close()
})

it('aborts the upstream request when the client resets the connection', async () => {
  events.length = 0
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.write('GET /odd/events HTTP/1.1\r\nHost: g\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve
  })
  socket.resetAndDestroy()
  await closed
  expect(events).toEqual(['closed events'])
})

describe('failures of the upstream', () => {
  const code = async (target: string) => {
    const { status, body } = await get(target)
    return [status, (JSON.parse(body.toString()) as { code: string }).code]
  }

  it('answers 504 when no response headers come in time', async () => {
    expect(await code('/silent')).toEqual([504, 'upstream-timeout'])
  })

  it('answers 502 when nobody listens', async () => {
    expect(await code('/closed')).toEqual([502, 'upstream-unreachable'])
  })

  it('cuts the answer off when the upstream breaks in the middle, and serves the next one', async () => {
    const answer = await get('/odd/broken')
    expect(answer.isComplete).toBe(false)
    expect((await get('/odd/ok')).status).toBe(200)
  })
})

it('forwards a body on POST and none on GET', async () => {
  echo.seen.length = 0
  const send = (method: string) =>
    raw(
      gateway.url,
      `${method} /echo/x HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc`,
    )
  expect((await send('POST')).status).toBe(200)
  expect((await send('GET')).status).toBe(200)
  expect(echo.seen.map(({ body }) => body)).toEqual(['abc', ''])
})

it('lets go of an upstream that takes too long', async () => {
  const open = await new Promise<() => boolean>((resolve) => {
    silent.once('connection', (socket) => {
      let isOpen = true
      socket.resume().once('close', () => (isOpen = false))
      socket.on('error', () => undefined)
      resolve(() => isOpen)
    })
    void get('/silent')
  })
  await vi.waitFor(() => expect(open()).toBe(false), { timeout: 5_000 })
})
