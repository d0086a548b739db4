/**
 * `rate-limit` by hand, behind `api-key`: a thousand million requests a minute for each key, in a sliding window of sixty
 * parts, counted by a Durable Object; `strict` asks it for every request, `lease` takes tokens for a second. The
 * counter may be silent for 500 ms, then 503. `RateLimit` and `RateLimit-Policy` on every answer.
 */
import { DurableObject } from 'cloudflare:workers'
import { authenticate, keyless, type KeyEnv } from './api-key.ts'
import { forward, targetOf, within } from './forward.ts'
import { refusal } from './refusal.ts'

export interface LimitEnv extends KeyEnv {
  readonly LIMITER: DurableObjectNamespace<Limiter>
}

export const strict = limited((key, env) => ask(key, env, 1, 0))
export const lease = limited(takeLeased)

export type Take = (key: string, env: LimitEnv) => Level | Promise<Level>

/** What one key may still do. */
export interface Level {
  readonly isAllowed: boolean
  readonly remaining: number
  readonly resetMs: number
}

/** The answer of `work`, with the fields of the limit; 429 and 503 without it. */
export async function underLimit(
  level: Level | Promise<Level>,
  work: () => Promise<Response>,
): Promise<Response> {
  let told: Level
  try {
    told = level instanceof Promise ? await level : level
  } catch {
    return refusal(503, { 'retry-after': '1' })
  }
  const seconds = Math.max(1, Math.ceil(told.resetMs / 1000))
  const fields = {
    'ratelimit-policy': `"rate-limit";q=${LIMIT};w=60`,
    ratelimit: `"rate-limit";r=${Math.max(0, told.remaining)};t=${seconds}`,
  }
  if (!told.isAllowed) return refusal(429, { ...fields, 'retry-after': String(seconds) })
  const answer = await work()
  const response = new Response(answer.body, answer)
  response.headers.append('ratelimit-policy', fields['ratelimit-policy'])
  response.headers.append('ratelimit', fields.ratelimit)
  return response
}

/** Spends tokens that this isolate holds for up to a second, as many as it spent in the second before. */
export function takeLeased(key: string, env: LimitEnv): Level | Promise<Level> {
  const held = leases.get(key)
  if (held === undefined || held.tokens < 1 || held.untilMs <= Date.now()) return renew(key, env)
  held.tokens--
  held.spent++
  return { isAllowed: true, remaining: held.remaining + held.tokens, resetMs: held.resetMs }
}

interface Lease {
  tokens: number
  spent: number
  readonly untilMs: number
  readonly remaining: number
  readonly resetMs: number
}

interface Taken extends Level {
  readonly leased: number
}

const LIMIT = 1_000_000_000
const WINDOW_MS = 60_000
const CELL_MS = WINDOW_MS / 60
const LEASE_MS = 1000
const leases = new Map<string, Lease>()

async function renew(key: string, env: LimitEnv): Promise<Level> {
  const before = leases.get(key)
  const nowMs = Date.now()
  const taken = await ask(key, env, 1, Math.max(10, (before?.spent ?? 0) * 2))
  const { leased, remaining, resetMs } = taken
  if (leases.size >= 10_000) leases.clear()
  leases.set(key, { tokens: leased, spent: 1, untilMs: nowMs + LEASE_MS, remaining, resetMs })
  return { ...taken, remaining: remaining + leased }
}

function ask(key: string, { LIMITER }: LimitEnv, tokens: number, wanted: number): Promise<Taken> {
  return within(500, LIMITER.getByName(key).take(tokens, wanted))
}

/** A Worker that lets pass who has a key, as long as the key has tokens. */
function limited(take: Take) {
  return {
    async fetch(request, env) {
      const target = targetOf(request)
      if (target instanceof Response) return target
      const found = authenticate(request, env)
      const key = found instanceof Promise ? await found : found
      if (key instanceof Response) return key
      return underLimit(take(key, env), () => forward(request, env, target, keyless(request)))
    },
  } satisfies ExportedHandler<LimitEnv>
}

/**
 * The requests of one key in the last minute. What is spent is stored before the answer leaves, about once a
 * second: a block beyond it, so that a restart can only refuse too many.
 */
export class Limiter extends DurableObject {
  /** Number of each part of the window → requests in it. */
  readonly #cells: Map<number, number>
  #total = 0
  /** Tokens that are stored as spent and are not yet. */
  #reserve = 0
  #block = 1
  #storedMs = 0

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#cells = new Map(state.storage.kv.get<[number, number][]>('cells'))
    for (const count of this.#cells.values()) this.#total += count
  }

  /** @param wanted tokens that the isolate would like beside the one it needs */
  async take(tokens: number, wanted: number): Promise<Taken> {
    const nowMs = Date.now()
    this.#forget(nowMs)
    const room = LIMIT - this.#total
    const resetMs =
      ([...this.#cells.keys()].at(-1) ?? nowMs / CELL_MS) * CELL_MS + WINDOW_MS - nowMs
    if (room < tokens) return { isAllowed: false, remaining: 0, resetMs, leased: 0 }
    const leased = Math.floor(Math.min(wanted, room / 8))
    this.#spend(tokens + leased, nowMs)
    const remaining = LIMIT - this.#total
    return { isAllowed: true, remaining, resetMs: WINDOW_MS, leased }
  }

  override async alarm(): Promise<void> {
    this.#forget(Date.now())
    if (this.#total === 0) await this.ctx.storage.deleteAll()
    else await this.ctx.storage.setAlarm(Date.now() + WINDOW_MS)
  }

  #spend(tokens: number, nowMs: number): void {
    const cell = Math.floor(nowMs / CELL_MS)
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + tokens)
    this.#total += tokens
    this.#reserve -= tokens
    if (this.#reserve >= 0) return
    // a block lasts about a second
    this.#block = nowMs - this.#storedMs < 1000 ? this.#block * 2 : Math.max(1, this.#block / 2)
    this.#block = Math.min(this.#block, LIMIT / 100)
    this.#reserve = this.#block
    this.#storedMs = nowMs
    const stored = new Map(this.#cells).set(cell, this.#cells.get(cell)! + this.#block)
    this.ctx.storage.kv.put('cells', [...stored])
    if (this.#cells.size === 1) void this.ctx.storage.setAlarm(nowMs + 2 * WINDOW_MS)
  }

  /** Parts are counted whole until their last instant has left the window. */
  #forget(nowMs: number): void {
    for (const [cell, count] of this.#cells) {
      if ((cell + 1) * CELL_MS + WINDOW_MS > nowMs) break
      this.#cells.delete(cell)
      this.#total -= count
    }
  }
}
