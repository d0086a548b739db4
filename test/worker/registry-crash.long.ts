import { reset } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import { crashAtEachStep, crashOften } from './registry-crash.ts'

afterEach(reset)

test('loses nothing acknowledged and ends in agreement, wherever it crashes once', async () => {
  expect(await crashAtEachStep(1, 40)).toBeGreaterThan(200)
})

test('loses nothing acknowledged through thousands of crashes while KV fails now and then', async () => {
  expect(await crashOften(150)).toBeGreaterThan(2000)
})
