import { expect, test } from 'vitest'
import { seedOf } from '../../simulation/random.ts'
import { compareOnRandomSchemas } from './run.ts'

test('agrees with hyperjump and Ajv on thousands of schemas made up from every keyword', async () => {
  const seed = seedOf('schema-differential/random')
  for (let round = 0; round < 10; round += 1) {
    const agreement = await compareOnRandomSchemas(400, 60, seed + round)
    expect(agreement.disagreements).toEqual([])
  }
})
