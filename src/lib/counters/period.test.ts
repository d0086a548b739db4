import { expect, test } from 'vitest'
import type { Period } from './limit.ts'
import { periodAt } from './period.ts'

function edges(period: Period, now: string, anchor?: string): string[] {
  const limit = { name: 'q', algorithm: 'period', limit: 1, period } as const
  const anchored = anchor === undefined ? limit : { ...limit, anchorMs: Date.parse(anchor) }
  const { startMs, endMs } = periodAt(anchored, Date.parse(now))
  return [startMs, endMs].map((ms) => new Date(ms).toISOString().replace(/:00\.000Z$/, ''))
}

test('calendar periods start on the hour, at midnight, on Monday and on the first, UTC', () => {
  const now = '2026-11-20T12:34:56Z'
  expect(edges('hour', now)).toEqual(['2026-11-20T12:00', '2026-11-20T13:00'])
  expect(edges('day', now)).toEqual(['2026-11-20T00:00', '2026-11-21T00:00'])
  expect(edges('week', now)).toEqual(['2026-11-16T00:00', '2026-11-23T00:00'])
  expect(edges('month', now)).toEqual(['2026-11-01T00:00', '2026-12-01T00:00'])
})

test('the first instant of a period belongs to it, the last one before does not', () => {
  expect(edges('month', '2026-12-01T00:00:00Z')[0]).toBe('2026-12-01T00:00')
  expect(edges('month', '2026-11-30T23:59:59.999Z')[0]).toBe('2026-11-01T00:00')
  expect(edges('week', '2026-11-16T00:00:00Z')[0]).toBe('2026-11-16T00:00')
  expect(edges('month', '2024-02-29T12:00:00Z')).toEqual(['2024-02-01T00:00', '2024-03-01T00:00'])
})

test('anchored periods start with the anchor, before it too', () => {
  const anchor = '2026-03-03T08:30:00Z'
  expect(edges('day', '2026-11-20T08:29:00Z', anchor)).toEqual([
    '2026-11-19T08:30',
    '2026-11-20T08:30',
  ])
  expect(edges('week', '2026-03-01T00:00:00Z', anchor)[0]).toBe('2026-02-24T08:30')
  expect(edges('month', '2026-11-03T08:30:00Z', anchor)).toEqual([
    '2026-11-03T08:30',
    '2026-12-03T08:30',
  ])
})

test('a month too short for the anchor starts on its last day, and the next one on its own day again', () => {
  const anchor = '2026-01-31T00:00:00Z'
  expect(edges('month', '2026-02-27T00:00:00Z', anchor)).toEqual([
    '2026-01-31T00:00',
    '2026-02-28T00:00',
  ])
  expect(edges('month', '2026-03-01T00:00:00Z', anchor)).toEqual([
    '2026-02-28T00:00',
    '2026-03-31T00:00',
  ])
  expect(edges('month', '2028-02-29T00:00:00Z', anchor)[0]).toBe('2028-02-29T00:00')
})
