import type {
  CounterLevel,
  CounterReceipt,
  SlotDecision,
  TokenDecision,
} from '../../core/counters.ts'
import type { Level } from '../../lib/counters/ledger.ts'
import { checkLimit, type Limit } from '../../lib/counters/limit.ts'

/** A decision about tokens. @param levels in the order of `limits` */
export function tokenDecision(
  limits: readonly Limit[],
  levels: readonly Level[],
  receipt: CounterReceipt | undefined,
): TokenDecision {
  const shown = levels.map(({ remaining, resetMs }, at) => ({
    limit: limits[at]!,
    remaining,
    resetMs,
  }))
  if (receipt !== undefined) {
    return { outcome: 'allowed', levels: shown, tightest: least(shown), retryAfterMs: 0, receipt }
  }
  const waits = levels.map(({ waitMs }) => waitMs)
  const retryAfterMs = Math.max(...waits)
  const tightest = shown[waits.indexOf(retryAfterMs)]
  return { outcome: 'refused', levels: shown, tightest, retryAfterMs }
}

export function unreachable(reason: string): TokenDecision & SlotDecision {
  return {
    outcome: 'unreachable',
    levels: [],
    tightest: undefined,
    remaining: 0,
    retryAfterMs: 0,
    reason,
  }
}

/** @throws {RangeError} for a cost that cannot be counted */
export function checkCost(cost: number): void {
  if (Number.isSafeInteger(cost) && cost >= 0) return
  throw new RangeError(`a cost of ${cost} is not a whole number of tokens`)
}

/** @throws {RangeError} for limits that cannot be kept */
export function checkLimits(limits: readonly Limit[]): void {
  if (limits.length < 1 || limits.length > 8) {
    throw new RangeError(`${limits.length} limits at once; there must be one to eight`)
  }
  for (const limit of limits) checkLimit(limit)
}

function least(levels: readonly CounterLevel[]): CounterLevel | undefined {
  let tightest = levels[0]
  for (const level of levels) {
    const less = level.remaining - tightest!.remaining
    if (less < 0 || (less === 0 && level.resetMs > tightest!.resetMs)) tightest = level
  }
  return tightest
}
