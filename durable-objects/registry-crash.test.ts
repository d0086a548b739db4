import { reset } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import { crashAtEachStep, crashOften } from '../test/worker/registry-crash.ts'

afterEach(reset)

test('loses nothing acknowledged and ends in agreement, wherever it crashes once', async () => {
  expect(await crashAtEachStep(1, 12)).toBeGreaterThan(60)
})

test('loses nothing acknowledged through many crashes while KV fails now and then', async () => {
  expect(await crashOften(12)).toBeGreaterThan(150)
})
