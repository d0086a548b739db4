import type { SlotDecision } from '../../core/counters.ts'
import { RecentMap } from '../../lib/recent-map.ts'

/** A slot may be released at any moment elsewhere, so a refusal is only believed for so long. */
const believeMs = 200

/** What one isolate remembers of callers with no slot left, so that a flood costs few calls. */
export class SlotMemory {
  readonly #callers: RecentMap<{ limit: number; untilMs: number; retryAtMs: number }>

  constructor(callersMax: number) {
    this.#callers = new RecentMap(callersMax)
  }

  refusal(policy: string, caller: string, limit: number, nowMs: number): SlotDecision | undefined {
    const known = this.#callers.get(nameOf(policy, caller))
    if (known === undefined || limit > known.limit || nowMs >= known.untilMs) return undefined
    return {
      outcome: 'refused',
      remaining: 0,
      retryAfterMs: Math.max(0, known.retryAtMs - nowMs),
    }
  }

  refused(
    policy: string,
    caller: string,
    limit: number,
    retryAfterMs: number,
    nowMs: number,
  ): void {
    const untilMs = nowMs + Math.min(believeMs, retryAfterMs)
    this.#callers.set(nameOf(policy, caller), { limit, untilMs, retryAtMs: nowMs + retryAfterMs })
  }

  /** One was released here, so there is room. */
  freed(policy: string, caller: string): void {
    this.#callers.set(nameOf(policy, caller), { limit: 0, untilMs: 0, retryAtMs: 0 })
  }

  isKnown(policy: string, caller: string): boolean {
    return this.#callers.get(nameOf(policy, caller)) !== undefined
  }
}

function nameOf(policy: string, caller: string): string {
  return `${policy.length} ${policy}${caller}`
}
