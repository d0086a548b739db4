import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import type { Counters, SlotDecision } from '../../core/counters.ts'
import { policy } from '../../core/gateway.ts'
import type { Options } from '../../core/option.ts'
import { MemoryCounters } from '../../stores/counters/memory.ts'
import concurrencyLimit from './concurrency-limit.ts'

type Given = Partial<Options<typeof concurrencyLimit.options>>

const defaults = {
  limit: 2,
  defaultLimit: undefined,
  lease: 60_000,
  by: 'all',
  mode: 'strict',
  onFailure: 'closed',
  fields: true,
} as const

/** A gateway with the policy under the name `flights`, whose answers end when the test says so. */
function gateway(given: Given = {}, counters?: Counters) {
  const world = { nowMs: 1_000_000_000 }
  const now = () => world.nowMs
  const open: ReadableStreamDefaultController[] = []
  const stream = () => new ReadableStream({ start: (controller) => void open.push(controller) })
  const {
    gateway: made,
    fetch,
    settled,
    logs,
  } = harness({
    policies: [policy('flights', concurrencyLimit, { ...defaults, ...given })],
    runtime: { now, counters: counters ?? new MemoryCounters(now) },
    handle: ({ path }) => {
      if (path === '/fails') throw new Error('test')
      return new Response(path === '/empty' ? null : stream())
    },
  })
  const counted = () => made.runtime.metrics.text()
  return { get: (path = '/a') => fetch(path), open, settled, world, logs, counted }
}

/** Reads what is there and lets what follows from it happen. */
async function end(responses: readonly Response[], settled: () => Promise<void>): Promise<void> {
  await Promise.all(responses.map((response) => response.text()))
  await settled()
}

it('refuses the request after the last one allowed, until one has ended', async () => {
  const { get, open, settled } = gateway()
  const responses = [await get(), await get(), await get()]
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429])
  for (const controller of open) controller.close()
  await end(responses, settled)
  expect((await get()).status).toBe(200)
})

it('holds the place as long as the body runs, not only until the answer is there', async () => {
  const { get } = gateway({ limit: 1 })
  expect((await get()).status).toBe(200)
  expect((await get()).status).toBe(429)
})

it.each(['/fails', '/empty'])('gives the place back where there is no body: %s', async (path) => {
  const { get, settled } = gateway({ limit: 1 })
  for (let at = 0; at < 3; at++) {
    const response = await get(path)
    expect(response.status).not.toBe(429)
    await end([response], settled)
  }
})

it('gives the place back when the client leaves', async () => {
  const { get, open, settled } = gateway({ limit: 1 })
  const response = await get()
  await response.body!.cancel()
  open[0]!.enqueue(new TextEncoder().encode('what nobody hears'))
  await settled()
  expect((await get()).status).toBe(200)
})

it('gives the place of a request that never ends back when its lease runs out', async () => {
  const { get, world } = gateway({ limit: 1, lease: 5000 })
  await get()
  world.nowMs += 4999
  expect((await get()).status).toBe(429)
  world.nowMs += 1
  expect((await get()).status).toBe(200)
})

it('says what was exceeded', async () => {
  const { get } = gateway({ limit: 1 })
  await get()
  const refused = await get()
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'retry-after': '1',
    'ratelimit-policy': '"flights";q=1;qu="concurrent-requests"',
    ratelimit: '"flights";r=0',
  })
  expect(await problemOf(refused)).toMatchObject({
    status: 429,
    code: 'limit-exceeded',
    'violated-policies': ['flights'],
  })
})

it('closed refuses and open lets pass when the counter does not answer', async () => {
  const down: SlotDecision = { outcome: 'unreachable', remaining: 0, retryAfterMs: 0, reason: 'x' }
  const counters = { acquire: () => down } as unknown as Counters
  expect((await gateway({}, counters).get()).status).toBe(503)
  const open = gateway({ onFailure: 'open' }, counters)
  expect((await open.get('/empty')).status).toBe(200)
  expect(open.logs.at(-1)).toMatchObject({ event: 'limit-unavailable', outcome: 'open' })
  expect(open.counted()).toContain(
    'cardea_limit_unavailable_total{outcome="open",policy="flights"} 1\n',
  )
})
