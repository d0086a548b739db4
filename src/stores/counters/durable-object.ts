import type {
  AcquireSlot,
  CounterReceipt,
  CounterReport,
  Counters,
  SlotDecision,
  TakeTokens,
  TokenDecision,
} from '../../core/counters.ts'
import { Allowance } from '../../lib/counters/allowance.ts'
import type { TakeAnswer } from '../../lib/counters/ledger.ts'
import type { Limit } from '../../lib/counters/limit.ts'
import type { AcquireAnswer } from '../../lib/counters/slots.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import { within } from '../../lib/within.ts'
import { checkCost, checkLimits, tokenDecision, unreachable } from './decision.ts'
import { type CountersNamespace, Directory, type Layout } from './directory.ts'
import { MemoryCounters } from './memory.ts'
import { SlotMemory } from './slot-memory.ts'

export interface DurableCountersOptions {
  readonly namespace: CountersNamespace
  readonly layout: Layout
  readonly now: () => number
  /** After so long the counter is called unreachable. */
  readonly timeoutMs?: number
  /**
   * Callers of open sets that this isolate has not seen lately, per second, and ten times that at once. Only
   * where each of them starts an object.
   */
  readonly newCallersPerSecond?: number
  /** Callers that are remembered here; some 600 bytes each. */
  readonly callersMax?: number
  /** A name for a caller that tells nothing about it; SHA-256. */
  readonly digest?: (text: string) => Promise<string>
}

/**
 * Counters in Durable Objects, with what this isolate may decide alone in between: it spends leased tokens,
 * and refuses what the counter refused, without a call. Promises of one request are never kept for another.
 */
export class DurableCounters implements Counters {
  readonly #directory: Directory
  readonly #now: () => number
  readonly #timeoutMs: number
  readonly #late: Error
  readonly #newCallers: TokenBucket | undefined
  readonly #allowances: RecentMap<Allowance>
  readonly #slots: SlotMemory
  readonly #local: MemoryCounters
  #resets = 0
  /** Texts of limits that were checked, by the array that policies pass each time. */
  readonly #checked = new WeakMap<readonly Limit[], string>()

  constructor(options: DurableCountersOptions) {
    const { newCallersPerSecond = 100, callersMax = 10_000, timeoutMs = 500 } = options
    this.#directory = new Directory(options.namespace, options.layout, options.digest)
    this.#now = options.now
    this.#timeoutMs = timeoutMs
    this.#late = new Error(`the counter did not answer within ${timeoutMs} ms`)
    if (options.layout === 'caller') {
      this.#newCallers = new TokenBucket(newCallersPerSecond * 10, newCallersPerSecond)
    }
    this.#allowances = new RecentMap(callersMax)
    this.#slots = new SlotMemory(callersMax)
    this.#local = new MemoryCounters(options.now, callersMax)
  }

