import { get as httpGet } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

const algorithms = ['sliding-window', 'fixed-window', 'token-bucket'] as const
const modes = ['strict', 'lease'] as const
const cases = algorithms.flatMap((algorithm) => modes.map((mode) => ({ algorithm, mode })))

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
      },
      'routes.oas.json': document({
        ...Object.fromEntries(limited),
        'GET /forged': { 'x-policies': ['address'] },
      }),
    },
    { upstream: upstream.url },
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

/** A connection for each request, so that all are really on their way at once. */
function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode!))
    }).on('error', reject)
  })
}
