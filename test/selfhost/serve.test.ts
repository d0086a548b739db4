import { rmSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, writeFiles } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { certificate, getTls, serve, type Serving } from './serving.ts'

let upstream: Wire
/** Called when a request has reached the upstream. */
let arrived: (head: string, finish: () => void) => void = (_, finish) => finish()
const folders: string[] = []
const running = new Set<Serving>()

beforeAll(async () => {
  upstream = await startWire((request, socket) => {
    const finish = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
    arrived(JSON.stringify(request), finish)
  })
})
afterAll(async () => {
  for (const one of running) one.process.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  await upstream.stop()
})

const files = {
  'routes.oas.json': document({ 'GET /open': {}, 'GET /guarded': { 'x-policies': ['token'] } }),
  'policies.json': {
    token: { policy: 'bearer-token', options: { tokens: { root: '$env.ROOT_TOKEN' } } },
  },
  'wrangler.toml': '[secrets]\nrequired = ["ROOT_TOKEN"]\n',
}
const TOKEN = 'the-root-token-of-this-test-0123456789'

function house(): string {
  const folder = writeFiles(files)
  folders.push(folder)
  return folder
}

async function started(
  folder: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly gateway: Serving; readonly url: string; readonly health: string }> {
  const gateway = serve(folder, ['--upstream', upstream.url, ...flags], env)
  running.add(gateway)
  const { url, healthUrl } = await gateway.event('started')
  return { gateway, url: String(url), health: String(healthUrl) }
}

function tlsFlags(folder: string): readonly string[] {
  const { cert, key } = certificate(folder)
  return ['--tls-cert', cert, '--tls-key', key]
}

async function stopped(gateway: Serving): Promise<number | null> {
  gateway.process.kill('SIGTERM')
  const code = await gateway.ended
  running.delete(gateway)
  return code
}

const guarded = async (url: string) => {
  const response = await fetch(`${url}/guarded`, { headers: { authorization: `Bearer ${TOKEN}` } })
  await response.body?.cancel()
  return response.status
}
const asked = async (url: string) => {
  const response = await fetch(url)
  return [response.status, await response.json()]
}

// those that share the upstream's `arrived` run one after the other; all have folders and ports of their own
it.concurrent(
  'tells health and readiness on a port of their own, takes a secret from a file, and logs only JSON',
  async () => {
    const folder = house()
    const file = join(folder, 'token')
    writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 })
    const { gateway, url, health } = await started(folder, ['--health-port', '0'], {
      ROOT_TOKEN_FILE: file,
    })
    expect(await asked(`${health}/healthz`)).toEqual([200, { status: 'ok' }])
    expect(await asked(`${health}/readyz`)).toEqual([200, { status: 'ready' }])
    expect(await asked(`${health}/open`)).toEqual([
      404,
      { status: 'not-found', paths: ['/healthz', '/readyz'] },
    ])
    expect((await fetch(`${health}/readyz`, { method: 'POST' })).status).toBe(405)
    expect(await guarded(url)).toBe(200)
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(url + path, { headers: { 'cardea-check': 'guess' } })
      expect([response.status, await response.text()]).toMatchObject([404, /route-not-found/])
    }
    expect(await stopped(gateway)).toBe(0)
    const events = gateway.lines.map((line) => (JSON.parse(line) as { event: string }).event)
    expect(events.at(0)).toBe('started')
    expect(events).not.toContain('not-ready')
    expect(events.slice(-2)).toEqual(['stopping', 'stopped'])
    expect(gateway.lines.join()).not.toContain(TOKEN)
  },
)

it.concurrent(
  'is healthy but not ready while a secret is missing, names the part, and refuses at that part only',
  async () => {
    const { gateway, url, health } = await started(house(), ['--health-port', '0'])
    expect(await asked(`${health}/healthz`)).toEqual([200, { status: 'ok' }])
    expect(await asked(`${health}/readyz`)).toMatchObject([
      503,
      { status: 'not-ready', faults: [{ part: 'token' }] },
    ])
    expect(await guarded(url)).toBe(503)
    expect((await fetch(`${url}/open`)).status).toBe(200)
    await stopped(gateway)
    // what the gateway wrote comes out as it was, not as a text within workerd's line
    expect(await gateway.event('failed')).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'error',
      step: 'token',
      error: 'NotReady: the variable ROOT_TOKEN is not set',
    })
  },
)

