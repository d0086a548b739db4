import { expect, it } from 'vitest'
import type { Runtime } from '../../core/runtime.ts'
import { countersStore } from './platform.ts'

/** Names of the objects that 2,000 callers of one policy are counted in. */
async function objectsOf(env: object): Promise<Set<string>> {
  const names = new Set<string>()
  const getByName = (name: string) => {
    names.add(name)
    return { inspect: async () => ({ limits: [], inFlight: 1 }) }
  }
  const runtime = { now: () => 0 } as unknown as Runtime
  const { counters } = countersStore({ COUNTERS: { getByName }, ...env }, runtime)
  for (let at = 0; at < 2000; at++) await counters!.inspect('p', `caller ${at}`)
  return names
}

it('on one’s own machine a policy has 64 objects, however many callers there are', async () => {
  expect((await objectsOf({ CARDEA_PLATFORM: 'workerd' })).size).toBe(64)
})

it('on Cloudflare each caller has an object of its own', async () => {
  expect((await objectsOf({})).size).toBe(2000)
})
