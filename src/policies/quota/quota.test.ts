import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import type { Options } from '../../core/option.ts'
import { type Principal, principal } from '../../core/principal.ts'
import { definePolicy } from '../../core/policy.ts'
import { MemoryCounters } from '../../stores/counters/memory.ts'
import quota from './quota.ts'

type Given = Partial<Options<typeof quota.options>>

const defaults = {
  limit: 2,
  defaultLimit: undefined,
  period: 'month',
  anchor: undefined,
  statuses: [] as readonly string[],
  by: 'consumer',
  cost: 1,
  defaultCost: undefined,
  costHeader: undefined,
  costAfter: undefined,
  mode: undefined,
  onFailure: 'closed',
  fields: true,
  legacyFields: false,
} as const

/** A gateway with the policy under the name `plan`, and a clock that starts on 20 November at noon. */
function gateway(given: Given, caller: Partial<Principal> | null = {}, answers: number[] = []) {
  const world = { nowMs: Date.UTC(2026, 10, 20, 12) }
  const now = () => world.nowMs
  const authenticate = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({
      request(exchange) {
        if (caller) exchange.principal = principal({ method: 'test', subject: 'ada', ...caller })
      },
    }),
  })
  const { fetch, settled } = harness({
    policies: [
      policy('who', authenticate, {}),
      policy('plan', quota, { ...defaults, ...given } as Options<typeof quota.options>),
    ],
    runtime: { now, counters: new MemoryCounters(now) },
    handle: () => new Response('ok', { status: answers.shift() ?? 200 }),
  })
  const get = () => fetch('/a')
  return { get, settled, world }
}

async function statuses(count: number, get: () => Promise<Response>): Promise<number[]> {
  const found: number[] = []
  for (let at = 0; at < count; at++) found.push((await get()).status)
  return found
}

it('refuses until the calendar month is over, UTC', async () => {
  const { get, world } = gateway({})
  expect(await statuses(3, get)).toEqual([200, 200, 429])
  world.nowMs = Date.UTC(2026, 11, 1) - 1
  expect((await get()).status).toBe(429)
  world.nowMs += 1
  expect(await statuses(3, get)).toEqual([200, 200, 429])
})

it('says how long the period is and when it ends', async () => {
  const { get } = gateway({ period: 'day' })
  const { headers } = await get()
  expect(headers.get('ratelimit-policy')).toBe('"plan";q=2;w=86400')
  expect(headers.get('ratelimit')).toBe('"plan";r=1;t=43200')
  await get()
  const refused = await get()
  expect(refused.headers.get('retry-after')).toBe('43200')
  expect(await problemOf(refused)).toMatchObject({ 'violated-policies': ['plan'] })
})

it('knows that months have different lengths', async () => {
  const { get, world } = gateway({})
  expect((await get()).headers.get('ratelimit-policy')).toBe('"plan";q=2;w=2592000')
  world.nowMs = Date.UTC(2026, 11, 5)
  expect((await get()).headers.get('ratelimit-policy')).toBe('"plan";q=2;w=2678400')
})

it('starts its periods at the anchor, for all or for each consumer', async () => {
  const anchor = Date.UTC(2026, 0, 21, 9)
  const metadata = { since: '2026-01-21T09:00:00Z' }
  for (const { get, world } of [
    gateway({ anchor }),
    gateway({ anchor: '{consumer.metadata.since}' }, { metadata }),
  ]) {
    expect(await statuses(3, get)).toEqual([200, 200, 429])
    world.nowMs = Date.UTC(2026, 10, 21, 9)
    expect((await get()).status).toBe(200)
  }
})

it('refuses where an anchor or a consumer is wanted and there is none', async () => {
  expect((await gateway({ anchor: '{consumer.metadata.since}' }).get()).status).toBe(403)
  expect((await gateway({}, null).get()).status).toBe(403)
})

it('counts only responses with the chosen statuses', async () => {
  const { get } = gateway({ statuses: ['2xx', '404'] }, {}, [500, 503, 404, 301, 200, 200])
  expect(await statuses(6, get)).toEqual([500, 503, 404, 301, 200, 429])
})

it('gives back what a response cost that is not counted, whatever its body says later', async () => {
  const answers = [500, 200, 200]
  const { get, settled } = gateway({ statuses: ['2xx'], cost: 2, costAfter: '1' }, {}, answers)
  const status = async () => {
    const response = await get()
    await response.text()
    await settled()
    return response.status
  }
  expect([await status(), await status(), await status()]).toEqual([500, 200, 429])
})

it('takes the limit from the plan of the consumer', async () => {
  const { get } = gateway({ limit: '{consumer.metadata.calls}' }, { metadata: { calls: 1 } })
  expect(await statuses(2, get)).toEqual([200, 429])
})

it.each([
  [{ statuses: ['20x'] }, 'is no status'],
  [{ anchor: '2026-13-01' }, 'neither an instant nor a template'],
  [{ limit: '{query.limit}' }, "the client's own choice"],
] as [Given, string][])('refuses options that mean nothing: %j', (given, text) => {
  const options = { ...defaults, ...given } as Options<typeof quota.options>
  expect(() => quota.check!(options)).toThrow(text)
})
