import { afterEach, expect, test, vi } from 'vitest'
import type { TakeTokens } from '../../core/counters.ts'
import type { RemoteCounters } from '../../lib/counters/remote.ts'
import { noStorage } from '../../../test/worker/no-storage.ts'
import { CounterShard } from '../../lib/counters/shard.ts'
import type { Layout } from './directory.ts'
import { DurableCounters } from './durable-object.ts'

/** Objects in this process, a count of their calls, and a clock that is moved by hand. */
function fixture(layout: Layout = 'caller', newCallersPerSecond = 100) {
  const world = { nowMs: 1_000_000_000, calls: 0, names: new Set<string>(), isDown: false }
  const objects = new Map<string, CounterShard>()
  const silence = new Promise<never>(() => {})
  const stub = (name: string) => {
    world.names.add(name)
    const shard = objects.get(name) ?? new CounterShard(noStorage, name)
    objects.set(name, shard)
    const remote: Partial<RemoteCounters> = {
      take: (caller, ask) => {
        world.calls += 1
        return world.isDown ? silence : Promise.resolve(shard.take(caller, ask, world.nowMs))
      },
      acquire: (caller, ask) => {
        world.calls += 1
        return Promise.resolve(shard.acquire(caller, ask, world.nowMs))
      },
      reset: (caller) => Promise.resolve(shard.reset(caller)),
      release: (caller, slot) => Promise.resolve(shard.release(caller, slot, world.nowMs)),
    }
    return remote as RemoteCounters
  }
  const now = () => world.nowMs
  const namespace = { getByName: stub }
  const counters = new DurableCounters({ namespace, layout, now, newCallersPerSecond })
  return { counters, world }
}

function perMinute(limit: number, mode: TakeTokens['mode'], caller = 'ada'): TakeTokens {
  const window = { name: 'l', algorithm: 'sliding-window', limit, windowMs: 60_000 } as const
  return { policy: 'p', caller, mode, limits: [window] }
}

afterEach(() => void vi.useRealTimers())

test('at 80 % of 1,000 a minute from one isolate, a lease asks for at most one request in ten', async () => {
  const { counters, world } = fixture()
  const asked = perMinute(1000, 'lease')
  const outcomes = new Set<string>()
  for (let at = 0; at < 4000; at++) {
    outcomes.add((await counters.take(asked)).outcome)
    world.nowMs += 75
  }
  expect([...outcomes]).toEqual(['allowed'])
  expect(world.calls / 4000).toBeLessThanOrEqual(0.1)
})

test('a lease is spent without waiting', async () => {
  const { counters } = fixture()
  const asked = perMinute(1000, 'lease')
  for (let at = 0; at < 10; at++) await counters.take(asked)
  expect(counters.take(asked)).not.toBeInstanceOf(Promise)
})

test('a refusal is remembered until there is room, so a flood asks nobody', async () => {
  const { counters, world } = fixture()
  const asked = perMinute(10, 'strict')
  for (let at = 0; at < 11; at++) await counters.take(asked)
  const before = world.calls
  for (let at = 0; at < 1000; at++) {
    world.nowMs += 59
    expect(counters.take(asked)).toMatchObject({ outcome: 'refused' })
  }
  expect(world.calls).toBe(before)
  world.nowMs += 2000
  expect((await counters.take(asked)).outcome).toBe('allowed')
})

test('requests that wait for the same counter at the same time lose no lease of another', async () => {
  const { counters, world } = fixture()
  const asked = perMinute(600, 'lease')
  for (let second = 0; second < 30; second++) {
    await Promise.all(Array.from({ length: 19 }, async () => counters.take(asked)))
    world.nowMs += 1000
  }
  const { levels } = await counters.take(asked)
  // 570 of 600 were spent, and what was leased and left came back
  expect(levels[0]!.remaining).toBeGreaterThanOrEqual(10)
})