  take(asked: TakeTokens): TokenDecision | Promise<TokenDecision> {
    if (asked.mode === 'local') return this.#local.take(asked)
    const { limits, cost = 1 } = asked
    checkCost(cost)
    const nowMs = this.#now()
    const name = this.#nameOf(asked)
    const known = this.#allowances.get(name)
    if (known === undefined && asked.isOpen === true && this.#newCallers?.take(nowMs) === false) {
      return unreachable('too many new callers')
    }
    const allowance = known ?? this.#welcome(name, limits)
    const outcome = allowance.take(cost, nowMs)
    if (outcome === undefined) return this.#ask(asked, name, allowance, nowMs)
    if (outcome === 'allowed' && asked.waitUntil !== undefined && allowance.renews(nowMs)) {
      asked.waitUntil(this.#ask({ ...asked, cost: 0 }, name, allowance, nowMs))
    }
    if (outcome === 'unreachable') return unreachable('the counter failed repeatedly')
    const receipt = outcome === 'allowed' ? receiptOf(asked, allowance.spendByMs) : undefined
    return tokenDecision(limits, allowance.levels(nowMs), receipt)
  }

  async settle(receipt: CounterReceipt, difference: number): Promise<void> {
    if (!(receipt instanceof TokenReceipt)) return this.#local.settle(receipt, difference)
    checkCost(Math.abs(difference))
    if (difference === 0) return
    const { asked, spendByMs } = receipt
    const { limits, mode, policy, caller } = asked
    const allowance = this.#allowances.get(this.#nameOf(asked))
    if (difference < 0 && mode === 'lease' && allowance !== undefined) {
      // spent again here, or given back with the next question
      return allowance.putBack(-difference, spendByMs, this.#now())
    }
    const here = mode === 'lease' ? allowance?.spend(difference, this.#now()) : undefined
    const tokens = difference - (here ?? 0)
    if (tokens === 0) return
    const place = await this.#directory.find(policy, caller)
    if (tokens > 0) await place.counters.charge(place.caller, limits, tokens)
    else await place.counters.refund(place.caller, limits, { tokens: -tokens, spendByMs })
  }

  acquire(asked: AcquireSlot): SlotDecision | Promise<SlotDecision> {
    if (asked.mode === 'local') return this.#local.acquire(asked)
    const nowMs = this.#now()
    const { policy, caller, limit } = asked
    const remembered = this.#slots.refusal(policy, caller, limit, nowMs)
    if (remembered !== undefined) return remembered
    const isNew = !this.#slots.isKnown(policy, caller)
    if (isNew && asked.isOpen === true && this.#newCallers?.take(nowMs) === false) {
      return unreachable('too many new callers')
    }
    return this.#acquire(asked)
  }

  async release(receipt: CounterReceipt): Promise<void> {
    if (!(receipt instanceof SlotReceipt)) return this.#local.release(receipt)
    this.#slots.freed(receipt.policy, receipt.caller)
    const { counters, caller } = await this.#directory.find(receipt.policy, receipt.caller)
    await counters.release(caller, receipt.slot)
  }

  async inspect(policy: string, caller: string): Promise<CounterReport> {
    const place = await this.#directory.find(policy, caller)
    const { limits, inFlight } = await place.counters.inspect(place.caller)
    // with mode `local` no object knows the caller, and this isolate only what it has counted itself
    if (limits.length === 0 && inFlight === 0) return this.#local.inspect(policy, caller)
    const levels = limits.map(({ limit, level: { remaining, resetMs } }) => ({
      limit,
      remaining,
      resetMs,
    }))
    return { levels, inFlight }
  }

  async reset(policy: string, caller: string): Promise<void> {
    const place = await this.#directory.find(policy, caller)
    await place.counters.reset(place.caller)
    // an answer on its way here may be older than the reset
    this.#resets += 1
    const [start, end] = [policyPrefix(policy), caller]
    this.#allowances.deleteWhere((_, name) => name.startsWith(start) && name.endsWith(end))
    this.#slots.freed(policy, caller)
    this.#local.reset(policy, caller)
  }

  async #ask(asked: TakeTokens, name: string, allowance: Allowance, askedMs: number) {
    const { policy, caller, limits, cost = 1, mode } = asked
    const wish = allowance.ask(cost, mode === 'lease')
    const resets = this.#resets
    let answer: TakeAnswer
    try {
      const place = await this.#directory.find(policy, caller)
      const asked = place.counters.take(place.caller, { limits, ...wish })
      answer = await within(this.#timeoutMs, asked, this.#late)
    } catch (error) {
      allowance.fail(wish, this.#now())
      return unreachable(error instanceof Error ? error.message : String(error))
    }
    // the same object that asked, even if another request has put a new one into the map meanwhile: what it
    // was given is spent by it or by nobody
    allowance.receive(answer, wish, askedMs, this.#now())
    if (resets === this.#resets) {
      this.#allowances.set(name, this.#allowances.get(name) ?? allowance)
    }
    const receipt = answer.allowed ? receiptOf(asked, answer.atMs) : undefined
    return tokenDecision(limits, answer.levels, receipt)
  }

  async #acquire(asked: AcquireSlot): Promise<SlotDecision> {
    const { policy, caller, limit, leaseMs } = asked
    const place = await this.#directory.find(policy, caller)
    const pending = place.counters.acquire(place.caller, { limit, leaseMs })
    try {
      const { slot, remaining, retryAfterMs } = await within(this.#timeoutMs, pending, this.#late)
      if (slot === undefined) {
        this.#slots.refused(policy, caller, limit, retryAfterMs, this.#now())
        return { outcome: 'refused', remaining, retryAfterMs }
      }
      const receipt = new SlotReceipt(policy, caller, slot)
      return { outcome: 'allowed', remaining, retryAfterMs, receipt }
    } catch (error) {
      // a slot that comes too late is nobody's; if this request is gone by then, its lease frees it
      const free = async ({ slot }: AcquireAnswer) => {
        if (slot !== undefined) await place.counters.release(place.caller, slot)
      }
      void pending.then(free).catch(() => {})
      return unreachable(error instanceof Error ? error.message : String(error))
    }
  }

  #welcome(name: string, limits: readonly Limit[]): Allowance {
    const allowance = new Allowance(limits)
    this.#allowances.set(name, allowance)
    return allowance
  }

  /** Different amounts are different allowances: a caller whose plan grows is not held to an old refusal. */
  #nameOf({ policy, caller, limits }: TakeTokens): string {
    let text = this.#checked.get(limits)
    if (text === undefined) {
      checkLimits(limits)
      text = JSON.stringify(limits)
      this.#checked.set(limits, text)
    }
    return `${policyPrefix(policy)}${text}${caller}`
  }
}

/** The length keeps two policies from being the same text. */
const policyPrefix = (policy: string): string => `${policy.length} ${policy}`

class TokenReceipt implements CounterReceipt {
  readonly policy: string
  readonly caller: string
  readonly asked: TakeTokens
  /** Under which time the counter has the tokens. */
  readonly spendByMs: number

  constructor(asked: TakeTokens, spendByMs: number) {
    this.policy = asked.policy
    this.caller = asked.caller
    this.asked = asked
    this.spendByMs = spendByMs
  }
}

function receiptOf(asked: TakeTokens, spendByMs: number): TokenReceipt {
  return new TokenReceipt(asked, spendByMs)
}

class SlotReceipt implements CounterReceipt {
  readonly policy: string
  readonly caller: string
  readonly slot: string

  constructor(policy: string, caller: string, slot: string) {
    this.policy = policy
    this.caller = caller
    this.slot = slot
  }
}
