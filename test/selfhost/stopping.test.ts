import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { document, writeFiles } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { serve, type Serving } from './serving.ts'

const files = {
  'routes.oas.json': document({ 'GET /open': {}, 'GET /slow': {} }),
  'wrangler.toml': '',
}
const REQUEST = (path: string) => `GET ${path} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`

let upstream: Wire
/** Answers the request to `/slow` that has reached the upstream. */
let finish: () => void
let reached: Promise<void>
const folder = writeFiles(files)
const running = new Set<Serving>()
let first: Started

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => {
    const answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
    if (target === '/slow') arrive(answer)
    else answer()
  })
  first = await start()
})
let arrive: (answer: () => void) => void
beforeEach(() => {
  reached = new Promise((resolve) => {
    arrive = (answer) => {
      finish = answer
      resolve()
    }
  })
})
afterAll(async () => {
  for (const one of running) one.process.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  await upstream.stop()
})

interface Started {
  readonly gateway: Serving
  readonly url: string
  readonly health: string
}

async function start(...flags: readonly string[]): Promise<Started> {
  const gateway = serve(folder, ['--upstream', upstream.url, '--health-port', '0', ...flags])
  running.add(gateway)
  const { url, healthUrl } = await gateway.event('started')
  return { gateway, url: String(url), health: String(healthUrl) }
}

async function ended(gateway: Serving): Promise<number | null> {
  const code = await gateway.ended
  running.delete(gateway)
  return code
}

const portOf = (url: string): number => Number(new URL(url).port)
const readiness = async (health: string) => {
  const response = await fetch(`${health}/readyz`)
  return [response.status, await response.json()]
}
const connected = (url: string): Promise<Socket> =>
  new Promise((done, fail) => {
    const socket = connect(portOf(url), '127.0.0.1', () => done(socket)).once('error', fail)
  })
/** Resolves when nobody listens there any more. */
async function free(port: number): Promise<void> {
  for (;;) {
    const isOpen = await new Promise((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen === false) return
  }
}

it('a second one with the same state does not start, nor on the same port, and both say what to do', async () => {
  const { url, gateway } = first
  const second = serve(folder, [])
  const third = serve(folder, ['--port', String(portOf(url))])
  expect([await second.ended, await third.ended]).toEqual([1, 1])
  expect((await second.event('ended'))['message']).toBe(
    `Another gateway runs with the state in '${join(folder, 'state/data')}'.\nEach of the two would hold keys and counts that the other does not see.\nStop that one, or name another folder: --state DIR.`,
  )
  const workerd = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(gateway.process.pid)])
  const pid = /(\d+) workerd/.exec(workerd.toString())![1]
  const port = portOf(url)
  expect((await third.event('ended'))['message']).toBe(
    `Port ${port} is in use by workerd, process ${pid}.\nTwo programs cannot listen on one port.\nkill ${pid}, or start with --port ${port + 1}.`,
  )
})

it('killed with kill -9 it leaves no workerd on the port, and starts again there with the same state', async () => {
  const { gateway, url } = first
  gateway.process.kill('SIGKILL')
  await free(portOf(url))
  await ended(gateway)
  first = await start('--drain', '3600', '--port', String(portOf(url)))
  expect(portOf(first.url)).toBe(portOf(url))
})

it('after SIGTERM it is not ready at once, serves new requests while it drains, and a second signal ends it', async () => {
  const { gateway, url, health } = first
  expect(await readiness(health)).toEqual([200, { status: 'ready' }])
  const guess = await fetch(`${health}/stopping`, { method: 'POST' })
  expect([guess.status, (await readiness(health))[0]]).toEqual([405, 200])
  gateway.process.kill('SIGTERM')
  expect((await gateway.event('stopping'))['message']).toBe('Stopping within 3610 s.')
  let state = await readiness(health)
  while (state[0] === 200) state = await readiness(health)
  expect(state).toEqual([503, { status: 'stopping' }])
  expect((await raw(url, REQUEST('/open'))).status).toBe(200)
  expect((await fetch(`${health}/healthz`)).status).toBe(200)
  gateway.process.kill('SIGTERM')
  expect(await ended(gateway)).toBe(130)
})

it('after draining, who is being served is served to the end, and who comes then gets no answer', async () => {
  const { gateway, url } = await start('--drain', '0.05', '--grace', '60')
  const underWay = raw(url, REQUEST('/slow'))
  await reached
  const idle = await connected(url)
  // one answer, so that workerd knows the connection
  await new Promise((done) => {
    idle.once('data', done)
    idle.write('GET /open HTTP/1.1\r\nHost: g\r\n\r\n')
  })
  const closed = new Promise((done) => idle.resume().once('close', done))
  gateway.process.kill('SIGTERM')
  // an idle connection is closed when the stopping begins: from now on none is accepted
  await closed
  const late = await connected(url)
  let heard = ''
  const gone = new Promise((done) => {
    late.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    late.on('error', () => undefined).once('close', done)
  })
  late.write(REQUEST('/open'))
  finish()
  const answer = await underWay
  expect([answer.status, answer.fields.get('connection')]).toEqual([200, 'close'])
  await gone
  expect(heard).toBe('')
  expect(await ended(gateway)).toBe(0)
})
