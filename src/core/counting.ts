import type { Route, Step } from './gateway.ts'
import type { Counting, Hooks } from './policy.ts'
import type { Runtime } from './runtime.ts'

/**
 * What the policies of these routes count, by the names of their counters. A policy that cannot start with the
 * variables that are set counts nothing.
 */
export function countingOf(
  routes: Iterable<Route>,
  runtime: Runtime,
): ReadonlyMap<string, Counting> {
  const steps = new Set<Step<Hooks>>()
  for (const { policies } of routes) for (const step of policies) steps.add(step)
  const found = new Map<string, Counting>()
  for (const step of steps) {
    const counting = said(step, runtime)
    if (counting !== undefined) found.set(counting.policy, counting)
  }
  return found
}

function said(step: Step<Hooks>, runtime: Runtime): Counting | undefined {
  try {
    return step.counts?.(runtime)
  } catch {
    return undefined
  }
}
