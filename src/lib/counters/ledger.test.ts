import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'
import { leaseSize } from './lease-size.ts'
import type { Limit } from './limit.ts'

const sliding: Limit = { name: 'm', algorithm: 'sliding-window', limit: 1000, windowMs: 60_000 }
const bucket: Limit = { ...sliding, algorithm: 'token-bucket', burst: 100 }

function remaining(ledger: Ledger, limit: Limit, nowMs: number): number {
  return ledger.take({ limits: [limit], cost: 0, wanted: 0 }, nowMs).levels[0]!.remaining
}

test('leased tokens are counted until the window after the last moment they can be spent', () => {
  const ledger = new Ledger()
  // the request is of the first sub-window, its lease can be spent in the second
  ledger.take({ limits: [sliding], cost: 1, wanted: 20 }, 999)
  expect(remaining(ledger, sliding, 60_999)).toBe(979)
  expect(remaining(ledger, sliding, 61_000)).toBe(980)
  expect(remaining(ledger, sliding, 61_999)).toBe(980)
  expect(remaining(ledger, sliding, 62_000)).toBe(1000)
})

test('a leased token fills a bucket until it can no longer be spent', () => {
  const ledger = new Ledger()
  const { leased } = ledger.take({ limits: [bucket], cost: 1, wanted: 4 }, 0)
  expect(leased).toEqual({ tokens: 4, leaseMs: 1000, spendByMs: 1000 })
  // 4 and what would have been refilled by then
  expect(remaining(ledger, bucket, 0)).toBe(100 - 4 - 17)
  expect(remaining(ledger, bucket, 1000)).toBe(96)
})

test('all limits together give a lease of what the tightest has', () => {
  const ledger = new Ledger()
  const tight: Limit = { ...sliding, name: 'tight', limit: 80 }
  const { leased } = ledger.take({ limits: [sliding, tight], cost: 1, wanted: 50 }, 0)
  expect(leased.tokens).toBe(4)
  expect(remaining(ledger, sliding, 0)).toBe(995)
})

test('what comes back of a lease can be spent again', () => {
  const ledger = new Ledger()
  const limits = [sliding]
  const { leased } = ledger.take({ limits, cost: 1, wanted: 20 }, 0)
  ledger.take({ limits, cost: 1, wanted: 0, unused: leased }, 500)
  expect(remaining(ledger, sliding, 500)).toBe(998)
})

test('an isolate gets what it wants, a tenth of the limit is the bound for all, and the last go singly', () => {
  const plenty = { wanted: 10, room: 1000, capacity: 1000, outstanding: 0 }
  expect(leaseSize(plenty)).toBe(10)
  expect(leaseSize({ ...plenty, wanted: 500 })).toBe(50)
  expect(leaseSize({ ...plenty, wanted: 500, outstanding: 90 })).toBe(5)
  expect(leaseSize({ ...plenty, outstanding: 120 })).toBe(0)
  expect(leaseSize({ ...plenty, room: 16 })).toBe(2)
  expect(leaseSize({ ...plenty, room: 7 })).toBe(0)
})

test('a limit that cannot be kept is an error', () => {
  for (const limit of [
    { ...sliding, limit: 1.5 },
    { ...sliding, windowMs: 0 },
  ]) {
    expect(() => remaining(new Ledger(), limit, 0)).toThrow(RangeError)
  }
})
