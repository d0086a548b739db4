import { expect, test } from 'vitest'
import { Allowance } from './allowance.ts'
import type { TakeAnswer } from './ledger.ts'
import type { Limit } from './limit.ts'

const limits: Limit[] = [{ name: 'm', algorithm: 'sliding-window', limit: 1000, windowMs: 60_000 }]

/** An answer of a counter whose clock is an hour ahead. */
function granted(tokens: number, leaseMs = 1000): TakeAnswer {
  const levels = [{ remaining: 500, resetMs: 60_000, waitMs: 0 }]
  const leased = { tokens, leaseMs, spendByMs: 3_600_000 + leaseMs }
  return { allowed: true, levels, retryAfterMs: 0, atMs: 3_600_000, leased }
}

function refusal(waitMs: number): TakeAnswer {
  const levels = [{ remaining: 0, resetMs: 60_000, waitMs }]
  return { ...granted(0), allowed: false, levels, retryAfterMs: waitMs }
}

function holding(tokens: number, askedMs = 0, nowMs = 40): Allowance {
  const allowance = new Allowance(limits)
  allowance.take(1, askedMs)
  allowance.receive(granted(tokens), allowance.ask(1, true), askedMs, nowMs)
  return allowance
}

test('spends what it was leased, and no more', () => {
  const allowance = holding(2)
  const taken = [41, 42, 43].map((nowMs) => allowance.take(1, nowMs))
  expect(taken).toEqual(['allowed', 'allowed', undefined])
})

test('a lease lives from before it was asked for, however late the answer came', () => {
  expect(holding(2, 0, 900).take(1, 999)).toBe('allowed')
  expect(holding(2, 0, 900).take(1, 1000)).toBe(undefined)
  expect(holding(2, 0, 1200).take(1, 1200)).toBe(undefined)
})

test('a clock that is set back ends the lease', () => {
  const allowance = holding(2)
  expect(allowance.take(1, 39)).toBe(undefined)
  expect(allowance.take(1, 41)).toBe(undefined)
})

test('gives back what was left when it asks again', () => {
  const allowance = holding(5)
  allowance.take(1, 41)
  allowance.take(1, 2000)
  expect(allowance.ask(1, true).unused).toEqual({ tokens: 4, spendByMs: 3_601_000 })
  expect(allowance.ask(1, true).unused).toBe(undefined)
})

test('asks for what it was asked for in the last sub-window, and for nothing at first', () => {
  const allowance = new Allowance(limits)
  const wanted: number[] = []
  for (let at = 0; at < 8; at++) {
    if (allowance.take(1, 100 + at) === 'allowed') continue
    const ask = allowance.ask(1, true)
    wanted.push(ask.wanted)
    allowance.receive(granted(ask.wanted), ask, 100 + at, 100 + at)
  }
  expect(wanted).toEqual([0, 1, 3, 7])
  allowance.take(1, 1500)
  expect(allowance.ask(1, true).wanted).toBe(8)
})

test('asks for no lease in strict mode, nor while another question asks for one', () => {
  const allowance = new Allowance(limits)
  for (let at = 0; at < 4; at++) allowance.take(1, at)
  expect(allowance.ask(1, false).wanted).toBe(0)
  const wish = allowance.ask(1, true)
  expect([wish.wanted, allowance.ask(1, true).wanted]).toEqual([3, 0])
  allowance.fail(wish, 4)
  expect(allowance.ask(1, true).wanted).toBe(3)
})

test('remembers a refusal until it would pass, for this cost and higher ones', () => {
  const allowance = new Allowance(limits)
  allowance.take(5, 0)
  allowance.receive(refusal(3000), allowance.ask(5, false), 0, 10)
  expect([allowance.take(5, 20), allowance.take(6, 20), allowance.take(4, 20)]).toEqual([
    'refused',
    'refused',
    undefined,
  ])
  expect([allowance.take(5, 3009), allowance.take(5, 3010)]).toEqual(['refused', undefined])
})

test('remembers a refusal for a minute at most', () => {
  const allowance = new Allowance(limits)
  allowance.receive(refusal(Number.POSITIVE_INFINITY), allowance.ask(1, false), 0, 0)
  expect([allowance.take(1, 59_999), allowance.take(1, 60_000)]).toEqual(['refused', undefined])
})

test('after three failures in a row asks nobody for a second', () => {
  const allowance = new Allowance(limits)
  for (let turn = 0; turn < 3; turn++) {
    expect(allowance.take(1, turn)).toBe(undefined)
    allowance.fail(allowance.ask(1, false), turn)
  }
  expect([allowance.take(1, 1001), allowance.take(1, 1002)]).toEqual(['unreachable', undefined])
})

test('asks for the next lease before this one is over, where many requests would wait for it', () => {
  const busy = new Allowance(limits)
  for (let at = 0; at < 100; at++) busy.take(1, 900)
  busy.receive(granted(200), busy.ask(1, true), 900, 950)
  expect([busy.renews(951), busy.renews(1799), busy.renews(1800)]).toEqual([false, false, true])
  busy.ask(0, true)
  expect(busy.renews(1801)).toBe(false)
  const calm = holding(20, 900, 950)
  expect([calm.renews(951), calm.renews(1899)]).toEqual([false, false])
})

test('asks for the next lease before its tokens are gone', () => {
  const busy = new Allowance(limits)
  for (let at = 0; at < 100; at++) busy.take(1, 900)
  busy.receive(granted(50), busy.ask(1, true), 900, 950)
  for (let left = 50; left > 20; left--) busy.take(1, 960)
  expect(busy.renews(960)).toBe(false)
  for (let left = 20; left > 5; left--) busy.take(1, 960)
  expect(busy.renews(960)).toBe(true)
})
