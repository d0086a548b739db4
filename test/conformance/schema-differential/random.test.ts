import { expect, test } from 'vitest'
import { compareOnRandomSchemas } from './run.ts'

test('agrees with hyperjump and Ajv on schemas made up from every keyword', async () => {
  const agreement = await compareOnRandomSchemas(200, 50, 11)
  expect(agreement.disagreements).toEqual([])
  expect(agreement.invalid / agreement.bodies).toBeGreaterThan(0.2)
  expect(agreement.invalid / agreement.bodies).toBeLessThan(0.9)
})
