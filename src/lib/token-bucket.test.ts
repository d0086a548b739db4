import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('lets the burst through and then one for each refill', () => {
  const bucket = new TokenBucket(3, 10)
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false])
  expect(bucket.take(99)).toBe(false)
  expect(bucket.take(100)).toBe(true)
  expect(bucket.take(100)).toBe(false)
})

test('never holds more than its capacity', () => {
  const bucket = new TokenBucket(2, 10)
  bucket.take(0)
  expect([1e9, 1e9, 1e9].map((now) => bucket.take(now))).toEqual([true, true, false])
})

test('tells how long to wait for the next token', () => {
  const bucket = new TokenBucket(1, 10)
  expect(bucket.waitMs(0)).toBe(0)
  bucket.take(0)
  expect(bucket.waitMs(0)).toBe(100)
  expect(bucket.waitMs(60)).toBe(40)
})

test('a clock that steps back adds no token and does not stop the refill', () => {
  const bucket = new TokenBucket(1, 10)
  bucket.take(1_000_000)
  expect(bucket.take(500_000)).toBe(false)
  expect(bucket.take(500_100)).toBe(true)
})

test('a token that is put back can be taken again, once', () => {
  const bucket = new TokenBucket(1, 10)
  bucket.take(0)
  bucket.putBack()
  bucket.putBack()
  expect([bucket.take(0), bucket.take(0)]).toEqual([true, false])
})