it.concurrent.each([
  ['plain', () => []],
  ['TLS', tlsFlags],
])('says at the start which part does not start, and goes on: %s', async (_, flags) => {
  const folder = house()
  const { gateway, url } = await started(folder, flags(folder))
  expect(await gateway.event('not-ready')).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: 'error',
    event: 'not-ready',
    part: 'token',
    reason: 'the variable ROOT_TOKEN is not set',
    message:
      "'token' does not start: the variable ROOT_TOKEN is not set.\nGET /guarded answers 503 to every request; nobody gets past it.\nMend what it names, then start again; variables and secrets come from the environment (NAME, or NAME_FILE), --secrets-file and --var.",
  })
  const cert = readFileSync(join(import.meta.dirname, '../fixtures/tls/own.cert.pem'))
  const isTls = url.startsWith('https:')
  const status = isTls
    ? getTls(`${url}/open`, cert)
    : fetch(`${url}/open`).then((one) => one.status)
  expect(await status).toBe(200)
  expect(await stopped(gateway)).toBe(0)
})

it('speaks TLS with certificate files and tells the upstream so', async () => {
  const folder = house()
  const { cert, key } = certificate(folder)
  const secrets = join(folder, 'secrets.env')
  writeFileSync(secrets, `ROOT_TOKEN=${TOKEN}\n`, { mode: 0o600 })
  const flags = ['--tls-cert', cert, '--tls-key', key, '--secrets-file', secrets]
  const { gateway, url } = await started(folder, flags)
  const heads: string[] = []
  arrived = (head, finish) => {
    heads.push(head)
    finish()
  }
  const headers = { authorization: `Bearer ${TOKEN}` }
  const status = await getTls(`${url}/guarded`, readFileSync(cert), headers)
  arrived = (_, finish) => finish()
  expect(status).toBe(200)
  expect(url).toMatch(/^https:/)
  expect(heads.join()).toMatch(/x-forwarded-proto["\s:,]+https/i)
  await stopped(gateway)
})

it('stops gracefully: finishes the request under way, then ends with 0', async () => {
  const { gateway, url } = await started(house(), ['--grace', '30'])
  const reached = new Promise<() => void>((resolve) => {
    arrived = (_, finish) => {
      resolve(finish)
      arrived = (_head, done) => done()
    }
  })
  const underWay = raw(url, 'GET /open HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n')
  const finish = await reached
  gateway.process.kill('SIGTERM')
  await gateway.event('stopping')
  finish()
  expect((await underWay).status).toBe(200)
  expect(await gateway.ended).toBe(0)
  running.delete(gateway)
})

it('cuts a request that hangs at the deadline, and still ends with 0', async () => {
  const { gateway, url } = await started(house(), ['--grace', '0.1'])
  const reached = new Promise<void>((resolve) => (arrived = () => resolve()))
  const hanging = raw(url, 'GET /open HTTP/1.1\r\nHost: g\r\n\r\n')
  await reached
  expect(await stopped(gateway)).toBe(0)
  arrived = (_, finish) => finish()
  expect((await hanging).status).toBe(0)
})

it.concurrent.each([
  ['one file of two', ['--tls-cert', 'cert.pem'], '--tls-key is missing.'],
  ['no PEM', ['--tls-cert', '/etc/passwd', '--tls-key', '/etc/passwd'], 'holds no certificate.'],
  ['no file', ['--secrets-file', '/nowhere/secrets'], "There is no file '/nowhere/secrets'."],
])('does not start with %s, and says so in one line of JSON', async (_, flags, text) => {
  const gateway = serve(house(), flags)
  expect(await gateway.ended).toBe(1)
  expect(gateway.lines).toHaveLength(1)
  expect(JSON.parse(gateway.lines[0]!)).toMatchObject({ level: 'error', event: 'ended' })
  expect(gateway.lines[0]).toContain(text)
})
