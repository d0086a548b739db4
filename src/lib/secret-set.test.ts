import { expect, it } from 'vitest'
import { equalBytes, SecretSet } from './secret-set.ts'

it('tells which secret was presented, and -1 for every other text', async () => {
  const set = new SecretSet(['first', 'second', 'third'])
  expect(await Promise.all(['first', 'second', 'third'].map((one) => set.find(one)))).toEqual([
    0, 1, 2,
  ])
  expect(await Promise.all(['', 'firs', 'first ', 'First'].map((one) => set.find(one)))).toEqual([
    -1, -1, -1, -1,
  ])
})

it('finds nothing in an empty set', async () => {
  expect(await new SecretSet([]).find('')).toBe(-1)
})

it('compares bytes in full', () => {
  const bytes = (...list: number[]) => Uint8Array.from(list)
  expect(equalBytes(bytes(1, 2, 3), bytes(1, 2, 3))).toBe(true)
  expect(equalBytes(bytes(1, 2, 3), bytes(1, 2, 4))).toBe(false)
  expect(equalBytes(bytes(0, 2, 3), bytes(1, 2, 3))).toBe(false)
  expect(equalBytes(bytes(1, 2), bytes(1, 2, 3))).toBe(false)
})
