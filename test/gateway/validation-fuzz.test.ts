import { expect, test } from 'vitest'
import { seedOf } from '../simulation/random.ts'
import { fuzz } from './validation-fuzz.ts'

test('answers every one of some hundred hostile requests, and never with a failure of its own', async () => {
  const statuses = await fuzz(800, seedOf('validation-fuzz'))
  expect(statuses['400']).toBeGreaterThan(100)
  expect(statuses['200']).toBeGreaterThan(20)
})
