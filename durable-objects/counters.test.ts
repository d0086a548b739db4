import { env } from 'cloudflare:workers'
import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Limit } from '../src/lib/counters/limit.ts'
import type { TakeAsk } from '../src/lib/counters/ledger.ts'
import type { Counters } from './counters.ts'

const namespace = (env as { COUNTERS?: DurableObjectNamespace<Counters> }).COUNTERS!
/** Far ahead of the real clock, by which workerd rings alarms. */
const startMs = Date.UTC(2096, 10, 20, 12)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(startMs)
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

function ask(limit: number): TakeAsk {
  const perMinute: Limit = { name: 'l', algorithm: 'fixed-window', limit, windowMs: 60_000 }
  return { limits: [perMinute], cost: 1, wanted: 0 }
}

async function takeMany(stub: DurableObjectStub<Counters>, count: number, limit: number) {
  const answers = await Promise.all(
    Array.from({ length: count }, async () => stub.take('ada', ask(limit))),
  )
  return answers.filter(({ allowed }) => allowed).length
}

test.each([10, 1000])(
  'an object that is evicted in the middle never lets more than %i pass',
  async (limit) => {
    const stub = namespace.getByName('p/evicted')
    let allowed = 0
    for (let life = 0; life < 5; life++) {
      allowed += await takeMany(stub, limit / 4, limit)
      await evictDurableObject(stub)
    }
    expect(allowed).toBeLessThanOrEqual(limit)
    expect(allowed).toBeGreaterThanOrEqual(limit === 10 ? 10 : 800)
  },
)

test('after the alarm an eviction costs nothing', async () => {
  const stub = namespace.getByName('p/flushed')
  await takeMany(stub, 30, 1000)
  vi.setSystemTime(startMs + 5000)
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  await evictDurableObject(stub)
  expect(await takeMany(stub, 1000, 1000)).toBe(970)
})

test('expired state deletes itself, table, alarm and all, and counting starts again', async () => {
  const stub = namespace.getByName('p/expired')
  await takeMany(stub, 3, 10)
  vi.setSystemTime(startMs + 60_000)
  await runDurableObjectAlarm(stub)
  await runDurableObjectAlarm(stub)
  const left = await runInDurableObject(stub, async (_object, state) => ({
    tables: state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name = 'callers'")
      .toArray(),
    alarm: await state.storage.getAlarm(),
  }))
  expect(left).toEqual({ tables: [], alarm: null })
  expect(await takeMany(stub, 20, 10)).toBe(10)
})

test('an object that was only looked at stores nothing', async () => {
  const stub = namespace.getByName('p/seen')
  expect(await stub.inspect('ada')).toEqual({ limits: [], inFlight: 0 })
  expect(await runDurableObjectAlarm(stub)).toBe(false)
})

test('slots survive an eviction', async () => {
  const stub = namespace.getByName('p/slots')
  const slots = { limit: 2, leaseMs: 60_000 }
  const first = await stub.acquire('ada', slots)
  await stub.acquire('ada', slots)
  await evictDurableObject(stub)
  expect((await stub.acquire('ada', slots)).slot).toBe(undefined)
  await stub.release('ada', first.slot!)
  expect((await stub.acquire('ada', slots)).slot).toBeTypeOf('string')
})
