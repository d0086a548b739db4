import { env, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { CacheEntries, PART_BYTES, type Place } from './cache-entries.ts'

const namespace = (env as { COUNTERS?: DurableObjectNamespace }).COUNTERS!
const LIMITS = { bytesMax: 8 * PART_BYTES, bodyBytesMax: 3 * PART_BYTES }
const HEAD = { status: 200, statusText: 'OK', fields: [['etag', '"1"']] as const }

interface Own {
  readonly entries: CacheEntries
  put(key: string, size: number, times?: Partial<Times>): Promise<boolean>
  /** What is read of it, as the number of bytes and their sum; undefined when it is not there. */
  read(key: string, now?: number): Promise<readonly [number, number] | undefined>
  /** Rows of bodies. */
  parts(): number
  again(): CacheEntries
}
type Times = { now: number; freshMs: number; declaredBytes: number }

const place = (key: string): Place => ({ cache: '', url: `http://c/${key}` })

/** A database of its own, in an object that does nothing else. */
function world(name: string, test: (own: Own) => Promise<void>): Promise<void> {
  return runInDurableObject(namespace.getByName(`cache ${name}`), async (_, state) => {
    const { sql } = state.storage
    const entries = new CacheEntries(sql, LIMITS)
    await test({
      entries,
      put: (key, size, times = {}) =>
        entries.put(place(key), HEAD, body(size), { now: 0, freshMs: 1000, ...times }),
      async read(key, now = 0) {
        const entry = entries.find(place(key), now)
        if (entry === undefined) return undefined
        const stream = entries.read(entry, 0, entry.bytes - 1)
        const read = new Uint8Array(await new Response(stream).arrayBuffer())
        return [read.length, read.reduce((sum, one) => sum + one, 0)]
      },
      parts: () => sql.exec<{ n: number }>('SELECT count(*) AS n FROM parts').one().n,
      again: () => new CacheEntries(sql, LIMITS),
    })
  })
}

/** Ones, in pieces that fit no row. */
function body(size: number): () => Promise<Uint8Array | undefined> {
  let left = size
  return async () => {
    const length = Math.min(left, 100_003)
    left -= length
    return length === 0 ? undefined : new Uint8Array(length).fill(1)
  }
}

it.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])(
  'gives back a body of %i bytes as it came',
  (size) =>
    world(`whole ${size}`, async ({ put, read }) => {
      expect(await put('a', size)).toBe(true)
      expect(await read('a')).toEqual([size, size])
    }),
)

it('an entry is there until it expires, and a sweep takes its rows away', () =>
  world('expiry', async ({ entries, put, read, parts }) => {
    await put('a', 10)
    await put('b', 10, { freshMs: 5000 })
    expect([await read('a', 999), await read('a', 1000)]).toEqual([[10, 10], undefined])
    entries.sweep(1000)
    expect([parts(), entries.isEmpty]).toEqual([1, false])
    entries.sweep(5000)
    expect([parts(), entries.isEmpty, entries.bytes]).toEqual([0, true, 0])
  }))

it('one cache does not see another one’s', () =>
  world('caches', async ({ entries, put }) => {
    await put('a', 10)
    expect(entries.find({ cache: 'other', url: place('a').url }, 0)).toBe(undefined)
    expect(entries.delete({ cache: 'other', url: place('a').url })).toBe(false)
    expect(entries.delete(place('a'))).toBe(true)
  }))

it('never takes more than it may: what was used longest ago goes first', () =>
  world('eviction', async ({ entries, put, read, parts }) => {
    for (const [now, key] of ['a', 'b', 'c'].entries()) await put(key, 2 * PART_BYTES, { now })
    // a is the oldest, but used last
    await read('a', 10)
    await put('d', 2 * PART_BYTES, { now: 11 })
    expect(entries.bytes).toBeLessThanOrEqual(LIMITS.bytesMax)
    const there = await Promise.all(['a', 'b', 'c', 'd'].map((key) => read(key, 12)))
    expect(there.map((one) => one?.[0] ?? 0)).toEqual([2, 0, 2, 2].map((n) => n * PART_BYTES))
    expect(parts()).toBe(6)
  }))

it('a body that is too large, or shorter than it said, or breaks off leaves nothing, and what stood there stays', () =>
  world('broken', async ({ entries, put, read, parts }) => {
    await put('a', 10)
    const before = entries.bytes
    expect(await put('a', 3 * PART_BYTES + 1)).toBe(false)
    expect(await put('a', PART_BYTES + 5, { declaredBytes: PART_BYTES + 6 })).toBe(false)
    let asked = 0
    const breaking = async () => {
      if (asked++ > 2) throw new Error('gone')
      return new Uint8Array(PART_BYTES / 2)
    }
    const times = { now: 0, freshMs: 1000 }
    await expect(entries.put(place('a'), HEAD, breaking, times)).rejects.toThrow('gone')
    expect([await read('a'), entries.bytes, parts()]).toEqual([[10, 10], before, 1])
  }))

it('what is being read is read to its end, though it is deleted or replaced meanwhile', () =>
  world('readers', async ({ entries, put, parts }) => {
    await put('a', 2 * PART_BYTES)
    const entry = entries.find(place('a'), 0)!
    const streams = [0, 1].map(() => entries.read(entry, 1, entry.bytes - 1))
    await put('a', 10)
    expect(entries.delete(place('a'))).toBe(true)
    const [first, second] = streams
    expect((await new Response(first!).arrayBuffer()).byteLength).toBe(2 * PART_BYTES - 1)
    expect(parts()).toBe(2)
    await second!.cancel()
    expect([parts(), entries.bytes]).toEqual([0, 0])
  }))

it('after a restart it knows what it has, and what was half written is gone', () =>
  world('restart', async ({ entries, put, again, parts }) => {
    await put('a', 10)
    const half = async () => {
      again()
      throw new Error('killed')
    }
    let isFirst = true
    const body = async () => {
      if (!isFirst) return half()
      isFirst = false
      return new Uint8Array(PART_BYTES)
    }
    const times = { now: 0, freshMs: 1000 }
    await expect(entries.put(place('b'), HEAD, body, times)).rejects.toThrow('killed')
    const restarted = again()
    expect([parts(), restarted.bytes]).toEqual([1, entries.bytes])
    expect(restarted.find(place('a'), 0)?.bytes).toBe(10)
  }))
