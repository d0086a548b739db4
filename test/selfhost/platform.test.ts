import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorkerd } from '../faults/workerd.ts'
import { document, type Files, writeFiles } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { platformBindings, platformHandler } from './platform-handler.ts'
import { serve, type Serving } from './serving.ts'

const files: Files = {
  'routes.oas.json': document({
    'GET /own': { 'x-handler': 'own' },
    'POST /own': { 'x-handler': 'own' },
    'GET /lost': { 'x-handler': 'lost' },
  }),
  'handlers/own.ts': platformHandler,
  'handlers/lost.ts': `import { defineHandler } from '#gateway'
export default defineHandler({
  summary: 'Wants a database.',
  options: {},
  setup(_options, runtime) {
    runtime.binding('DB')
    return () => new Response()
  },
})
`,
  'wrangler.toml': `${platformBindings}
[[d1_databases]]
binding = "DB"
database_name = "db"
`,
}

let folder: string
let gateway: Serving
let url: string
let health: string

const flags = ['--health-port', '0', '--cache-size', '1 MiB', '--grace', '0']
async function start(): Promise<void> {
  gateway = serve(folder, flags)
  const started = await gateway.event('started')
  url = String(started['url'])
  health = String(started['healthUrl'])
}

beforeAll(async () => {
  folder = writeFiles(files)
  await start()
})
afterAll(async () => {
  gateway.process.kill('SIGKILL')
  await gateway.ended
  rmSync(folder, { recursive: true, force: true })
})

type Query = Readonly<Record<string, string>>
const at = (query: Query) => `${url}/own?${new URLSearchParams(query)}`
const ask = (query: Query, headers: Query = {}) => fetch(at(query), { headers })
const json = async (query: Query) => (await ask(query)).json()
const put = async (
  key: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Query = { 'cache-control': 'max-age=60' },
  cache = '',
) => {
  const query = { do: 'put', key, cache, headers: JSON.stringify(headers) }
  const response = await fetch(at(query), { method: 'POST', body })
  expect(response.status).toBe(200)
}
const match = async (key: string, headers: Query = {}, cache = '') => {
  const response = await ask({ key, cache }, headers)
  return [response.status, await response.text()]
}

describe('caches', () => {
  it('gives back what was put, with its age and that it was a hit, until it is deleted', async () => {
    await put('a', 'hello', { 'cache-control': 'max-age=60', 'x-own': '1' })
    const response = await ask({ key: 'a' })
    expect([response.status, await response.text()]).toEqual([200, 'hello'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cf-cache-status': 'HIT',
      'cache-control': 'max-age=60',
      'content-length': '5',
      'x-own': '1',
    })
    expect(Number(response.headers.get('age'))).toBeLessThan(60)
    expect([
      await json({ do: 'delete', key: 'a' }),
      await json({ do: 'delete', key: 'a' }),
    ]).toEqual([true, false])
    expect(await match('a')).toEqual([404, 'none'])
  })

  it('keeps nothing that belongs to one caller', async () => {
    await put('private', 'x', { 'cache-control': 'private, max-age=60' })
    await put('cookie', 'x', { 'cache-control': 'max-age=60', 'set-cookie': 'a=b' })
    await put('none', 'x', { 'cache-control': 'no-store' })
    for (const key of ['private', 'cookie', 'none']) expect(await match(key)).toEqual([404, 'none'])
  })

  it('has a cache for each name, and no client can say which one is meant', async () => {
    await put('b', 'mine', undefined, 'other')
    expect(await match('b')).toEqual([404, 'none'])
    expect(await match('b', {}, 'other')).toEqual([200, 'mine'])
    expect(await match('b', { 'CF-Cache-Namespace': 'other' })).toEqual([404, 'none'])
    expect(await match('b', { 'CF-Cache-Namespace': 'none' }, 'other')).toEqual([200, 'mine'])
  })

  it('answers conditions and ranges', async () => {
    await put('c', '0123456789', { 'cache-control': 'max-age=60', etag: '"v1"' })
    expect(await match('c', { 'if-none-match': '"v1"' })).toEqual([304, ''])
    const part = await ask({ key: 'c' }, { range: 'bytes=2-4' })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ])
    expect((await match('c', { range: 'bytes=10-' }))[0]).toBe(416)
  })

  it('a compressed body stays as it is', async () => {
    const compressed = gzipSync('a long text, '.repeat(100))
    const headers = { 'cache-control': 'max-age=60', 'content-encoding': 'gzip' }
    await put('gzip', new Uint8Array(compressed), headers)
    const request =
      'GET /own?key=gzip HTTP/1.1\r\nHost: g\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n'
    const { head } = await raw(url, request)
    expect(head).toMatch(/^content-encoding: gzip\r?$/im)
    expect(await match('gzip')).toEqual([200, 'a long text, '.repeat(100)])
  })

  it('takes no more of the disk than it may, and forgets what was used longest ago', async () => {
    const large = new Uint8Array(200 * 1024)
    for (let i = 0; i < 8; i++) await put(`large-${i}`, large)
    expect((await match('large-0'))[0]).toBe(404)
    expect((await match('large-7'))[0]).toBe(200)
    await put('huge', new Uint8Array(300 * 1024))
    expect((await match('huge'))[0]).toBe(404)
  })
})

