import { describe, expect, test } from 'vitest'
import type { Limit, WindowLimit } from './limit.ts'
import { type Meter, meterFrom } from './meter.ts'

const windowMs = 60_000
const sliding: WindowLimit = { name: 'm', algorithm: 'sliding-window', limit: 100, windowMs }
const fixed: WindowLimit = { name: 'm', algorithm: 'fixed-window', limit: 100, windowMs }
const bucket: Limit = { name: 'm', algorithm: 'token-bucket', limit: 100, windowMs, burst: 40 }

/** Small, fast, seeded: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Spent {
  readonly atMs: number
  readonly tokens: number
}

/**
 * Takes whatever there is room for, in bursts and pauses, at once or as a lease that is spent at a random
 * moment of its life or given back. @returns what was spent, and when
 */
function spendAll(meter: Meter, seed: number, untilMs: number, leases: boolean): Spent[] {
  const random = randomFrom(seed)
  const spent: Spent[] = []
  let nowMs = 1_000_000
  while (nowMs < 1_000_000 + untilMs) {
    const tokens = 1 + Math.floor(random() * 5)
    const leaseMs = leases && random() < 0.5 ? meter.leaseMs(nowMs) : 0
    const spendByMs = nowMs + leaseMs
    if (tokens <= meter.room(nowMs, spendByMs)) {
      meter.add(tokens, nowMs, spendByMs)
      const atMs = nowMs + Math.floor(random() * leaseMs)
      if (leaseMs > 0 && random() < 0.2) meter.remove(tokens, nowMs, spendByMs)
      else spent.push({ atMs, tokens })
    }
    nowMs += random() < 0.02 ? Math.floor(random() * 40_000) : Math.floor(random() * 200)
  }
  return spent.toSorted((a, b) => a.atMs - b.atMs)
}

/** The most that was spent in any stretch of `lengthMs`, its last instant excluded. */
function mostIn(spent: readonly Spent[], lengthMs: number): number {
  let most = 0
  let sum = 0
  let first = 0
  for (const { atMs, tokens } of spent) {
    sum += tokens
    while (spent[first]!.atMs <= atMs - lengthMs) sum -= spent[first++]!.tokens
    most = Math.max(most, sum)
  }
  return most
}

