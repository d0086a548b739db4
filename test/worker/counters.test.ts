import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterAll, afterEach, beforeEach, describe, vi } from 'vitest'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'
import type { CountersNamespace, Layout } from '../../src/stores/counters/directory.ts'
import { MemoryCounters } from '../../src/stores/counters/memory.ts'
import { countersContract, type CountersFixture } from '../contract/counters.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))

afterEach(() => void vi.useRealTimers())
afterAll(reset)

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

/** Each test has objects of its own: a name that no other test says takes no time, `reset` some 40 ms. */
function durable(layout: Layout): (nowMs: number) => CountersFixture {
  let tests = 0
  return (nowMs) => {
    vi.setSystemTime(nowMs)
    const all = (env as { COUNTERS?: CountersNamespace }).COUNTERS!
    const test = `${layout}/${tests++}`
    const namespace = { getByName: (name: string) => all.getByName(`${test}/${name}`) }
    const counters = new DurableCounters({ namespace, layout, now: Date.now, timeoutMs: 10_000 })
    return { counters, advance }
  }
}

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}
