import { describe, expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import type { Counters, TokenDecision } from '../../core/counters.ts'
import type { Options } from '../../core/option.ts'
import { type Principal, principal } from '../../core/principal.ts'
import { definePolicy } from '../../core/policy.ts'
import { MemoryCounters } from '../../stores/counters/memory.ts'
import rateLimit from './rate-limit.ts'

type Given = Partial<Options<typeof rateLimit.options>>

const defaults = {
  limit: undefined,
  window: 60_000,
  limits: undefined,
  defaultLimit: undefined,
  algorithm: 'sliding-window',
  burst: undefined,
  by: 'ip',
  cost: 1,
  defaultCost: undefined,
  costHeader: undefined,
  costAfter: undefined,
  mode: undefined,
  onFailure: 'closed',
  fields: true,
  legacyFields: false,
} as const

interface More {
  readonly counters?: Counters
  readonly caller?: Partial<Principal>
  readonly handle?: () => Response
}

/** A gateway with the policy under the name `calls`, and a clock that is moved by hand. */
function gateway(given: Given, more: More = {}) {
  const world = { nowMs: Date.UTC(2026, 10, 20, 12) }
  const now = () => world.nowMs
  const authenticate = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({
      request(exchange) {
        exchange.principal = principal({ method: 'test', subject: 'ada', ...more.caller })
      },
    }),
  })
  const steps = [policy('calls', rateLimit, { ...defaults, ...given })]
  const {
    gateway: made,
    fetch,
    logs,
    settled,
  } = harness({
    policies: more.caller ? [policy('who', authenticate, {}), ...steps] : steps,
    runtime: { now, counters: more.counters ?? new MemoryCounters(now) },
    ...(more.handle && { handle: more.handle }),
  })
  const get = (ip = '192.0.2.1', headers: Record<string, string> = {}, path = '/a') => {
    const clientIp = ip.includes(':') ? `[${ip}]:5000` : `${ip}:5000`
    return fetch(path, { headers, cf: { clientIp } } as RequestInit)
  }
  const counted = () => made.runtime.metrics.text()
  return { fetch, get, logs, settled, world, counted }
}

async function statuses(count: number, get: () => Promise<Response>): Promise<number[]> {
  const found: number[] = []
  for (let at = 0; at < count; at++) found.push((await get()).status)
  return found
}

describe('a limit', () => {
  it.each(['sliding-window', 'fixed-window', 'token-bucket'] as const)(
    'refuses the request after the last one allowed, until there is room: %s',
    async (algorithm) => {
      const { get, world } = gateway({ limit: 2, algorithm })
      expect(await statuses(3, get)).toEqual([200, 200, 429])
      const wait = Number((await get()).headers.get('retry-after'))
      world.nowMs += wait * 1000
      expect((await get()).status).toBe(200)
    },
  )

  it('of several is refused by any, and then the others lose nothing', async () => {
    const limits = [
      { limit: 2, window: 60_000, name: 'burst' },
      { limit: 3, window: 3_600_000, name: undefined },
    ]
    const { get, world } = gateway({ limits, algorithm: 'fixed-window' })
    expect(await statuses(6, get)).toEqual([200, 200, 429, 429, 429, 429])
    world.nowMs += 60_000
    expect(await statuses(2, get)).toEqual([200, 429])
    const refused = await get()
    expect(refused.headers.get('ratelimit-policy')).toBe('"burst";q=2;w=60,"3600s";q=3;w=3600')
    expect(refused.headers.get('ratelimit')).toBe('"3600s";r=0;t=3540')
    expect((await problemOf(refused))['violated-policies']).toEqual(['3600s'])
  })

  it('may come from the consumer, with a default for those without', async () => {
    const given = { limit: '{consumer.metadata.plan.calls}', by: 'consumer', defaultLimit: 1 }
    const rich = gateway(given, { caller: { metadata: { plan: { calls: 3 } } } })
    expect(await statuses(4, rich.get)).toEqual([200, 200, 200, 429])
    const plain = gateway(given, { caller: {} })
    expect(await statuses(2, plain.get)).toEqual([200, 429])
  })

  it('that cannot be told refuses, and so does one that is no whole number', async () => {
    for (const calls of [undefined, 'many', -1, 1.5]) {
      const given = { limit: '{consumer.metadata.calls}', by: 'consumer' }
      const { get, logs } = gateway(given, { caller: { metadata: { calls } } })
      const response = await get()
      expect([response.status, await problemOf(response)]).toMatchObject([
        403,
        { code: 'limit-undecided' },
      ])
      expect(logs.at(-1)).toMatchObject({ event: 'limit-undecided', absent: 'limit' })
    }
  })
})