test('a counter that does not answer is unreachable after half a second, then nobody waits for a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { counters, world } = fixture()
  const asked = perMinute(10, 'strict')
  world.isDown = true
  for (let turn = 0; turn < 3; turn++) {
    const waiting = counters.take(asked)
    await vi.advanceTimersByTimeAsync(500)
    expect(await waiting).toMatchObject({
      outcome: 'unreachable',
      reason: 'the counter did not answer within 500 ms',
    })
  }
  expect(counters.take(asked)).toMatchObject({ outcome: 'unreachable' })
  world.nowMs += 1000
  world.isDown = false
  expect((await counters.take(asked)).outcome).toBe('allowed')
})

test('of an open set of callers only so many new ones a second reach an object', async () => {
  const { counters, world } = fixture('caller', 5)
  const outcomes: string[] = []
  for (let at = 0; at < 80; at++) {
    const asked = { ...perMinute(10, 'strict', `address ${at}`), isOpen: true }
    outcomes.push((await counters.take(asked)).outcome)
  }
  expect(outcomes.filter((outcome) => outcome === 'allowed').length).toBe(50)
  expect(world.names.size).toBe(50)
  // who is known already is not held up
  const again = await counters.take({ ...perMinute(10, 'strict', 'address 7'), isOpen: true })
  expect(again.outcome).toBe('allowed')
})

test('names of objects tell nothing about the caller', async () => {
  const { counters, world } = fixture()
  await counters.take(perMinute(10, 'strict', '192.0.2.7'))
  expect([...world.names]).toEqual([
    'p/37dad677cf0b3997d0f5dd0d7889f84b11002e3ca73b0ae1bdb6d7e9b46fdb8a',
  ])
})

test('with shards, any number of callers is in few objects, and each has its own count', async () => {
  const { counters, world } = fixture(8)
  for (let at = 0; at < 300; at++) {
    const asked = perMinute(1, 'strict', `caller ${at}`)
    expect((await counters.take(asked)).outcome).toBe('allowed')
    expect((await counters.take(asked)).outcome).toBe('refused')
  }
  expect(world.names.size).toBe(8)
})

test('a flood on a caller without a free slot asks five times a second', async () => {
  const { counters, world } = fixture()
  const asked = { policy: 'p', caller: 'ada', mode: 'strict', limit: 1, leaseMs: 60_000 } as const
  const { receipt } = await counters.acquire(asked)
  for (let at = 0; at < 1000; at++) {
    expect((await counters.acquire(asked)).outcome).toBe('refused')
    world.nowMs += 1
  }
  expect(world.calls).toBeLessThanOrEqual(6)
  await counters.release(receipt!)
  expect((await counters.acquire(asked)).outcome).toBe('allowed')
})

test('whoever resets a caller sees it at once, and the leases of the others stay', async () => {
  const { counters, world } = fixture()
  const [ada, grace] = [perMinute(1, 'strict'), perMinute(1000, 'lease', 'grace')]
  await counters.take(ada)
  expect(await counters.take(ada)).toMatchObject({ outcome: 'refused' })
  for (let at = 0; at < 10; at++) await counters.take(grace)
  await counters.reset('p', 'ada')
  expect(await counters.take(ada)).toMatchObject({ outcome: 'allowed' })
  const before = world.calls
  expect(counters.take(grace)).toMatchObject({ outcome: 'allowed' })
  expect(world.calls).toBe(before)
})

test('a refusal that was on its way during a reset is not remembered', async () => {
  const { counters } = fixture()
  const ada = perMinute(1, 'strict')
  await counters.take(ada)
  const late = counters.take(ada)
  // asked after it, so the counter decides in this order and answers both
  await Promise.all([late, counters.reset('p', 'ada')])
  expect(await late).toMatchObject({ outcome: 'refused' })
  expect(await counters.take(ada)).toMatchObject({ outcome: 'allowed' })
})
