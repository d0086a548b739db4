import { describe, expect, test } from 'vitest'
import type { Limit } from '../../src/core/counters.ts'
import { excess, type Scenario, simulate } from './counters.ts'
import type { Troubles } from './counters-world.ts'
import { seedOf } from './random.ts'
import { simulateSlots } from './slots.ts'

const seed = seedOf('simulation of counters')
/** A hundred thousand requests in a second or two; the long run has millions. */
const requests = Math.floor((process.env['CARDEA_TEST_LONG'] === '1' ? 4_000_000 : 100_000) / 48)

/** Little goes wrong, so that limits are really reached: a token too many shows. */
const calm: Troubles = {
  delayMsMax: 30,
  requestLost: 0,
  answerLost: 0,
  objectDies: 0,
  isolateDies: 0,
  skewMsMax: 3_600_000,
}

const stormy: Troubles = {
  delayMsMax: 200,
  requestLost: 0.005,
  answerLost: 0.005,
  objectDies: 0.01,
  isolateDies: 0.002,
  skewMsMax: 3_600_000,
}

const worlds = [
  { isolates: 2, troubles: calm },
  { isolates: 2, troubles: { ...calm, delayMsMax: 400, objectDies: 0.001, isolateDies: 0.001 } },
  { isolates: 40, troubles: stormy },
]

const limits: Limit[] = [10, 1000].flatMap((limit): Limit[] => [
  { name: 'l', algorithm: 'sliding-window', limit, windowMs: 60_000 },
  { name: 'l', algorithm: 'fixed-window', limit, windowMs: 60_000 },
  { name: 'l', algorithm: 'token-bucket', limit, windowMs: 60_000, burst: limit / 2 },
  { name: 'l', algorithm: 'period', limit, period: 'hour' },
])

describe.each(['strict', 'lease'] as const)('%s', (mode) => {
  test.each(limits)('$algorithm, $limit: never more, whatever happens', async (limit) => {
    for (const [at, world] of worlds.entries()) {
      const scenario: Scenario = { limit, mode, requests, ...world }
      const { spent, calls, deaths, outcomes } = await simulate(scenario, seed + at)
      const told = { seed: seed + at, calls, deaths, outcomes }
      expect({ ...told, excess: Math.max(0, excess(limit, spent)) }).toEqual({ ...told, excess: 0 })
      if (world.troubles === stormy) expect(deaths).toBeGreaterThan(0)
      expect(spent.length).toBeGreaterThan(requests / 20)
    }
  })
})

describe('slots', () => {
  test.each([3, 100])('never more than %i in flight, whatever happens', async (limit) => {
    for (const troubles of [calm, stormy]) {
      const { most, held } = await simulateSlots({ limit, requests, troubles }, seed)
      expect({ seed, most: Math.max(most, limit) }).toEqual({ seed, most: limit })
      expect(held).toBeGreaterThan(requests / 20)
    }
  })
})
