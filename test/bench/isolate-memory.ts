/**
 * `node test/bench/isolate-memory.ts [callers]`: the heap that one isolate keeps of ever new callers where each has
 * an object of its own, as on Cloudflare: the store without the objects, which answer at once. Every caller is
 * counted, strict and on lease, and holds a slot.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { TakeAnswer, TakeAsk } from '../../src/lib/counters/ledger.ts'
import type { RemoteCounters } from '../../src/lib/counters/remote.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'

const callers = Number(process.argv[2] ?? 1_000_000)
const MARKS = [0.01, 0.02, 0.1, 0.3, 0.6, 1]
const limit = {
  name: '1h',
  algorithm: 'sliding-window',
  limit: 10_000,
  windowMs: 3_600_000,
} as const
const limits = [limit]

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const objects: Partial<RemoteCounters> = {
  take: async (_, ask) => answer(ask),
  acquire: async (caller) => ({ slot: caller, remaining: 1, retryAfterMs: 0 }),
  release: async () => {},
}
const counters = new DurableCounters({
  namespace: { getByName: () => objects as RemoteCounters },
  layout: 'caller',
  now: () => Date.now(),
})

const empty = heapKiB()
console.log('callers    heap in KiB')
let next = 0
for (const mark of MARKS.map((share) => Math.round(share * callers))) {
  for (; next < mark; next++) {
    const asked = { policy: 'p', caller: `caller ${next}`, limits }
    await counters.take({ ...asked, mode: 'strict' })
    await counters.take({ ...asked, mode: 'lease', policy: 'q' })
    const held = await counters.acquire({ ...asked, mode: 'strict', limit: 2, leaseMs: 60_000 })
    await counters.release(held.receipt!)
  }
  console.log(`${String(mark).padStart(7)}  ${String(heapKiB() - empty).padStart(8)}`)
}

function heapKiB(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 1024)
}

function answer({ wanted }: TakeAsk): TakeAnswer {
  const atMs = Date.now()
  return {
    allowed: true,
    levels: [{ remaining: 5000, resetMs: 3_600_000, waitMs: 0 }],
    retryAfterMs: 0,
    atMs,
    leased: { tokens: wanted, spendByMs: atMs + 60_000, leaseMs: 60_000 },
  }
}
