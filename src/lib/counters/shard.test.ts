import { describe, expect, test } from 'vitest'
import type { Limit, WindowLimit } from './limit.ts'
import { CounterShard, type ShardStorage } from './shard.ts'

class MapStorage implements ShardStorage {
  readonly rows = new Map<string, { image: string; expiresMs: number }>()
  saves = 0

  load(caller: string): string | undefined {
    return this.rows.get(caller)?.image
  }

  save(caller: string, image: string, expiresMs: number): void {
    this.saves += 1
    this.rows.set(caller, { image, expiresMs })
  }

  delete(caller: string): void {
    this.rows.delete(caller)
  }

  expired(nowMs: number, max: number): string[] {
    const names = [...this.rows].filter(([, row]) => row.expiresMs <= nowMs).map(([name]) => name)
    return names.slice(0, max)
  }

  nextExpiryMs(): number | undefined {
    const times = [...this.rows.values()].map(({ expiresMs }) => expiresMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}

const nowMs = 1_000_000_000

function perWindow(limit: number): WindowLimit {
  return { name: 'requests', algorithm: 'fixed-window', limit, windowMs: 60_000_000 }
}

function takeMany(shard: CounterShard, count: number, limit: number, atMs = nowMs): number {
  let allowed = 0
  for (let turn = 0; turn < count; turn++) {
    const ask = { limits: [perWindow(limit)], cost: 1, wanted: 0 }
    if (shard.take('ada', ask, atMs).allowed) allowed += 1
  }
  return allowed
}

describe('after a crash', () => {
  test.each([1, 7, 10, 30, 100, 1000])('never more than %i pass, however often', (limit) => {
    for (let every = 1; every < 9; every++) {
      const storage = new MapStorage()
      let allowed = 0
      for (let life = 0; life < 200; life++) {
        allowed += takeMany(new CounterShard(storage, `life ${life}`), every, limit)
      }
      expect(allowed).toBeLessThanOrEqual(limit)
    }
  })

  test('at most a twentieth of the limit is refused wrongly, and none of a limit below 20', () => {
    for (const limit of [10, 1000]) {
      const storage = new MapStorage()
      const before = takeMany(new CounterShard(storage, 'a'), 9, limit)
      const after = takeMany(new CounterShard(storage, 'b'), limit, limit)
      expect(before + after).toBeGreaterThanOrEqual(limit - Math.floor(limit / 20))
      if (limit < 20) expect(before + after).toBe(limit)
    }
  })

  test('what was written down by the alarm before is exact', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    takeMany(shard, 300, 1000)
    expect(shard.wakeMs).toBe(nowMs + 5000)
    shard.wake(nowMs + 5000)
    expect(takeMany(new CounterShard(storage, 'b'), 1000, 1000)).toBe(700)
  })

  test('a lease that was given away before still counts', () => {
    const storage = new MapStorage()
    const limits: Limit[] = [{ ...perWindow(1000), algorithm: 'sliding-window', windowMs: 60_000 }]
    const ask = { limits, cost: 1, wanted: 40 }
    const { leased } = new CounterShard(storage, 'a').take('ada', ask, nowMs)
    expect(leased).toEqual({ tokens: 40, spendByMs: nowMs + 1000, leaseMs: 1000 })
    const again = new CounterShard(storage, 'b')
    again.take('ada', { limits, cost: 1, wanted: 0 }, nowMs + 500)
    const { limits: report } = again.inspect('ada', nowMs + 500)
    expect(report[0]!.level.remaining).toBeLessThanOrEqual(1000 - 42)
  })

  test('tokens reserved in one window are not free in the next', () => {
    const storage = new MapStorage()
    const limit: Limit = { name: 'r', algorithm: 'fixed-window', limit: 100, windowMs: 1000 }
    const ask = { limits: [limit], cost: 1, wanted: 0 }
    const shard = new CounterShard(storage, 'a')
    shard.take('ada', ask, 999)
    // spent from the block that was stored before the edge
    expect(shard.take('ada', ask, 1000).allowed).toBe(true)
    expect(storage.saves).toBe(1)
    const report = new CounterShard(storage, 'b').inspect('ada', 1000)
    expect(report.limits[0]!.level.remaining).toBeLessThanOrEqual(99)
  })
})

describe('storage', () => {
  test('is written about once a second, not once a request', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    for (let ms = 0; ms < 60_000; ms += 10) {
      takeMany(shard, 1, 1_000_000, nowMs + ms)
      if (shard.wakeMs! <= nowMs + ms) shard.wake(nowMs + ms)
    }
    expect(storage.saves).toBeLessThan(80)
  })

  test('a refusal writes nothing', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    takeMany(shard, 10, 10)
    const { saves } = storage
    takeMany(shard, 100, 10)
    expect(storage.saves).toBe(saves)
  })

