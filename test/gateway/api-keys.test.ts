import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { addConsumers } from '../../scripts/commands/consumers.ts'
import { addKeys } from '../../scripts/commands/keys.ts'
import { cli, document, type Running, startGateway, writeFiles } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

const token = 'the-admin-token-of-this-test-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'cardea-keys-'))
const state = join(folder, 'state')
let upstream: Upstream
let gateway: Running
/** By the gateways that were killed. */
let printed = ''

const files = {
  'routes.oas.json': {
    ...document({
      'GET /a': { 'x-policies': ['key'] },
      'GET /open': { 'x-policies': ['maybe-key'] },
    }),
  },
  'admin.oas.json': {
    openapi: '3.1.2',
    info: { title: 'Admin', version: '1' },
    paths: { '/admin/{rest+}': { 'x-policies': ['admin-token'], 'x-handler': 'admin' } },
  },
  'policies.json': {
    key: { policy: 'api-key' },
    'maybe-key': { policy: 'api-key', options: { optional: true } },
    'admin-token': { policy: 'bearer-token', options: { tokens: { root: '$env.ADMIN_TOKEN' } } },
  },
}

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await start()
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('issues a key, calls with it, rolls it, and the old one stops', async () => {
  const made = await json('keys', 'create')
  expect(made).toMatchObject({ consumer: 'demo', status: 'active' })
  expect(await call(made['key'])).toBe(200)
  expect(await call()).toBe(401)
  const rolled = await json('keys', 'roll', String(made['id']))
  expect(await call(rolled['key'])).toBe(200)
  expect(await call(made['key'])).toBe(401)
  expect(upstream.seen.map(({ rawHeaders }) => rawHeaders.join()).join()).not.toContain(made['key'])
})

it('a revoked key and those of a disabled consumer stop at once where it was done', async () => {
  await json('consumers', 'create', 'acme', '--tag', 'gold', '--metadata', '{"plan":"gold"}')
  const first = await json('keys', 'create', 'acme')
  const second = await json('keys', 'create', 'acme')
  expect([await call(first['key']), await call(second['key'])]).toEqual([200, 200])
  await json('keys', 'revoke', String(first['id']))
  expect([await call(first['key']), await call(second['key'])]).toEqual([401, 200])
  await json('consumers', 'disable', 'acme')
  expect(await call(second['key'])).toBe(401)
  await json('consumers', 'enable', 'acme')
  expect(await call(second['key'])).toBe(200)
})

it('finds a local gateway and its token in the state folder', async () => {
  const { code, stdout } = await cli('keys', 'create', '--quiet', '--state', state)
  expect(code).toBe(0)
  expect(await call(stdout.trim())).toBe(200)
})

it('makes a secret for the administration when none is given, and keeps it', async () => {
  const own = await startGateway(files, { upstream: upstream.url })
  const flags = ['--state', join(own.folder, 'state')]
  try {
    expect((await cli('keys', 'create', ...flags)).code).toBe(0)
    const secret = join(own.folder, 'state/admin-secret')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    expect(own.output()).not.toContain(readFileSync(secret, 'utf8').trim())
  } finally {
    await own.stop()
  }
})

it('the administration describes itself in a valid OpenAPI document', async () => {
  const described = await api('GET', '/openapi.json')
  expect(described['servers']).toEqual([{ url: '/admin' }])
  const servers = [{ url: `${gateway.url}/admin` }]
  const own = writeFiles({ 'admin.oas.json': { ...described, servers } })
  const flags = ['--config', join(own, 'config'), '--strict']
  const { code, stderr } = await cli('compile', '--check', ...flags)
  rmSync(own, { recursive: true, force: true })
  expect([code, stderr]).toEqual([0, ''])
})

it('lists, shows and deletes, and says what is wrong with an exit code', async () => {
  await json('consumers', 'create', 'listed', '--group', 'partners')
  const list = await admin('consumers', 'list', '--group', 'partners')
  expect(list.stdout).toMatch(/^ID +NAME +STATUS.*\nlisted +listed +active +partners/)
  const missing = await admin('consumers', 'show', 'nobody')
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain('answered 404 not-found')
  expect((await admin('consumers', 'delete', 'listed')).code).toBe(0)
  expect((await admin('consumers', 'show', 'listed')).code).toBe(1)
  const stranger = await cli('keys', 'list', '--url', `${gateway.url}/admin`, '--token', 'x')
  expect(stranger.code).toBe(1)
  expect(stranger.stderr).toContain('Check CARDEA_TOKEN')
  const nowhere = await cli('keys', 'list', '--state', join(folder, 'nothing'))
  expect(nowhere.stderr).toContain('No gateway to talk to.')
  const open = await cli('keys', 'list', '--url', 'http://api.example.com/admin', '--token', 'x')
  expect(open.stderr).toContain('is not encrypted')
})

