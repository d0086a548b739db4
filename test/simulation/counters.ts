import { setImmediate } from 'node:timers/promises'
import type { CounterMode, Counters, Limit } from '../../src/core/counters.ts'
import { CountersWorld, type Troubles } from './counters-world.ts'
import { Random } from './random.ts'
import { Timeline } from './timeline.ts'

export interface Scenario {
  readonly limit: Limit
  readonly mode: CounterMode
  readonly requests: number
  readonly isolates: number
  readonly troubles: Troubles
}

export interface Spent {
  readonly atMs: number
  tokens: number
}

export interface Outcome {
  /** In the order of time. A call's tokens are spent when the counter decided, a lease's when they are used. */
  readonly spent: readonly Spent[]
  readonly calls: number
  readonly deaths: number
  readonly outcomes: Record<string, number>
}

const startMs = Date.UTC(2026, 10, 20)

/** One caller against one limit, through isolates and an object to which things happen. */
export async function simulate(scenario: Scenario, seed: number): Promise<Outcome> {
  const { limit, requests, isolates, troubles } = scenario
  const random = new Random(seed)
  const timeline = new Timeline(startMs)
  const world = new CountersWorld(timeline, random, isolates, troubles)
  const spent: Spent[] = []
  const outcomes: Record<string, number> = {}
  const meanCost = 2
  const betweenMs = (lengthOf(limit) * meanCost) / limit.limit
  const coming = { requests }

  const arrive = (): void => {
    if (coming.requests <= 0) return
    coming.requests -= 1
    void request(world.isolate(), scenario, { timeline, random, spent, outcomes })
    const gapMs = -Math.log(1 - random.next()) * betweenMs
    timeline.after(gapMs / demandAt(timeline.nowMs, limit, random), arrive)
  }
  timeline.after(0, arrive)
  // what follows from an event happens before the next one
  while (coming.requests > 0 && timeline.step()) await setImmediate()
  for (let steps = 0; steps < 50_000 && timeline.step(); steps++) await setImmediate()
  return {
    spent: spent.filter(({ tokens }) => tokens > 0).toSorted((a, b) => a.atMs - b.atMs),
    calls: world.calls,
    deaths: world.deaths,
    outcomes,
  }
}

/**
 * Times the limit. Every other window is calm until a rush at its very end, and the rush goes on into the next
 * one: leases of the old window are still around while the new one fills up.
 */
function demandAt(nowMs: number, limit: Limit, random: Random): number {
  const phase = (nowMs / lengthOf(limit)) % 2
  if (phase < 0.96) return random.pick([0.1, 0.5])
  return phase < 1.5 ? random.pick([3, 20]) : random.pick([0.1, 3])
}

interface Course {
  readonly timeline: Timeline
  readonly random: Random
  readonly spent: Spent[]
  readonly outcomes: Record<string, number>
}

async function request(counters: Counters, { limit, mode }: Scenario, course: Course) {
  const { timeline, random, spent, outcomes } = course
  const cost = 1 + random.below(3)
  const waitUntil = (work: Promise<unknown>) => void work.catch(() => {})
  const answer = counters.take({
    policy: 'p',
    caller: 'ada',
    limits: [limit],
    mode,
    cost,
    waitUntil,
  })
  const isLocal = !(answer instanceof Promise)
  const decision = await answer
  outcomes[decision.outcome] = (outcomes[decision.outcome] ?? 0) + 1
  if (decision.receipt === undefined) return
  const { spendByMs } = decision.receipt as { spendByMs?: number }
  const entry = { atMs: isLocal ? timeline.nowMs : spendByMs!, tokens: cost }
  spent.push(entry)
  if (!random.chance(0.1)) return
  // the response did not count
  timeline.after(random.below(3000), () => {
    entry.tokens = 0
    Promise.resolve(counters.settle(decision.receipt!, -cost)).catch(() => {})
  })
}

export function lengthOf(limit: Limit): number {
  return limit.algorithm === 'period' ? 3_600_000 : limit.windowMs
}

/** How far the promise of the limit was broken at worst: 0 or less when it was kept. */
export function excess(limit: Limit, spent: readonly Spent[]): number {
  if (limit.algorithm === 'sliding-window')
    return mostInTrailing(limit.windowMs, spent) - limit.limit
  if (limit.algorithm === 'token-bucket') return highestLevel(limit, spent) - limit.burst
  const windows = new Map<number, number>()
  for (const { atMs, tokens } of spent) {
    const window = Math.floor(atMs / lengthOf(limit))
    windows.set(window, (windows.get(window) ?? 0) + tokens)
  }
  return Math.max(0, ...windows.values()) - limit.limit
}

function mostInTrailing(windowMs: number, spent: readonly Spent[]): number {
  let [most, sum, first] = [0, 0, 0]
  for (const { atMs, tokens } of spent) {
    sum += tokens
    while (spent[first]!.atMs <= atMs - windowMs) sum -= spent[first++]!.tokens
    most = Math.max(most, sum)
  }
  return most
}

/** Burst + rate × stretch for every stretch holds exactly when a leaking bucket never overflows. */
function highestLevel(
  limit: Limit & { algorithm: 'token-bucket' },
  spent: readonly Spent[],
): number {
  let [level, beforeMs, highest] = [0, 0, 0]
  for (const { atMs, tokens } of spent) {
    level = Math.max(0, level - ((atMs - beforeMs) * limit.limit) / limit.windowMs) + tokens
    beforeMs = atMs
    highest = Math.max(highest, level)
  }
  return highest - 1e-6
}
