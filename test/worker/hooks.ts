import { policy, type Step } from '../../src/core/gateway.ts'
import { definePolicy, type Hooks, type Need } from '../../src/core/policy.ts'
import { harness, type Setup } from './harness.ts'

/** A policy made of hooks. */
export function step(name: string, hooks: Hooks, needs: readonly Need[] = []): Step<Hooks> {
  return policy(name, definePolicy({ summary: name, needs, options: {}, setup: () => hooks }), {})
}

/** One request to `/a`, with all that it left behind settled. */
export async function run(setup: Setup, init?: RequestInit) {
  const one = harness(setup)
  const response = await one.fetch('/a', init)
  const text = await response.clone().text()
  await one.settled()
  return { ...one, response, text }
}