it('imports a file in batches, tells wrong rows, and exports what it took', async () => {
  const file = join(folder, 'rows.jsonl')
  const rows = Array.from({ length: 1500 }, (_, i) => ({
    consumer: { id: `imported-${i}` },
    keys: [{ hash: sha256(`another-systems-key-${i}`), name: 'old' }],
  }))
  const lines = rows.map((row) => JSON.stringify(row))
  writeFileSync(file, [...lines, '{"consumer":{}}'].join('\n'))
  const { code, stdout, stderr } = await admin('keys', 'import', file, '--json')
  expect(code).toBe(1)
  expect(stderr).toContain('row 1501: An imported consumer needs an "id".')
  const job = JSON.parse(stdout) as Record<string, unknown>
  expect(job).toMatchObject({ rows: 1501, keysCreated: 1500, failed: 1 })
  const again = await admin('keys', 'import', file, '--json', '--resume', String(job['id']))
  expect(JSON.parse(again.stdout)).toMatchObject({ rows: 1501, keysCreated: 1500 })
  const exported = join(folder, 'exported.jsonl')
  expect((await admin('keys', 'export', exported)).code).toBe(0)
  const hashes = readFileSync(exported, 'utf8').trim().split('\n')
  expect(hashes.filter((line) => line.includes('"imported-')).length).toBe(1500)
}, 60_000)

it('loses nothing acknowledged when it is killed in the middle of writes, twice', async () => {
  const acknowledged: { id: unknown; key: unknown; isRevoked: boolean }[] = []
  for (let round = 0; round < 2; round++) {
    const writing = write(acknowledged)
    // as many as there is time for; the kill comes while the next one is under way
    while (acknowledged.length < (round + 1) * 20) await new Promise(setImmediate)
    killWorkerd(gateway)
    await writing
    printed += gateway.output()
    await gateway.stop()
    gateway = await start()
    await settled()
    for (const { id, key, isRevoked } of acknowledged) {
      const record = await api('GET', `/keys/${String(id)}`)
      expect(record['status']).toBe(isRevoked ? 'revoked' : 'active')
      expect(await call(key)).toBe(isRevoked ? 401 : 200)
    }
  }
}, 120_000)

it('no key, no hash and no token is in anything the gateway printed', async () => {
  const made = await json('keys', 'create')
  await call(made['key'])
  await call(`${String(made['key'])}x`)
  await fetch(`${gateway.url}/open?key=${String(made['key'])}`)
  printed += gateway.output()
  const random = String(made['key']).split('_')[2]!
  expect(printed).not.toContain(random)
  expect(printed).not.toContain(token)
  const hash = createHash('sha256').update(String(made['key'])).digest()
  expect(printed).not.toContain(hash.toString('base64url'))
  expect(printed).not.toContain(hash.toString('hex'))
})

function start(): Promise<Running> {
  const flags = ['--state', state]
  const variables = { ADMIN_TOKEN: token }
  return startGateway(files, { upstream: upstream.url, variables, flags })
}

/** Makes keys and revokes every third, one after the other, until the connection breaks. */
async function write(acknowledged: { id: unknown; key: unknown; isRevoked: boolean }[]) {
  for (let i = 0; i < 10_000; i++) {
    try {
      const { id, key } = await api('POST', '/consumers/demo/keys', '{}')
      const one = { id, key, isRevoked: false }
      acknowledged.push(one)
      if (i % 3 !== 0) continue
      // not acknowledged yet: until the answer is there it may be either
      acknowledged.pop()
      await api('POST', `/keys/${String(id)}/revoke`)
      acknowledged.push({ ...one, isRevoked: true })
    } catch {
      return
    }
  }
}

/** Until KV has everything that the registry has. */
async function settled(): Promise<void> {
  for (let i = 0; i < 1000; i++) if ((await api('GET', '/figures'))['pending'] === 0) return
  throw new Error('KV and registry never came to agree')
}

function killWorkerd({ process: child }: Running): void {
  const children = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(child.pid)]).toString()
  const pid = /(\d+) workerd/.exec(children)?.[1]
  if (pid === undefined) throw new Error(`no workerd among the children:\n${children}`)
  process.kill(Number(pid), 'SIGKILL')
}

async function call(key?: unknown): Promise<number> {
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${String(key)}` }
  const response = await fetch(`${gateway.url}/a`, { headers })
  await response.arrayBuffer()
  return response.status
}

async function api(method: string, path: string, body?: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway.url}/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

const admin = (...args: string[]) => cli(...args, '--url', `${gateway.url}/admin`, '--token', token)

/** What a command prints for programs; in this process, which takes a tenth of the time. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const program = new Command()
  addKeys(program)
  addConsumers(program)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const access = ['--url', `${gateway.url}/admin`, '--token', token]
    await program.parseAsync([...args, ...access, '--json'], { from: 'user' })
    return JSON.parse(log.mock.calls.join('\n')) as Record<string, unknown>
  } finally {
    log.mockRestore()
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
