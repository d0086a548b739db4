import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compareOnDocument } from './run.ts'

const excerpt = join(import.meta.dirname, '../../fixtures/github/api.github.com.excerpt.json')

test('agrees with hyperjump and Ajv on mutated bodies of real schemas', async () => {
  const agreement = await compareOnDocument(excerpt, 30, 5)
  expect(agreement.disagreements).toEqual([])
  expect(agreement.bodies).toBeGreaterThan(1_000)
  // Mutations that all failed or all passed would prove little
  expect(agreement.invalid / agreement.bodies).toBeGreaterThan(0.2)
  expect(agreement.invalid / agreement.bodies).toBeLessThan(0.9)
})