  test('what has expired deletes itself, and then nothing is left to do', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    shard.take('ada', { limits: [{ ...perWindow(5), windowMs: 1000 }], cost: 1, wanted: 0 }, nowMs)
    let wakes = 0
    for (; shard.wakeMs !== undefined && wakes < 10; wakes++) shard.wake(shard.wakeMs)
    expect([storage.rows.size, wakes <= 2]).toEqual([0, true])
  })

  test('what a crash left behind deletes itself too', () => {
    const storage = new MapStorage()
    takeMany(new CounterShard(storage, 'a'), 3, 1000)
    const shard = new CounterShard(storage, 'b')
    for (let wakes = 0; shard.wakeMs !== undefined && wakes < 10; wakes++) shard.wake(shard.wakeMs)
    expect(storage.rows.size).toBe(0)
  })

  test('callers that do not fit into memory are counted on from storage, exactly', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a', 10)
    const ask = { limits: [perWindow(3)], cost: 1, wanted: 0 }
    const allowed = new Map<string, number>()
    for (let turn = 0; turn < 500; turn++) {
      const name = `caller ${turn % 100}`
      if (shard.take(name, ask, nowMs).allowed) allowed.set(name, (allowed.get(name) ?? 0) + 1)
    }
    expect(new Set(allowed.values())).toEqual(new Set([3]))
  })
})

describe('slots', () => {
  const ask = { limit: 100, leaseMs: 30_000 }

  function acquireMany(shard: CounterShard, count: number, atMs = nowMs): string[] {
    const answers = Array.from({ length: count }, () => shard.acquire('ada', ask, atMs))
    return answers.flatMap(({ slot }) => slot ?? [])
  }

  test('held before a crash are held after it, and a twentieth more at most', () => {
    const storage = new MapStorage()
    expect(acquireMany(new CounterShard(storage, 'a'), 60).length).toBe(60)
    const after = acquireMany(new CounterShard(storage, 'b'), 100).length
    expect([after <= 40, after >= 34]).toEqual([true, true])
  })

  test('held before a crash can be released after it', () => {
    const storage = new MapStorage()
    const [first] = acquireMany(new CounterShard(storage, 'a'), 100)
    const shard = new CounterShard(storage, 'b')
    expect(acquireMany(shard, 1)).toEqual([])
    shard.release('ada', first!, nowMs)
    expect(acquireMany(shard, 2).length).toBe(1)
  })

  test('acquired after the alarm wrote down exactly what was held are not forgotten', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    const slots = acquireMany(shard, 50)
    shard.wake(nowMs + 5000)
    for (const slot of slots) shard.release('ada', slot, nowMs + 29_000)
    expect(acquireMany(shard, 50, nowMs + 29_000).length).toBe(50)
    // the old fifty would have run out by now, the new ones have not
    const again = new CounterShard(storage, 'b')
    expect(acquireMany(again, 100, nowMs + 31_000).length).toBeLessThanOrEqual(50)
  })

  test("a slot that ran out before the crash frees nobody else's", () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    const [old] = acquireMany(shard, 1)
    expect(acquireMany(shard, 100, nowMs + 30_000).length).toBe(100)
    const again = new CounterShard(storage, 'b')
    again.release('ada', old!, nowMs + 30_001)
    expect(acquireMany(again, 1, nowMs + 30_001)).toEqual([])
  })

  test('leave nothing in storage when all are free', () => {
    const storage = new MapStorage()
    const shard = new CounterShard(storage, 'a')
    for (const slot of acquireMany(shard, 3)) shard.release('ada', slot, nowMs)
    for (let wakes = 0; shard.wakeMs !== undefined && wakes < 10; wakes++) shard.wake(shard.wakeMs)
    expect(storage.rows.size).toBe(0)
  })
})
