import { setImmediate } from 'node:timers/promises'
import type { Counters, SlotDecision } from '../../src/core/counters.ts'
import { CountersWorld, type Troubles } from './counters-world.ts'
import { Random } from './random.ts'
import { Timeline } from './timeline.ts'

/** Requests in flight against a number of slots. @returns the most that ever held one, and how many got one */
export async function simulateSlots(
  { limit, requests, troubles }: { limit: number; requests: number; troubles: Troubles },
  seed: number,
): Promise<{ most: number; held: number; deaths: number }> {
  const random = new Random(seed)
  const timeline = new Timeline(Date.UTC(2026, 10, 20))
  const world = new CountersWorld(timeline, random, 10, troubles)
  const changes: { atMs: number; by: number }[] = []
  const leaseMs = 5000

  const hold = (counters: Counters, { receipt }: SlotDecision): void => {
    if (receipt === undefined) return
    const { slot } = receipt as { slot?: string }
    const untilMs = Number(slot!.slice(slot!.lastIndexOf('.') + 1))
    changes.push({ atMs: untilMs - leaseMs, by: 1 })
    // some outlive their lease, some are never released
    const endMs = timeline.nowMs + Math.floor(-Math.log(1 - random.next()) * 1000)
    changes.push({ atMs: Math.min(endMs, untilMs), by: -1 })
    if (random.chance(0.03)) return void (changes.at(-1)!.atMs = untilMs)
    timeline.at(endMs, () => void Promise.resolve(counters.release(receipt)).catch(() => {}))
  }
  for (let at = 0, atMs = 0; at < requests; at++) {
    // twice as many as there is room for
    atMs -= Math.log(1 - random.next()) * (500 / limit)
    timeline.after(atMs, () => {
      const counters = world.isolate()
      const asked = { policy: 'p', caller: 'ada', mode: 'strict', limit, leaseMs } as const
      void Promise.resolve(counters.acquire(asked)).then((decision) => hold(counters, decision))
    })
  }
  while (timeline.step()) await setImmediate()
  // of what happens at the same time, what ends comes first
  changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by)
  let [now, most] = [0, 0]
  for (const { by } of changes) most = Math.max(most, (now += by))
  return { most, held: changes.length / 2, deaths: world.deaths }
}
