import type {
  AcquireSlot,
  CounterReceipt,
  CounterReport,
  Counters,
  SlotDecision,
  TakeTokens,
  TokenDecision,
} from '../../core/counters.ts'
import { Ledger } from '../../lib/counters/ledger.ts'
import type { Limit } from '../../lib/counters/limit.ts'
import { Slots } from '../../lib/counters/slots.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { checkCost, checkLimits, tokenDecision } from './decision.ts'

/** Counts in this isolate alone, whatever the mode. Callers that were not seen for long are forgotten. */
export class MemoryCounters implements Counters {
  readonly #callers: RecentMap<Caller>
  readonly #now: () => number

  /** @param callersMax about how many callers are remembered; some 500 bytes each */
  constructor(now: () => number, callersMax = 10_000) {
    this.#now = now
    this.#callers = new RecentMap(callersMax)
  }

  take({ policy, caller, limits, cost = 1 }: TakeTokens): TokenDecision {
    checkCost(cost)
    checkLimits(limits)
    const { ledger } = this.#caller(policy, caller)
    const answer = ledger.take({ limits, cost, wanted: 0 }, this.#now())
    const receipt = answer.allowed ? { policy, caller, limits, atMs: answer.atMs } : undefined
    return tokenDecision(limits, answer.levels, receipt)
  }

  settle(receipt: CounterReceipt, difference: number): void {
    const { policy, caller, limits, atMs } = receipt as TokenReceipt
    const { ledger } = this.#caller(policy, caller)
    checkCost(Math.abs(difference))
    if (difference > 0) ledger.charge(limits, difference, this.#now())
    else ledger.refund(limits, { tokens: -difference, spendByMs: atMs }, this.#now())
  }

  acquire({ policy, caller, limit, leaseMs }: AcquireSlot): SlotDecision {
    const { slots } = this.#caller(policy, caller)
    const { slot, remaining, retryAfterMs } = slots.acquire({ limit, leaseMs }, this.#now())
    if (slot === undefined) return { outcome: 'refused', remaining, retryAfterMs }
    const receipt: SlotReceipt = { policy, caller, slot }
    return { outcome: 'allowed', remaining, retryAfterMs, receipt }
  }

  release(receipt: CounterReceipt): void {
    const { policy, caller, slot } = receipt as SlotReceipt
    this.#caller(policy, caller).slots.release(slot, this.#now())
  }

  inspect(policy: string, caller: string): CounterReport {
    const { ledger, slots } = this.#caller(policy, caller)
    const nowMs = this.#now()
    const levels = ledger.levels(nowMs).map(({ limit, level: { remaining, resetMs } }) => ({
      limit,
      remaining,
      resetMs,
    }))
    return { levels, inFlight: slots.inFlight(nowMs) }
  }

  reset(policy: string, caller: string): void {
    this.#callers.delete(nameOf(policy, caller))
  }

  #caller(policy: string, caller: string): Caller {
    const name = nameOf(policy, caller)
    let known = this.#callers.get(name)
    if (known === undefined) {
      known = { ledger: new Ledger(false), slots: new Slots('memory') }
      this.#callers.set(name, known)
    }
    return known
  }
}

interface Caller {
  readonly ledger: Ledger
  readonly slots: Slots
}

interface TokenReceipt extends CounterReceipt {
  readonly limits: readonly Limit[]
  readonly atMs: number
}

interface SlotReceipt extends CounterReceipt {
  readonly slot: string
}

/** The length keeps two pairs from being the same text. */
function nameOf(policy: string, caller: string): string {
  return `${policy.length} ${policy}${caller}`
}
