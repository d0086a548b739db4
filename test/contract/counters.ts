import { expect, test } from 'vitest'
import type {
  CounterMode,
  Counters,
  Limit,
  TakeTokens,
  TokenDecision,
} from '../../src/core/counters.ts'

/** What a suite needs of a store: a fresh one each time, and a clock it moves by hand. */
export interface CountersFixture {
  readonly counters: Counters
  /** Milliseconds forward, at once. */
  advance(ms: number): void
}

/** Far ahead of the real clock, by which workerd rings alarms. */
const startMs = Date.UTC(2096, 10, 20, 12)
const minute = 60_000

const limitOf: Record<Limit['algorithm'], (limit: number) => Limit> = {
  'sliding-window': (limit) => ({
    name: 'requests',
    algorithm: 'sliding-window',
    limit,
    windowMs: minute,
  }),
  'fixed-window': (limit) => ({
    name: 'requests',
    algorithm: 'fixed-window',
    limit,
    windowMs: minute,
  }),
  'token-bucket': (limit) => ({
    name: 'requests',
    algorithm: 'token-bucket',
    limit,
    windowMs: minute,
    burst: limit,
  }),
  period: (limit) => ({ name: 'requests', algorithm: 'period', limit, period: 'day' }),
}

const algorithms = Object.keys(limitOf) as Limit['algorithm'][]

/**
 * What every store of counters guarantees.
 * @param modes in which the store is exact
 */
export function countersContract(
  modes: readonly CounterMode[],
  fixture: (nowMs: number) => CountersFixture,
): void {
  for (const mode of modes) {
    for (const algorithm of algorithms) limitContract(mode, algorithm, fixture)
    costContract(mode, fixture)
    severalContract(mode, fixture)
    callerContract(mode, fixture)
    slotContract(mode, fixture)
  }
}

function limitContract(
  mode: CounterMode,
  algorithm: Limit['algorithm'],
  fixture: (nowMs: number) => CountersFixture,
): void {
  const asked = { policy: 'p', caller: 'ada', mode, limits: [limitOf[algorithm](10)] }
  // they differ in arithmetic only: what is done at the same time is done alike
  const atOnce = algorithm === 'sliding-window' ? 500 : 50

  test(`${mode}, ${algorithm}: of ${atOnce} at the same time exactly 10 pass`, async () => {
    const { counters } = fixture(startMs)
    const decisions = await Promise.all(
      Array.from({ length: atOnce }, async () => counters.take(asked)),
    )
    expect(outcomes(decisions)).toEqual({ allowed: 10, refused: atOnce - 10 })
  })

  test(`${mode}, ${algorithm}: one after the other, what is left goes down to the refusal`, async () => {
    const { counters } = fixture(startMs)
    const decisions = await inTurn(11, () => counters.take(asked))
    expect(decisions.map((decision) => decision.tightest?.remaining)).toEqual([
      9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0,
    ])
    expect(decisions.at(-1)!.outcome).toBe('refused')
  })

  test(`${mode}, ${algorithm}: a request that comes back when it is told to passes`, async () => {
    const { counters, advance } = fixture(startMs)
    await inTurn(10, () => counters.take(asked))
    const { retryAfterMs } = await counters.take(asked)
    advance(retryAfterMs - 1)
    expect((await counters.take(asked)).outcome).toBe('refused')
    advance(1)
    expect((await counters.take(asked)).outcome).toBe('allowed')
  })

  test(`${mode}, ${algorithm}: the whole limit is back when it said so`, async () => {
    const { counters, advance } = fixture(startMs + 17_000)
    const [first] = await inTurn(10, () => counters.take(asked))
    advance((await counters.take(asked)).tightest!.resetMs)
    expect(outcomes(await inTurn(11, () => counters.take(asked)))).toEqual({
      allowed: 10,
      refused: 1,
    })
    expect(first!.outcome).toBe('allowed')
  })
}

function costContract(mode: CounterMode, fixture: (nowMs: number) => CountersFixture): void {
  const limits = [limitOf['fixed-window'](10)]
  const asked: TakeTokens = { policy: 'p', caller: 'ada', mode, limits }

  test(`${mode}: a request takes its cost, and one that costs too much takes nothing`, async () => {
    const { counters } = fixture(startMs)
    expect((await counters.take({ ...asked, cost: 7 })).tightest?.remaining).toBe(3)
    expect((await counters.take({ ...asked, cost: 4 })).outcome).toBe('refused')
    expect((await counters.take({ ...asked, cost: 3 })).outcome).toBe('allowed')
  })

  test(`${mode}: a cost above the limit never passes`, async () => {
    const { counters } = fixture(startMs)
    const decision = await counters.take({ ...asked, cost: 11 })
    expect(decision).toMatchObject({ outcome: 'refused', retryAfterMs: Infinity })
  })

  test(`${mode}: what was taken for nothing is given back`, async () => {
    const { counters } = fixture(startMs)
    const decision = await counters.take({ ...asked, cost: 10 })
    await counters.settle(decision.receipt!, -4)
    expect((await counters.take({ ...asked, cost: 5 })).outcome).toBe('refused')
    expect((await counters.take({ ...asked, cost: 4 })).outcome).toBe('allowed')
  })

  test(`${mode}: what turned out to cost more is charged, beyond the limit if need be`, async () => {
    const { counters, advance } = fixture(startMs)
    const decision = await counters.take(asked)
    await counters.settle(decision.receipt!, 14)
    expect((await counters.take({ ...asked, cost: 0 })).outcome).toBe('refused')
    advance(minute)
    expect((await counters.take({ ...asked, cost: 10 })).outcome).toBe('allowed')
  })

  test(`${mode}: a cost of 0 passes while anything is left, and takes nothing`, async () => {
    const { counters } = fixture(startMs)
    await counters.take({ ...asked, cost: 9 })
    expect(outcomes(await inTurn(5, () => counters.take({ ...asked, cost: 0 })))).toEqual({
      allowed: 5,
    })
    await counters.take(asked)
    expect((await counters.take({ ...asked, cost: 0 })).outcome).toBe('refused')
  })

  test(`${mode}: a cost that cannot be counted is an error`, async () => {
    const { counters } = fixture(startMs)
    for (const cost of [-1, 0.5, Number.NaN, Infinity]) {
      await expect(async () => counters.take({ ...asked, cost })).rejects.toThrow(RangeError)
    }
  })
}