it('a rate limit of wrangler.toml counts by key', async () => {
  const taken = []
  for (const key of ['a', 'a', 'a', 'b']) taken.push(await json({ do: 'limit', key }))
  // the minute may end between two of them, once
  const { length } = taken.filter((one) => (one as { success: boolean }).success)
  expect([3, 4]).toContain(length)
  expect(taken[3]).toEqual({ success: true })
})

it.each([0, 1, 1024 * 1024, 1024 * 1024 + 1, 5_000_000])(
  'a KV namespace of one’s own gives back a value of %i bytes as it was',
  async (size) => {
    const value = new Uint8Array(size).map((_, i) => i % 251)
    const query = { do: 'store', key: 'value' }
    expect((await fetch(at(query), { method: 'POST', body: value })).status).toBe(200)
    const read = Buffer.from(await (await ask({ ...query, do: 'stored' })).arrayBuffer())
    expect([read.length, read.equals(value)]).toEqual([size, true])
  },
)

it('a binding that only Cloudflare has is told at the start, makes not ready, and refuses where it is used', async () => {
  const { code, level, message } = await gateway.event('config')
  expect([level, code, message]).toEqual([
    'warn',
    'binding-unavailable',
    `${join(folder, 'config/wrangler.toml')}:11:1 #/d1_databases/0
  warning binding-unavailable: There is no 'DB' (d1_databases) in dev, serve and build --self-host.
  Only Cloudflare has what it stands for; what asks for it here answers 503.
  Do without it, try it with \`npx wrangler dev\`, or run on Cloudflare: cardea deploy.`,
  ])
  expect((await fetch(`${url}/lost`)).status).toBe(503)
  expect(await (await fetch(`${health}/readyz`)).json()).toEqual({
    status: 'not-ready',
    faults: [{ part: 'lost', reason: 'the binding DB is not there' }],
  })
})

it('cache and KV namespace of one’s own survive kill -9', async () => {
  await put('kept', 'still here')
  await ask({ do: 'write', key: 'k', value: 'v' })
  gateway.process.kill('SIGKILL')
  await gateway.ended
  await start()
  expect(await match('kept')).toEqual([200, 'still here'])
  expect(await json({ do: 'read', key: 'k' })).toBe('v')
})

it('on a full disk the cache keeps nothing new, gives what it has, and no request fails for it', async () => {
  await put('old', 'old')
  gateway.process.kill('SIGKILL')
  await gateway.ended
  const full = await startWorkerd(join(folder, 'state/run/workerd.capnp'), 32 * 1024)
  const own = url
  try {
    url = full.url
    const found = []
    for (let i = 0; i < 4; i++) {
      await put(`new-${i}`, new Uint8Array(20 * 1024))
      found.push((await match(`new-${i}`))[0])
    }
    expect(found.at(-1)).toBe(404)
    expect(await match('old')).toEqual([200, 'old'])
    expect(full.output()).toContain('cache-failed')
  } finally {
    url = own
    await full.stop()
  }
})
