import { capacityOf, type Limit, leaseMsFor, subWindows } from './limit.ts'

/**
 * `lease` where a sixtieth of each window holds at least five tokens and lasts at least a quarter of a
 * second: with less, isolates would ask for nearly every request anyway.
 */
export function defaultMode(limits: readonly Limit[]): 'strict' | 'lease' {
  return limits.every(isWorthLeasing) ? 'lease' : 'strict'
}

function isWorthLeasing(limit: Limit): boolean {
  const tokens = Math.min(limit.limit, capacityOf(limit) * 6)
  const leaseMs = limit.algorithm === 'period' ? 60_000 : leaseMsFor(limit.windowMs)
  return tokens / subWindows >= 5 && leaseMs >= 250
}