describe('a caller', () => {
  it('is an IPv4 address, or the /64 of an IPv6 address', async () => {
    const { get } = gateway({ limit: 1 })
    const asked = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::ffff:2']
    const found: number[] = []
    for (const ip of [...asked, '2001:db8:0:1::1']) found.push((await get(ip)).status)
    expect(found).toEqual([200, 429, 200, 200, 429, 200])
  })

  it.each(['x-forwarded-for', 'cf-connecting-ip', 'forwarded', 'x-real-ip', 'true-client-ip'])(
    'gets no second count by what it says of itself in %s',
    async (name) => {
      const { get } = gateway({ limit: 1 })
      const value = name === 'forwarded' ? 'for=203.0.113.9' : '203.0.113.9'
      expect((await get()).status).toBe(200)
      expect((await get('192.0.2.1', { [name]: value })).status).toBe(429)
    },
  )

  it('gets no second count by query order, path spelling or HEAD', async () => {
    const { get, fetch } = gateway({ limit: 1, by: 'route' })
    expect((await get('192.0.2.1', {}, '/a?x=1&y=2')).status).toBe(200)
    for (const path of ['/a?y=2&x=1', '/a/', '/%61', '/a?']) {
      expect((await get('192.0.2.1', {}, path)).status).toBe(429)
    }
    expect((await fetch('/a', { method: 'HEAD' })).status).toBe(429)
  })

  it('whose address nobody knows is refused', async () => {
    const { fetch } = gateway({ limit: 1 })
    expect((await fetch('/a')).status).toBe(403)
  })

  it('is the consumer, or who the token says where there is none', async () => {
    const counters = new MemoryCounters(() => 0)
    const as = (caller: Partial<Principal>) =>
      gateway({ limit: 1, by: 'consumer' }, { counters, caller })
    expect((await as({ consumer: 'acme' }).get()).status).toBe(200)
    expect((await as({ consumer: 'acme', subject: 'other key' }).get()).status).toBe(429)
    expect((await as({ subject: 'acme' }).get()).status).toBe(200)
    expect((await as({ subject: 'acme', claims: { iss: 'https://b' } }).get()).status).toBe(200)
    expect((await as({ subject: 'acme' }).get()).status).toBe(429)
  })

  it('may be told apart by several values together', async () => {
    const { get } = gateway({ limit: 1, by: ['ip', '{query.shop}'] })
    const found: number[] = []
    for (const path of ['/a?shop=1', '/a?shop=2', '/a?shop=1', '/a', '/a?shop=1&shop=2']) {
      found.push((await get('192.0.2.1', {}, path)).status)
    }
    expect(found).toEqual([200, 200, 429, 403, 403])
  })
})

describe('the answer', () => {
  it('tells limit and rest when it passes', async () => {
    const { get } = gateway({ limit: 10, algorithm: 'fixed-window', legacyFields: true })
    const { headers } = await get()
    expect(Object.fromEntries(headers)).toMatchObject({
      'ratelimit-policy': '"calls";q=10;w=60',
      ratelimit: '"calls";r=9;t=60',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '9',
      'x-ratelimit-reset': '60',
    })
  })

  it('to a refused request says what was exceeded and when to come again', async () => {
    const { get, world } = gateway({ limit: 1, algorithm: 'fixed-window' })
    await get()
    world.nowMs += 15_500
    const refused = await get()
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '45',
      'ratelimit-policy': '"calls";q=1;w=60',
      ratelimit: '"calls";r=0;t=45',
    })
    expect(await problemOf(refused)).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'The caller has used up what it is allowed.',
      status: 429,
      code: 'limit-exceeded',
      policy: 'calls',
      'violated-policies': ['calls'],
    })
  })

  it('has no fields where they are switched off', async () => {
    const { get } = gateway({ limit: 1, fields: false })
    for (let at = 0; at < 2; at++) {
      const { headers } = await get()
      expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null])
    }
  })
})

