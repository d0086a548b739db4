import { expect, it } from 'vitest'
import rateLimit from './rate-limit-binding.ts'

const binding = (namespace: string, clock: { now: number }, limit = 2, period = 10) =>
  rateLimit({ namespace, limit, period, now: () => clock.now })

it('refuses the one after the last allowed, and allows again in the next period', async () => {
  const clock = { now: 20_000 }
  const limiter = binding('periods', clock)
  const take = async () => (await limiter.limit({ key: 'a' })).success
  expect([await take(), await take(), await take()]).toEqual([true, true, false])
  clock.now = 29_999
  expect(await take()).toBe(false)
  clock.now = 30_000
  expect(await take()).toBe(true)
})

it('keys have counts of their own, and bindings of one namespace share them', async () => {
  const clock = { now: 0 }
  const [one, same, other] = [binding('n', clock), binding('n', clock), binding('m', clock)]
  await one.limit({ key: 'a' })
  await same.limit({ key: 'a' })
  expect(await one.limit({ key: 'a' })).toEqual({ success: false })
  expect(await one.limit({ key: 'b' })).toEqual({ success: true })
  expect(await other.limit({ key: 'a' })).toEqual({ success: true })
})

it('says so when there is no key', async () => {
  const limiter = binding('keyless', { now: 0 })
  for (const options of [undefined, {}, { key: 1 }]) {
    await expect(limiter.limit(options as never)).rejects.toThrow("wants a text as its 'key'")
  }
})
