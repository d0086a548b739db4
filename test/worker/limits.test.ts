import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { policy } from '../../src/core/gateway.ts'
import concurrencyLimit from '../../src/policies/concurrency-limit/concurrency-limit.ts'
import rateLimit from '../../src/policies/rate-limit/rate-limit.ts'
import type { CountersNamespace } from '../../src/stores/counters/directory.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import { harness } from './harness.ts'

afterEach(() => reset())

const namespace = (env as { COUNTERS?: CountersNamespace }).COUNTERS!

function counters(layout: 'caller' | number) {
  return new DurableCounters({ namespace, layout, now: Date.now, timeoutMs: 20_000 })
}

const options = {
  window: 3_600_000,
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

for (const layout of ['caller', 8] as const) {
  for (const algorithm of ['sliding-window', 'fixed-window', 'token-bucket'] as const) {
    it.each(['strict', 'lease'] as const)(
      `of 500 parallel requests at a limit of 10 exactly 10 pass: ${layout}, ${algorithm}, %s`,
      async (mode) => {
        const step = policy('calls', rateLimit, { ...options, limit: 10, algorithm, mode })
        const { fetch } = harness({ policies: [step], runtime: { counters: counters(layout) } })
        const answers = await Promise.all(Array.from({ length: 500 }, () => fetch('/a')))
        const passed = answers.filter(({ status }) => status === 200)
        expect(passed.length).toBe(10)
        expect(answers.filter(({ status }) => status === 429).length).toBe(490)
      },
    )
  }
}

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