function severalContract(mode: CounterMode, fixture: (nowMs: number) => CountersFixture): void {
  const burst: Limit = { name: 'burst', algorithm: 'fixed-window', limit: 3, windowMs: minute }
  const daily: Limit = { name: 'daily', algorithm: 'period', limit: 5, period: 'day' }
  const asked = { policy: 'p', caller: 'ada', mode, limits: [burst, daily] }

  test(`${mode}: of several limits the exhausted one refuses, and the others lose nothing`, async () => {
    const { counters, advance } = fixture(startMs)
    const decisions = await inTurn(6, () => counters.take(asked))
    expect(outcomes(decisions)).toEqual({ allowed: 3, refused: 3 })
    expect(decisions.at(-1)!.tightest).toMatchObject({ limit: { name: 'burst' }, remaining: 0 })
    advance(minute)
    const later = await inTurn(3, () => counters.take(asked))
    expect(outcomes(later)).toEqual({ allowed: 2, refused: 1 })
    expect(later.at(-1)!.tightest).toMatchObject({ limit: { name: 'daily' }, remaining: 0 })
    expect(later.at(-1)!.levels.map(({ remaining }) => remaining)).toEqual([1, 0])
    expect(later.at(-1)!.retryAfterMs).toBe(12 * 60 * minute - minute)
  })

  test(`${mode}: the limit with the least left is the one to show`, async () => {
    const { counters } = fixture(startMs)
    const { tightest } = await counters.take(asked)
    expect(tightest).toEqual({ limit: burst, remaining: 2, resetMs: minute })
  })
}

function callerContract(mode: CounterMode, fixture: (nowMs: number) => CountersFixture): void {
  const limits = [limitOf['sliding-window'](1)]
  const asked = { policy: 'p', caller: 'ada', mode, limits }

  test(`${mode}: callers and policies are counted apart`, async () => {
    const { counters } = fixture(startMs)
    const others = [asked, { ...asked, caller: 'bob' }, { ...asked, policy: 'q' }]
    for (const other of others) {
      expect((await counters.take(other)).outcome).toBe('allowed')
      expect((await counters.take(other)).outcome).toBe('refused')
    }
  })

  test(`${mode}: a plan that grows counts from what was spent`, async () => {
    const { counters } = fixture(startMs)
    await inTurn(2, () => counters.take(asked))
    const more = { ...asked, limits: [limitOf['sliding-window'](3)] }
    expect(outcomes(await inTurn(3, () => counters.take(more)))).toEqual({ allowed: 2, refused: 1 })
  })

  test(`${mode}: can be inspected and reset`, async () => {
    const { counters } = fixture(startMs)
    await inTurn(2, () => counters.take(asked))
    const { levels } = await counters.inspect('p', 'ada')
    expect(levels).toMatchObject([{ limit: limits[0], remaining: 0 }])
    await counters.reset('p', 'ada')
    expect(await counters.inspect('p', 'ada')).toEqual({ levels: [], inFlight: 0 })
    expect((await counters.take(asked)).outcome).toBe('allowed')
  })
}

function slotContract(mode: CounterMode, fixture: (nowMs: number) => CountersFixture): void {
  const asked = { policy: 'p', caller: 'ada', mode, limit: 10, leaseMs: minute }

  test(`${mode}: of 500 in flight at the same time exactly 10 have a slot`, async () => {
    const { counters } = fixture(startMs)
    const decisions = await Promise.all(
      Array.from({ length: 500 }, async () => counters.acquire(asked)),
    )
    const held = decisions.filter(({ outcome }) => outcome === 'allowed')
    expect(held.length).toBe(10)
    expect((await counters.inspect('p', 'ada')).inFlight).toBe(10)
    await counters.release(held[0]!.receipt!)
    expect((await counters.acquire(asked)).outcome).toBe('allowed')
    expect((await counters.acquire(asked)).outcome).toBe('refused')
  })

  test(`${mode}: a slot that nobody releases is free when its lease runs out`, async () => {
    const { counters, advance } = fixture(startMs)
    await inTurn(10, () => counters.acquire(asked))
    const refused = await counters.acquire(asked)
    expect(refused).toMatchObject({ outcome: 'refused', retryAfterMs: minute })
    advance(minute)
    expect((await counters.acquire(asked)).outcome).toBe('allowed')
  })
}

/** How many decisions ended how. */
export function outcomes(decisions: readonly Pick<TokenDecision, 'outcome'>[]) {
  const counted: Record<string, number> = {}
  for (const { outcome } of decisions) counted[outcome] = (counted[outcome] ?? 0) + 1
  return counted
}

/** One after the other. */
export async function inTurn<T>(count: number, work: () => T | Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let turn = 0; turn < count; turn++) results.push(await work())
  return results
}