describe('a cost', () => {
  it('is taken from the limit, and one that never fits gets no time to come again', async () => {
    const { get } = gateway({ limit: 5, cost: '{query.items}', defaultCost: 1 })
    const ask = (path: string) => get('192.0.2.1', {}, path)
    expect((await ask('/a?items=4')).headers.get('ratelimit')).toMatch(/^"calls";r=1;/)
    expect((await ask('/a?items=2')).status).toBe(429)
    expect((await ask('/a')).status).toBe(200)
    const never = await ask('/a?items=6')
    expect([never.status, never.headers.get('retry-after')]).toEqual([429, null])
  })

  it.each(['-5', '1e9', '0x10', '1.5', ''])('cannot be %j: the default holds', async (items) => {
    const { get } = gateway({ limit: 5, cost: '{query.items}', defaultCost: 2 })
    const response = await get('192.0.2.1', {}, `/a?items=${items}`)
    expect(response.headers.get('ratelimit')).toMatch(/^"calls";r=3;/)
  })

  it('that the response tells is settled, up and down', async () => {
    const costs = ['7', '0', 'nonsense', '3']
    const handle = () => new Response('ok', { headers: { 'x-cost': costs.shift()! } })
    const { get } = gateway({ limit: 20, cost: 2, costHeader: 'x-cost' }, { handle })
    const rests: (string | undefined)[] = []
    for (let at = 0; at < 4; at++) {
      rests.push(/r=(\d+)/.exec((await get()).headers.get('ratelimit')!)?.[1])
    }
    // 20 - 2; - 7 - 2; - 7 - 0 - 2; - 7 - 0 - 2 - 2
    expect(rests).toEqual(['18', '11', '11', '9'])
  })
})

describe('when the counter does not answer', () => {
  const down: TokenDecision = {
    outcome: 'unreachable',
    levels: [],
    tightest: undefined,
    retryAfterMs: 0,
    reason: 'the counter did not answer within 500 ms',
  }
  const counters = { take: () => down } as unknown as Counters

  it('closed refuses with 503, says so in the log and counts it', async () => {
    const { get, logs, counted } = gateway({ limit: 1 }, { counters })
    const response = await get()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await problemOf(response)).toMatchObject({ code: 'limit-unavailable' })
    expect(logs.at(-1)).toMatchObject({
      event: 'limit-unavailable',
      outcome: 'closed',
      reason: 'the counter did not answer within 500 ms',
    })
    expect(counted()).toContain(
      'cardea_limit_unavailable_total{outcome="closed",policy="calls"} 1\n',
    )
  })

  it('open lets pass, and says so in the log', async () => {
    const { get, logs, counted } = gateway({ limit: 1, onFailure: 'open' }, { counters })
    expect((await get()).status).toBe(200)
    expect(logs.at(-1)).toMatchObject({ event: 'limit-unavailable', outcome: 'open' })
    await get()
    expect(counted()).toContain('cardea_limit_unavailable_total{outcome="open",policy="calls"} 2\n')
  })
})

describe('options that limit nothing, or let the client choose, are refused', () => {
  it.each([
    [{}, "either 'limit' or 'limits'"],
    [{ limit: 1, by: 'everybody' }, 'is the fixed text'],
    [{ limit: 1, by: '{client.ip}' }, "write 'ip'"],
    [{ limit: '{headers.x-limit}' }, "the client's own choice"],
    [{ limit: 1, burst: 5 }, "is for the algorithm 'token-bucket'"],
    [
      {
        limits: [
          { limit: 1, window: 5, name: 'a' },
          { limit: 2, window: 6, name: 'a' },
        ],
      },
      'same',
    ],
  ] as [Given, string][])('%j', (given, text) => {
    expect(() => rateLimit.check!({ ...defaults, ...given })).toThrow(text)
  })
})
