import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { OK, startWire, type Wire } from '../harness/wire.ts'
import { eventually } from './eventually.ts'

/** What each path's upstream sends before it falls silent for good. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  '/nothing': '',
  '/chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  '/length': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
}

let upstream: Wire
let gateway: Running

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => void socket.write(BEGINNINGS[target] ?? OK))
  const limit = (mode: string) => ({
    policy: 'concurrency-limit',
    options: { limit: 1, by: 'route', lease: '1h', mode },
  })
  gateway = await startGateway(
    {
      'policies.json': {
        log: { policy: 'access-log' },
        strict: limit('strict'),
        local: limit('local'),
      },
      'routes.oas.json': document({
        'GET /strict/{path}': { 'x-policies': ['strict'], ...below },
        'GET /local/{path}': { 'x-policies': ['local'], ...below },
        'POST /logged/{path}': { 'x-policies': ['log'], ...below },
      }),
    },
    { upstream: upstream.url },
  )
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
})
beforeEach(() => void (upstream.seen.length = upstream.started.length = 0))

const below = { 'x-handler': { handler: 'proxy', options: { path: '/{params.path}' } } }

it.each(['strict', 'local'].flatMap((mode) => Object.keys(BEGINNINGS).map((path) => [mode, path])))(
  'a client that resets frees its place and lets go of a silent upstream: %s %s',
  async (mode, path) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`GET /${mode}${path} HTTP/1.1\r\nHost: g\r\n\r\n`)
    await eventually(() => expect(upstream.seen).toHaveLength(1))
    if (path !== '/nothing') await new Promise((resolve) => socket.once('data', resolve))
    const status = async () => (await fetch(`${gateway.url}/${mode}/ok`)).status
    expect(await status()).toBe(429)
    socket.resetAndDestroy()
    await eventually(async () => expect(await status()).toBe(200))
    await eventually(() => expect(upstream.open()).toBeLessThanOrEqual(1))
    expect(gateway.output()).not.toContain('"event":"failed"')
  },
)

it.each([
  ['has sent everything', 'Content-Length: 2\r\n\r\nhi'],
  ['is in the middle of an upload', 'Content-Length: 9\r\n\r\nhalf'],
  ['is in the middle of a large upload', 'Content-Length: 99999\r\n\r\nhalf'],
  ['is in the middle of chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('a client that resets before there is an answer has a line, with 499: %s', async (_, rest) => {
  const before = lines().length
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST /logged/nothing HTTP/1.1\r\nHost: g\r\n${rest}`)
  await eventually(() => expect(upstream.started).toEqual(['POST /nothing HTTP/1.1']))
  socket.resetAndDestroy()
  await eventually(() =>
    expect(lines().slice(before)).toMatchObject([
      { route: 'POST /logged/{path}', status: 499, outcome: 'cancelled', bytes: 0 },
    ]),
  )
  await eventually(() => expect(upstream.open()).toBeLessThanOrEqual(1))
})

it('never failed inside', () => {
  expect(gateway.output()).not.toContain('"event":"failed"')
})

const lines = (): unknown[] =>
  gateway
    .output()
    .split('\n')
    .filter((line) => line.includes('"event":"access"'))
    .map((line) => JSON.parse(line) as unknown)
