import { expect, test } from 'vitest'
import { Turns, waitUntilOver } from './turns.ts'

test('gives one turn at a time for each name', () => {
  const turns = new Turns(1000)
  expect(turns.take('a', 0)).toBe(true)
  expect(turns.take('a', 999)).toBe(false)
  expect(turns.take('b', 999)).toBe(true)
  turns.giveBack('a')
  expect(turns.take('a', 999)).toBe(true)
})

test('a turn that is never given back ends by itself', () => {
  const turns = new Turns(1000)
  turns.take('a', 0)
  expect(turns.take('a', 1000)).toBe(true)
})

test('a full book refuses nobody and frees what has ended', () => {
  const turns = new Turns(1000, 2)
  turns.take('a', 0)
  turns.take('b', 0)
  expect(turns.take('c', 0)).toBe(true)
  expect(turns.isTaken('c', 0)).toBe(false)
  expect(turns.take('d', 1000)).toBe(true)
  expect(turns.isTaken('d', 1000)).toBe(true)
})

test('waits until the thing is over, and no longer than its limit', async () => {
  let nowMs = 0
  const waiting = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
    },
  }
  expect(await waitUntilOver(() => nowMs >= 50, waiting, 1000)).toBe(true)
  expect(nowMs).toBe(50)
  expect(await waitUntilOver(() => false, waiting, 1000)).toBe(false)
  expect(nowMs).toBe(1050)
})

test('a clock that stands still does not make it wait for ever', async () => {
  let sleeps = 0
  const waiting = {
    now: () => 0,
    sleep: async () => {
      sleeps++
    },
  }
  expect(await waitUntilOver(() => false, waiting, 1000)).toBe(false)
  expect(sleeps).toBe(100)
})
