import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, vi } from 'vitest'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import type { CountersNamespace, Layout } from '../../src/stores/counters/directory.ts'
import { MemoryCounters } from '../../src/stores/counters/memory.ts'
import { countersContract, type CountersFixture } from '../contract/counters.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

describe('memory', () => {
  countersContract(['strict', 'lease', 'local'], (nowMs) => {
    vi.setSystemTime(nowMs)
    return { counters: new MemoryCounters(Date.now), advance }
  })
})

describe('an object for each caller', () => {
  countersContract(['strict', 'lease'], durable('caller'))
})

describe('four objects with many callers each', () => {
  countersContract(['strict', 'lease'], durable(4))
})

function durable(layout: Layout): (nowMs: number) => CountersFixture {
  return (nowMs) => {
    vi.setSystemTime(nowMs)
    const namespace = (env as { COUNTERS?: CountersNamespace }).COUNTERS!
    const counters = new DurableCounters({ namespace, layout, now: Date.now, timeoutMs: 10_000 })
    return { counters, advance }
  }
}

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}
