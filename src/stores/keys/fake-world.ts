import type { StoredKey } from '../../core/keys.ts'
import { logger } from '../../core/log.ts'
import type { ChangeNotice, FeedAnswer, KeyUse, Registry } from '../../core/registry.ts'
import type { FeedQuestion, KeysWorld } from './world.ts'

/** A clock that a test moves, with the timers that hang on it. */
export class VirtualTime {
  nowMs: number
  #timers: { atMs: number; ring: () => void }[] = []

  constructor(startMs = 1_800_000_000_000) {
    this.nowMs = startMs
  }

  sleep(ms: number): Promise<void> {
    return new Promise((ring) => this.#timers.push({ atMs: this.nowMs + ms, ring }))
  }

  /** As `lib/within.ts`, on this clock. */
  within<T>(limitMs: number, work: Promise<T>): Promise<T> {
    const late = this.sleep(limitMs).then(() => {
      throw new Error(`no answer within ${limitMs} ms`)
    })
    // whichever comes second must not become an unhandled rejection
    late.catch(() => {})
    work.catch(() => {})
    return Promise.race([work, late])
  }

  /** Moves the clock, ringing what is due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.ring()
      await idle()
    }
    this.nowMs = endMs
    await idle()
  }

  /** Moves the clock just as far as it takes for `work` to end. */
  async run<T>(work: T | Promise<T>): Promise<T> {
    let isOver = false
    const result = Promise.resolve(work).finally(() => (isOver = true))
    result.catch(() => {})
    for (let rings = 0; rings < 10_000; rings++) {
      await idle()
      if (isOver) return result
      const next = this.#next(Number.POSITIVE_INFINITY)
      if (next === undefined) continue
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.ring()
    }
    throw new Error('it never ends')
  }

  /** Takes out the earliest timer that is due. */
  #next(untilMs: number) {
    this.#timers.sort((a, b) => a.atMs - b.atMs)
    const [first] = this.#timers
    return first !== undefined && first.atMs <= untilMs ? this.#timers.shift() : undefined
  }
}

/** KV, registry and feed that a test can fill, empty, slow down and break. */
export class FakeWorld {
  readonly time = new VirtualTime()
  readonly kv = new Map<string, StoredKey>()
  readonly truth = new Map<string, StoredKey>()
  readonly notices: ChangeNotice[] = []
  readonly lines: string[] = []
  readonly used: KeyUse[] = []
  /** Of each question to the feed. */
  readonly urgent: boolean[] = []
  epoch = 'one'
  pruned = 0
  sequence = 1000
  readonly broken = new Set<'kv' | 'registry' | 'feed'>()
  readonly asked = { kv: 0, registry: 0, feed: 0 }
  delayMs = 5

  readonly world: KeysWorld = {
    now: () => this.time.nowMs,
    sleep: (ms) => this.time.sleep(ms),
    within: (limitMs, work) => this.time.within(limitMs, work),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    readStored: async (hash) => {
      await this.#call('kv')
      return this.kv.get(hash) ?? null
    },
    registry: () => ({ find: (hash: string) => this.#find(hash) }) as unknown as Registry,
    hear: (question) => this.#hear(question),
    log: logger((_, line) => this.lines.push(line)),
  }

  /** Changes a key or consumer in the registry. KV keeps the old value. */
  change(hash: string, kind: 'key' | 'consumer', set: object): void {
    const before = this.truth.get(hash)!
    const sequence = ++this.sequence
    const after = { ...before, [kind]: { ...before[kind], ...set, version: sequence } }
    this.truth.set(hash, after)
    this.notices.push({ kind, id: before[kind].id, sequence })
  }

  async #call(name: 'kv' | 'registry' | 'feed'): Promise<void> {
    this.asked[name]++
    await this.time.sleep(this.delayMs)
    if (this.broken.has(name)) throw new Error(`${name} is down`)
  }

  async #find(hash: string): Promise<StoredKey | null> {
    await this.#call('registry')
    return this.truth.get(hash) ?? null
  }

  async #hear({ since, used, isUrgent }: FeedQuestion): Promise<FeedAnswer> {
    this.urgent.push(isUrgent)
    await this.#call('feed')
    this.used.push(...used)
    const notices = this.notices.filter(({ sequence }) => sequence > since)
    const { epoch, sequence, pruned } = this
    return { epoch, sequence, pruned, notices, more: false, ageMs: this.delayMs }
  }
}

/** A usable key, as KV and registry hold it. */
export function storedSample(id: string, key: object = {}, consumer: object = {}): StoredKey {
  return {
    key: {
      id: `key_${id}`,
      name: id,
      mode: 'live',
      scopes: [],
      ipRanges: [],
      status: 'active',
      expiresMs: null,
      version: 1,
      ...key,
    },
    consumer: {
      id: `con_${id}`,
      name: id,
      metadata: {},
      tags: [],
      groups: [],
      status: 'active',
      version: 1,
      ...consumer,
    },
  }
}

/** Lets everything run that needs no timer. In workerd a SHA-256 is a matter of microtasks, too. */
async function idle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await undefined
}
