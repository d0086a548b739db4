import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw, type RawAnswer } from '../harness/raw.ts'
import { eventually } from './eventually.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { failing } from './upstreams.ts'

let upstream: Wire
let gateway: Running

beforeAll(async () => {
  upstream = await startWire(failing())
  const proxied = (options: object) => ({ 'x-handler': { handler: 'proxy', options } })
  gateway = await startGateway({
    'policies.json': { log: { policy: 'access-log' } },
    'routes.oas.json': document(
      {
        'GET /up/{what}': proxied({ url: upstream.url, timeout: '300ms' }),
        'POST /up/{what}': proxied({ url: upstream.url, timeout: '300ms' }),
        'GET /nobody/{what}': proxied({ url: 'http://127.0.0.1:1' }),
        'GET /unnamed/{what}': proxied({ url: 'http://no-such-host.invalid' }),
      },
      { 'x-policies': ['log'] },
    ),
  })
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})
beforeEach(() => {
  upstream.seen.length = 0
})

const get = (target: string): Promise<RawAnswer> =>
  raw(gateway.url, `GET ${target} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`)

const code = ({ body }: RawAnswer): string | undefined =>
  (JSON.parse(body.toString()) as { code: string }).code

/** The log lines of one path, parsed. */
const logged = (path: string): readonly Record<string, unknown>[] =>
  gateway
    .output()
    .split('\n')
    .filter((line) => line.includes(`"path":"${path}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    // they come over two pipes
    .toSorted((a, b) => String(b['level']).localeCompare(String(a['level'])))

describe('without an answer', () => {
  it.each([
    ['/nobody/x', 502, 'upstream-unreachable', 0],
    ['/unnamed/x', 502, 'upstream-unreachable', 0],
    ['/up/hang', 504, 'upstream-timeout', 1],
    ['/up/hang-mid-header', 504, 'upstream-timeout', 1],
    ['/up/reset-at-once', 502, 'upstream-unreachable', 1],
    ['/up/reset-mid-header', 502, 'upstream-unreachable', 1],
    ['/up/close-mid-header', 502, 'upstream-unreachable', 1],
    ['/up/garbage', 502, 'upstream-unreachable', 1],
    ['/up/two-lengths', 502, 'upstream-unreachable', 1],
  ])(
    '%s answers %d %s, is logged twice, tried once, and the next request works',
    async (path, status, problem, tries) => {
      const answer = await get(path)
      expect([answer.status, code(answer)]).toEqual([status, problem])
      expect(upstream.seen).toHaveLength(tries)
      await eventually(() =>
        expect(logged(path)).toMatchObject([
          { level: 'warn', event: problem },
          { level: 'info', event: 'access', status, outcome: 'complete' },
        ]),
      )
      expect((await get('/up/ok')).body.toString()).toBe('ok')
    },
  )

  it('tries a POST once, so that nothing is done twice', async () => {
    const answer = await raw(
      gateway.url,
      'POST /up/reset-at-once HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
    )
    expect(answer.status).toBe(502)
    expect(upstream.seen.map(({ body }) => body.toString())).toEqual(['hi'])
  })

  it('tells the client nothing about the upstream’s address', async () => {
    const answer = await get('/nobody/y')
    expect(answer.body.toString() + answer.head).not.toMatch(/127\.0\.0\.1|:1\b|refused|kj|stack/i)
  })
})

describe('with half an answer', () => {
  it.each(['reset-mid-body', 'too-short', 'close-after'])(
    '%s reaches the client as half an answer, and the next request works',
    async (what) => {
      expect((await half(what)).isComplete).toBe(false)
    },
  )

  it.each(['reset-mid-chunk', 'close-before-last-chunk', 'bad-chunk'])(
    '%s is logged as cancelled; workerd ends the chunks as if they were whole',
    async (what) => {
      expect((await half(what)).body.length).toBeLessThan(5)
    },
  )

  async function half(what: string): Promise<RawAnswer> {
    const path = `/up/${what}`
    const answer = await get(path)
    expect(answer.status).toBe(200)
    expect(upstream.seen).toHaveLength(1)
    await eventually(() =>
      expect(logged(path)).toMatchObject([{ event: 'access', status: 200, outcome: 'cancelled' }]),
    )
    expect((await get('/up/ok')).body.toString()).toBe('ok')
    return answer
  }
})

it('takes an answer that ends with the connection for whole (RFC 9112 §6.3)', async () => {
  expect((await get('/up/no-length')).body.toString()).toBe('whole')
})

it('forgets a connection that the upstream has closed while nobody used it', async () => {
  await get('/up/ok')
  const before = upstream.open()
  expect(before).toBeGreaterThan(0)
  upstream.hangUp()
  await eventually(() => expect(upstream.open()).toBe(0))
  expect((await get('/up/ok')).body.toString()).toBe('ok')
})

it('lets go of every connection on which something failed', async () => {
  const faults = ['hang', 'hang-mid-header', 'reset-mid-body', 'too-short', 'bad-chunk', 'garbage']
  await Promise.all(Array.from({ length: 60 }, (_, i) => get(`/up/${faults[i % faults.length]}`)))
  // one that is kept for the next request may stay
  await eventually(() => expect(upstream.open()).toBeLessThanOrEqual(1))
  expect((await get('/up/ok')).status).toBe(200)
})

it('never failed inside', () => {
  expect(gateway.output()).not.toContain('"event":"failed"')
})
