/**
 * `node test/bench/isolate-memory.ts [caller|64] [callers]`: the heap that one isolate keeps of ever new callers. Whole
 * requests, each from another address and with another header, through the pipeline, the three limiting policies and
 * the store, whose objects answer at once and keep nothing: what is left is the isolate's.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { buildTrie } from '../../scripts/compile/trie.ts'
import { checkOptions } from '../../scripts/compile/options.ts'
import { Gateway, handler, policy, route, type Step } from '../../src/core/gateway.ts'
import type { Options, OptionSet } from '../../src/core/option.ts'
import type { Hooks, Policy } from '../../src/core/policy.ts'
import unmatched from '../../src/core/unmatched.ts'
import respond from '../../src/handlers/respond/respond.ts'
import type { TakeAnswer, TakeAsk } from '../../src/lib/counters/ledger.ts'
import type { RemoteCounters } from '../../src/lib/counters/remote.ts'
import concurrencyLimit from '../../src/policies/concurrency-limit/concurrency-limit.ts'
import quota from '../../src/policies/quota/quota.ts'
import rateLimit from '../../src/policies/rate-limit/rate-limit.ts'
import { DurableCounters } from '../../src/stores/counters/durable-object.ts'

const layout = process.argv[2] === '64' ? 64 : 'caller'
const callers = Number(process.argv[3] ?? 1_000_000)
const MARKS = [0.01, 0.02, 0.1, 0.3, 0.6, 1]

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Moves on with the requests: where anybody can be a caller, so many new ones a second are let through. */
let nowMs = Date.UTC(2026, 10, 20)
const objects: Partial<RemoteCounters> = {
  take: async (_, ask) => answer(ask),
  acquire: async (caller) => ({ slot: caller, remaining: 1, retryAfterMs: 0 }),
  release: async () => {},
}
const header = '{headers.x-caller}'
const gateway = gatewayWith([
  step('strict', rateLimit, { limit: 10_000, window: '1h', mode: 'strict' }),
  step('lease', rateLimit, { limit: 10_000, window: '1h', mode: 'lease', by: header }),
  step('local', rateLimit, { limit: 10_000, window: '1h', mode: 'local', by: header }),
  step('quota', quota, { limit: '{headers.x-limit}', period: 'day', by: header }, false),
  step('flights', concurrencyLimit, { limit: 2, by: header }),
])

await send(0)
const empty = heapKiB()
console.log(`layout ${layout}\n callers   heap in KiB`)
let next = 1
for (const mark of MARKS.map((share) => Math.round(share * callers))) {
  for (; next <= mark; next++) await send(next)
  console.log(`${String(mark).padStart(8)}  ${String(heapKiB() - empty).padStart(8)}`)
}

async function send(number: number): Promise<void> {
  nowMs += 50
  const address = `${10 + (number >> 24)}.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
  const headers = { 'x-caller': `caller ${number}`, 'x-limit': String(10_000 + number) }
  const request = new Request('http://gateway.test/a', { headers })
  Object.defineProperty(request, 'cf', { value: { clientIp: `${address}:5000` } })
  const left: Promise<unknown>[] = []
  const context = { waitUntil: (work: Promise<unknown>) => void left.push(work) }
  const response = await gateway.fetch(request, context as unknown as ExecutionContext)
  if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`)
  await Promise.all(left)
}

function gatewayWith(policies: readonly Step<Hooks>[]): Gateway {
  const now = () => nowMs
  const namespace = { getByName: () => objects as RemoteCounters }
  const counters = new DurableCounters({ namespace, layout, now })
  const end = handler('respond', respond, { status: 204, headers: {}, body: undefined })
  return new Gateway(
    {
      settings: { discloseNames: true, requestBodyBytesMax: 1024, keyPrefix: 'cardea' },
      trie: buildTrie([{ method: 'GET', path: '/a', index: 0 }]),
      routes: [() => route('a', 'GET', '/a', policies, end)],
      unmatched: () => route('unmatched', '*', '', [], handler('unmatched', unmatched, {})),
      stores: [() => ({ now, counters })],
    },
    { CARDEA_PLATFORM: 'workerd' },
  )
}

/** A policy with options as a user writes them. @param isChecked false: also what its `check` would refuse */
function step<S extends OptionSet>(
  name: string,
  one: Policy<S>,
  given: object,
  isChecked = true,
): Step<Hooks> {
  const { options, faults } = checkOptions(one.options, given as Record<string, unknown>)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  const { check: _, ...unchecked } = one
  return policy(name, isChecked ? one : unchecked, options as Options<S>)
}

function heapKiB(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 1024)
}

function answer({ wanted, limits }: TakeAsk): TakeAnswer {
  return {
    allowed: true,
    levels: limits.map(() => ({ remaining: 5000, resetMs: 3_600_000, waitMs: 0 })),
    retryAfterMs: 0,
    atMs: nowMs,
    leased: { tokens: wanted, spendByMs: nowMs + 60_000, leaseMs: 60_000 },
  }
}
