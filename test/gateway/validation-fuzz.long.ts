import { expect, test } from 'vitest'
import { seedOf } from '../simulation/random.ts'
import { fuzz } from './validation-fuzz.ts'

test(
  'answers every one of tens of thousands of hostile requests',
  { timeout: 900_000 },
  async () => {
    const statuses = await fuzz(60_000, seedOf('validation-fuzz'))
    console.log(`validation-fuzz: ${JSON.stringify(statuses)}`)
    expect(statuses['400']).toBeGreaterThan(10_000)
  },
)
