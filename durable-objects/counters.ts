import { DurableObject } from 'cloudflare:workers'
import type { TakeAnswer, TakeAsk, Tokens } from '../src/lib/counters/ledger.ts'
import type { Limit } from '../src/lib/counters/limit.ts'
import type { RemoteCounters } from '../src/lib/counters/remote.ts'
import { type CallerReport, CounterShard, type ShardStorage } from '../src/lib/counters/shard.ts'
import type { AcquireAnswer, AcquireAsk } from '../src/lib/counters/slots.ts'

/**
 * The counters of one caller, or of one shard's callers. Everything counts in memory; what is spent is stored
 * before the answer leaves (the output gate holds it back), a block at a time, and the rest by alarm.
 */
export class Counters extends DurableObject implements RemoteCounters {
  readonly #table: CallerTable
  readonly #shard: CounterShard
  /** When the alarm rings, as far as this instance set it. */
  #alarmMs = Number.POSITIVE_INFINITY

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#table = new CallerTable(state.storage)
    this.#shard = new CounterShard(this.#table, crypto.randomUUID())
  }

  async take(caller: string, ask: TakeAsk): Promise<TakeAnswer> {
    return this.#do((nowMs) => this.#shard.take(caller, ask, nowMs))
  }

  async charge(caller: string, limits: readonly Limit[], tokens: number): Promise<void> {
    this.#do((nowMs) => this.#shard.charge(caller, limits, tokens, nowMs))
  }

  async refund(caller: string, limits: readonly Limit[], tokens: Tokens): Promise<void> {
    this.#do((nowMs) => this.#shard.refund(caller, limits, tokens, nowMs))
  }

  async acquire(caller: string, ask: AcquireAsk): Promise<AcquireAnswer> {
    return this.#do((nowMs) => this.#shard.acquire(caller, ask, nowMs))
  }

  async release(caller: string, slot: string): Promise<void> {
    this.#do((nowMs) => this.#shard.release(caller, slot, nowMs))
  }

  async inspect(caller: string): Promise<CallerReport> {
    return this.#shard.inspect(caller, Date.now())
  }

  async reset(caller: string): Promise<void> {
    this.#shard.reset(caller)
  }

  override async alarm(): Promise<void> {
    this.#alarmMs = Number.POSITIVE_INFINITY
    this.#do((nowMs) => this.#shard.wake(nowMs))
    // nothing counted any more: an object without storage is gone, and costs nothing
    if (this.#shard.wakeMs === undefined) await this.#table.drop()
  }

  #do<T>(work: (nowMs: number) => T): T {
    const answer = work(Date.now())
    const wakeMs = this.#shard.wakeMs
    if (wakeMs !== undefined && wakeMs < this.#alarmMs) {
      this.#alarmMs = wakeMs
      // not awaited: part of the same write, and the output gate waits for it
      void this.ctx.storage.setAlarm(wakeMs)
    }
    return answer
  }
}

/** The callers of an object in its SQLite database. There is no table until the first write. */
class CallerTable implements ShardStorage {
  readonly #storage: DurableObjectStorage
  #exists: boolean

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'callers'")
    this.#exists = tables.toArray().length > 0
  }

  /** Leaves nothing behind, the alarm included. */
  async drop(): Promise<void> {
    this.#exists = false
    await this.#storage.deleteAll()
  }

  load(caller: string): string | undefined {
    const [row] = this.#rows('SELECT image FROM callers WHERE caller = ?', caller)
    return row?.['image'] as string | undefined
  }

  save(caller: string, image: string, expiresMs: number): void {
    if (!this.#exists) this.#create()
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO callers VALUES (?, ?, ?)',
      caller,
      image,
      expiresMs,
    )
  }

  delete(caller: string): void {
    this.#rows('DELETE FROM callers WHERE caller = ?', caller)
  }

  expired(nowMs: number, max: number): string[] {
    const rows = this.#rows('SELECT caller FROM callers WHERE expiresMs <= ? LIMIT ?', nowMs, max)
    return rows.map((row) => row['caller'] as string)
  }

  nextExpiryMs(): number | undefined {
    const [row] = this.#rows('SELECT min(expiresMs) AS nextMs FROM callers')
    return (row?.['nextMs'] as number | null | undefined) ?? undefined
  }

  #create(): void {
    this.#exists = true
    this.#storage.sql.exec(
      `CREATE TABLE callers
       (caller TEXT PRIMARY KEY, image TEXT NOT NULL, expiresMs REAL NOT NULL) WITHOUT ROWID`,
    )
  }

  #rows(query: string, ...values: (string | number)[]): Record<string, SqlStorageValue>[] {
    return this.#exists ? this.#storage.sql.exec(query, ...values).toArray() : []
  }
}