describe('a sliding window', () => {
  test.each([1, 2, 3, 4, 5, 6])('never holds more than its limit, leases included (%i)', (seed) => {
    for (const leases of [false, true]) {
      const spent = spendAll(meterFrom(sliding), seed, 3_600_000, leases)
      expect(mostIn(spent, windowMs)).toBeLessThanOrEqual(100)
      expect(spent.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThan(4000)
    }
  })

  test('is exact at its edge: the last token of the old window still counts', () => {
    const meter = meterFrom(sliding)
    meter.add(100, 999, 999)
    expect(meter.room(999 + windowMs - 1, 0)).toBe(0)
    expect(meter.waitMs(1, 999)).toBe(windowMs + 1)
    expect(meter.room(windowMs + 999, 0)).toBe(0)
    expect(meter.room(windowMs + 1000, 0)).toBe(100)
  })

  test('gives tokens back at most a sixtieth of the window late', () => {
    const meter = meterFrom(sliding)
    meter.add(100, 0, 0)
    expect(meter.waitMs(1, 0)).toBe(windowMs + windowMs / 60)
  })

  test('holds for windows that sixty does not divide', () => {
    const odd: WindowLimit = { ...sliding, windowMs: 1009, limit: 7 }
    for (const seed of [1, 2, 3]) {
      expect(mostIn(spendAll(meterFrom(odd), seed, 200_000, true), 1009)).toBeLessThanOrEqual(7)
    }
  })

  test('counts too much, not too little, when its clock is set back', () => {
    const meter = meterFrom(sliding)
    meter.add(60, 500_000, 500_000)
    expect(meter.room(450_000, 450_000)).toBe(40)
    meter.add(40, 450_000, 450_000)
    expect(meter.room(511_001, 0)).toBe(40)
    expect(meter.room(561_000, 0)).toBe(100)
  })
})

describe('a fixed window', () => {
  test('lets through its limit in each window, so twice as much over an edge', () => {
    const meter = meterFrom(fixed)
    meter.add(100, windowMs - 1, windowMs - 1)
    expect(meter.room(windowMs - 1, 0)).toBe(0)
    expect(meter.waitMs(1, windowMs - 1)).toBe(1)
    expect(meter.room(windowMs, 0)).toBe(100)
    for (const leases of [false, true]) {
      expect(mostIn(spendAll(meterFrom(fixed), 7, 3_600_000, leases), windowMs)).toBeLessThan(201)
    }
  })

  test('leases end before the window does', () => {
    const meter = meterFrom(fixed)
    expect(meter.leaseMs(0)).toBe(1000)
    expect(meter.leaseMs(windowMs - 300)).toBe(299)
    expect(meter.leaseMs(windowMs - 1)).toBe(0)
  })

  test('what is given back from an earlier window makes no room in this one', () => {
    const meter = meterFrom(fixed)
    meter.add(10, 100, 100)
    meter.add(5, windowMs, windowMs)
    meter.remove(10, windowMs, 100)
    expect(meter.room(windowMs, 0)).toBe(95)
  })

  test('stays in the later window when its clock is set back over the edge', () => {
    const meter = meterFrom(fixed)
    meter.add(100, windowMs, windowMs)
    expect(meter.room(windowMs - 1, 0)).toBe(0)
    expect(meter.waitMs(1, windowMs - 1)).toBe(windowMs + 1)
  })
})

describe('a token bucket', () => {
  test.each([1, 2, 3, 4])('lets through its burst and its rate in any stretch (%i)', (seed) => {
    for (const leases of [false, true]) {
      const spent = spendAll(meterFrom(bucket), seed, 3_600_000, leases)
      for (const lengthMs of [10, 1000, 7000, windowMs, 10 * windowMs]) {
        const bound = 40 + (100 * lengthMs) / windowMs
        expect(mostIn(spent, lengthMs)).toBeLessThanOrEqual(bound + 1e-6)
      }
    }
  })

  test('fills at its rate', () => {
    const meter = meterFrom(bucket)
    meter.add(40, 0, 0)
    expect(meter.room(0, 0)).toBe(0)
    expect([meter.waitMs(1, 0), meter.resetMs(0)]).toEqual([600, 24_000])
    expect(meter.room(600, 600)).toBeCloseTo(1, 9)
  })

  test('what is given back late makes no more room than was not yet refilled', () => {
    const meter = meterFrom(bucket)
    meter.add(5, 0, 0)
    meter.add(40, 3000, 3000)
    meter.remove(5, 3000, 0)
    expect(meter.room(3000, 3000)).toBeCloseTo(0, 9)
  })

  test('a rate of nothing never refills', () => {
    const meter = meterFrom({ ...bucket, limit: 0 })
    meter.add(40, 0, 0)
    expect(meter.waitMs(1, 0)).toBe(Infinity)
  })
})

describe('every meter', () => {
  test.each<Limit>([sliding, fixed, bucket, { ...fixed, algorithm: 'period', period: 'day' }])(
    'counts on from its stored state: $algorithm',
    (limit) => {
      const meter = meterFrom(limit)
      meter.add(17, 5000, 6000)
      const again = meterFrom(limit, JSON.parse(JSON.stringify(meter.state())))
      expect(again.room(7000, 7000)).toBe(meter.room(7000, 7000))
      expect(again.expiresMs()).toBe(meter.expiresMs())
    },
  )

  test.each<Limit>([sliding, fixed, bucket])('is as good as new when it expires: %o', (limit) => {
    const meter = meterFrom(limit)
    const fresh = meterFrom(limit).room(0, 0)
    meter.add(17, 5000, 5000)
    const expiresMs = meter.expiresMs()
    expect(meter.room(expiresMs - 1, expiresMs - 1)).toBeLessThan(fresh)
    expect(meter.room(expiresMs, expiresMs)).toBe(fresh)
  })

  test('a cost above the capacity never passes', () => {
    for (const limit of [sliding, fixed, bucket]) {
      expect(meterFrom(limit).waitMs(101, 0)).toBe(Infinity)
    }
  })
})
