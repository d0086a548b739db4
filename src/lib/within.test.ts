import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { within } from './within.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const late = new Error('late')
const never = new Promise<never>(() => undefined)

it('gives what the work gives, and leaves no timer behind', async () => {
  await expect(within(1000, Promise.resolve('done'), late)).resolves.toBe('done')
  await expect(within(1000, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken')
  expect(vi.getTimerCount()).toBe(0)
})

it('throws at the limit and not before', async () => {
  const outcome = within(1000, never, late).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(999)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await outcome).toBe(late)
})

it('sets no timer where there is no limit', () => {
  void within(Number.POSITIVE_INFINITY, never, late)
  expect(vi.getTimerCount()).toBe(0)
})
