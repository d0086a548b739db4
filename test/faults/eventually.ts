import { vi } from 'vitest'

/** Resolves once the expectation holds: what happens behind the gateway happens a little after its answer. */
export const eventually = (expectation: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 10 })
