import { get as httpGet } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, document, type Running, startGateway } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

const algorithms = ['sliding-window', 'fixed-window', 'token-bucket'] as const
const modes = ['strict', 'lease'] as const
const cases = algorithms.flatMap((algorithm) => modes.map((mode) => ({ algorithm, mode })))

/** What no path can hold, and no shell likes. */
const odd = 'a/../b\\c %2F?#&"ä'
const token = 'the-admin-token-of-this-test-0123456789'
let upstream: Upstream
let gateway: Running

beforeAll(async () => {
  upstream = await startUpstream()
  const limited = cases.map(({ algorithm, mode }) => [
    `GET /${algorithm}/${mode}`,
    { 'x-policies': [`${algorithm}-${mode}`] },
  ])
  gateway = await startGateway(
    {
      'policies.json': {
        ...Object.fromEntries(
          cases.map(({ algorithm, mode }) => [
            `${algorithm}-${mode}`,
            {
              policy: 'rate-limit',
              options: { limit: 10, window: '1h', algorithm, mode, by: 'all' },
            },
          ]),
        ),
        address: { policy: 'rate-limit', options: { limit: 1, window: '1h' } },
        few: { policy: 'rate-limit', options: { limit: 2, window: '1h' } },
        [odd]: { policy: 'rate-limit', options: { limit: 1, window: '1h' } },
        daily: {
          policy: 'quota',
          options: { limit: 1, period: 'day', by: ['{headers.x-tenant}', 'route'], mode: 'local' },
        },
        'admin-token': { policy: 'bearer-token', options: { tokens: { root: '$env.TOKEN' } } },
      },
      'routes.oas.json': document({
        ...Object.fromEntries(limited),
        'GET /forged': { 'x-policies': ['address'] },
        'GET /odd': { 'x-policies': [odd] },
        'GET /few': { 'x-policies': ['few'], operationId: 'getFew' },
        'GET /daily': { 'x-policies': ['daily'], operationId: 'getDaily' },
      }),
      'admin.oas.json': {
        openapi: '3.1.2',
        info: { title: 'Admin', version: '1' },
        paths: { '/admin/{rest+}': { 'x-policies': ['admin-token'], 'x-handler': 'admin' } },
      },
    },
    { upstream: upstream.url, variables: { TOKEN: token } },
  )
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
})

describe('over HTTP', () => {
  it.each(cases)('of 500 parallel requests exactly 10 pass: $algorithm, $mode', async (one) => {
    upstream.seen.length = 0
    const url = `${gateway.url}/${one.algorithm}/${one.mode}`
    const statuses = await Promise.all(Array.from({ length: 500 }, () => statusOf(url)))
    expect(statuses.filter((status) => status === 200).length).toBe(10)
    expect(statuses.filter((status) => status === 429).length).toBe(490)
    expect(upstream.seen.length).toBe(10)
  })

  it('nothing that a client says of itself gives it a second count', async () => {
    const url = `${gateway.url}/forged`
    expect(await statusOf(url)).toBe(200)
    for (const name of ['X-Forwarded-For', 'CF-Connecting-IP', 'X-Real-IP', 'True-Client-IP']) {
      expect(await statusOf(url, { [name]: '203.0.113.7' })).toBe(429)
    }
    expect(await statusOf(url, { Forwarded: 'for=203.0.113.7' })).toBe(429)
    for (const spelling of ['?a=1&b=2', '?b=2&a=1', '?']) {
      expect(await statusOf(url + spelling)).toBe(429)
    }
  })
})

describe('administration', () => {
  it('an exhausted caller is shown, reset, and passes again at once', async () => {
    const url = `${gateway.url}/few`
    expect([await statusOf(url), await statusOf(url), await statusOf(url)]).toEqual([200, 200, 429])
    const report = JSON.parse(await counters('show', 'few', '127.0.0.1', '--json')) as object
    expect(report).toMatchObject({
      policy: 'few',
      caller: ['127.0.0.1'],
      limits: [{ name: 'few', limit: 2, windowSeconds: 3600, remaining: 0 }],
      inFlight: 0,
    })
    await counters('reset', 'few', '127.0.0.1')
    expect([await statusOf(url), await statusOf(url), await statusOf(url)]).toEqual([200, 200, 429])
    expect(await counters('show', 'few', '127.0.0.1')).toMatch(
      /^NAME +ALGORITHM +LIMIT +WINDOW +REMAINING +RESETSECONDS\nfew +sliding-window +2 +3600s +0 +\d+\n$/,
    )
  })

  it('a caller of several values is named by all of them, also where only the isolate counts', async () => {
    const url = `${gateway.url}/daily`
    const tenant = { 'x-tenant': 'blue' }
    expect([await statusOf(url, tenant), await statusOf(url, tenant)]).toEqual([200, 429])
    const path = `${gateway.url}/admin/counters/daily?caller=blue&caller=getDaily`
    const headers = { authorization: `Bearer ${token}` }
    const before = await fetch(path, { headers })
    expect(await before.json()).toMatchObject({
      limits: [{ limit: 1, period: 'day', remaining: 0 }],
    })
    expect((await fetch(path, { method: 'DELETE', headers })).status).toBe(204)
    expect([await statusOf(url, tenant), await statusOf(url, tenant)]).toEqual([200, 429])
  })

  it('a policy is found whatever its name is', async () => {
    const url = `${gateway.url}/odd`
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429])
    const report = JSON.parse(await counters('show', odd, '127.0.0.1', '--json')) as object
    expect(report).toMatchObject({ policy: odd, limits: [{ name: odd, remaining: 0 }] })
    await counters('reset', odd, '127.0.0.1')
    expect(await statusOf(url)).toBe(200)
  })

  it('a policy that does not count is told with those that do', async () => {
    const { code, stderr } = await cli('counters', 'show', 'admin-token', 'x', ...access())
    expect(code).toBe(1)
    expect(stderr).toContain('answered 404 not-found')
    expect(stderr).toContain(`address, ${odd}, few, daily.`)
  })
})

const access = () => ['--url', `${gateway.url}/admin`, '--token', token]

/** Standard output of `cardea counters`. */
async function counters(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli('counters', ...words, ...access())
  expect(stderr).toMatch(words[0] === 'reset' ? /^Reset\./ : /^$/)
  expect(code).toBe(0)
  return stdout
}

/** A connection for each request, so that all are really on their way at once. */
function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode!))
    }).on('error', reject)
  })
}
