import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { policy } from '../../src/core/gateway.ts'
import concurrencyLimit from '../../src/policies/concurrency-limit/concurrency-limit.ts'
import rateLimit from '../../src/policies/rate-limit/rate-limit.ts'
import type { RemoteCounters } from '../../src/lib/counters/remote.ts'
import type { CountersNamespace } from '../../src/stores/counters/directory.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import { harness } from './harness.ts'

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const namespace = (env as { COUNTERS?: CountersNamespace }).COUNTERS!

function counters(layout: 'caller' | number) {
  return new DurableCounters({ namespace, layout, now: Date.now, timeoutMs: 20_000 })
}

const options = {
  // on the real clock: an hour ends, and with it a fixed window, in one run of many
  window: 30 * 24 * 3_600_000,
  limits: undefined,
  defaultLimit: undefined,
  burst: undefined,
  by: 'all',
  cost: 1,
  defaultCost: undefined,
  costHeader: undefined,
  costAfter: undefined,
  onFailure: 'closed',
  fields: true,
  legacyFields: false,
} as const

// what the store does with each algorithm in each layout is its contract (counters.test.ts)
it.each([
  ['caller', 'sliding-window', 'strict'],
  ['caller', 'token-bucket', 'lease'],
  [8, 'sliding-window', 'lease'],
  [8, 'fixed-window', 'strict'],
] as const)(
  'of 500 parallel requests at a limit of 10 exactly 10 pass: %s, %s, %s',
  async (layout, algorithm, mode) => {
    const step = policy('calls', rateLimit, { ...options, limit: 10, algorithm, mode })
    const { fetch } = harness({ policies: [step], runtime: { counters: counters(layout) } })
    const answers = await Promise.all(Array.from({ length: 500 }, () => fetch('/a')))
    const passed = answers.filter(({ status }) => status === 200)
    expect(passed.length).toBe(10)
    expect(answers.filter(({ status }) => status === 429).length).toBe(490)
  },
)

it('of 100 requests at once 10 are in flight, and each end makes room for another', async () => {
  const step = policy('flight', concurrencyLimit, {
    limit: 10,
    defaultLimit: undefined,
    lease: 60_000,
    by: 'all',
    mode: 'strict',
    onFailure: 'closed',
    fields: true,
  })
  const controllers: ReadableStreamDefaultController[] = []
  const handle = () =>
    new Response(new ReadableStream({ start: (controller) => void controllers.push(controller) }))
  const { fetch, settled } = harness({
    policies: [step],
    handle,
    runtime: { counters: counters('caller') },
  })
  const answers = await Promise.all(Array.from({ length: 100 }, () => fetch('/a')))
  const passed = answers.filter(({ status }) => status === 200)
  expect(passed.length).toBe(10)
  for (const controller of controllers) controller.close()
  await Promise.all(answers.map((response) => response.text()))
  await settled()
  const again = await fetch('/a')
  expect(again.status).toBe(200)
  controllers.at(-1)!.close()
  await again.text()
})

it('paced at 80 % of 1,000 a minute, one isolate asks its object for at most one request in ten', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  // far ahead of the real clock, by which workerd rings alarms
  let nowMs = Date.UTC(2096, 10, 20, 12)
  vi.setSystemTime(nowMs)
  let calls = 0
  const getByName = (name: string): RemoteCounters => {
    const object = namespace.getByName(name)
    const take: RemoteCounters['take'] = (caller, ask) => {
      calls += 1
      return object.take(caller, ask)
    }
    return { take } as RemoteCounters
  }
  const step = policy('calls', rateLimit, {
    ...options,
    ...{ limit: 1000, window: 60_000, algorithm: 'sliding-window', mode: undefined },
  })
  const { fetch, settled } = harness({
    policies: [step],
    runtime: {
      now: () => nowMs,
      counters: new DurableCounters({
        ...{ namespace: { getByName }, layout: 'caller', now: () => nowMs, timeoutMs: 20_000 },
      }),
    },
  })
  const statuses = new Set<number>()
  for (let at = 0; at < 1600; at++) {
    statuses.add((await fetch('/a')).status)
    vi.setSystemTime((nowMs += 75))
  }
  await settled()
  expect([...statuses]).toEqual([200])
  // a lease lives for a second; 118 of 1,600 is 0.074
  expect(calls).toBe(118)
})
