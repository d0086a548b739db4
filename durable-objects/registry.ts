import { DurableObject } from 'cloudflare:workers'
import type { MintedKey } from '../src/core/keys.ts'
import type * as Api from '../src/core/registry.ts'
import { randomText } from '../src/lib/api-key.ts'
import { pruneAudit, readAudit, record } from './registry/audit.ts'
import { checkConsumer, checkConsumerChange, checkKey } from './registry/check.ts'
import * as consumers from './registry/consumers.ts'
import * as database from './registry/database.ts'
import * as imports from './registry/import.ts'
import * as keys from './registry/keys.ts'
import { changesSince, notice, noteUse, pruneNotices } from './registry/notices.ts'
import * as outbox from './registry/outbox.ts'

/** What the registry needs of the world; tests bring their own. */
export interface RegistryWorld {
  now(): number
  randomBytes(count: number): Uint8Array
  /** Calls `alarm` at this time, in place of any earlier appointment. */
  setAlarm(atMs: number): void
}

export interface RegistryEnv {
  readonly KEYS: outbox.KeyValueWriter
}

/**
 * The source of truth for consumers and API keys, one object per environment. Every change is one
 * transaction: the data, its line in the audit trail, the notice to the revocation feed, and the note that KV
 * has to be written. An alarm then writes KV, and comes back until KV and registry agree.
 */
export class Registry extends DurableObject<RegistryEnv> implements Api.Registry {
  readonly #sql: SqlStorage
  readonly #world: RegistryWorld
  #isDraining = false
  #failures = 0
  #alarmMs: number | undefined

  constructor(ctx: DurableObjectState, env: RegistryEnv, world: RegistryWorld = platform(ctx)) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#world = world
    database.createTables(this.#sql, () => randomText(20, world.randomBytes))
    // whatever stopped the last life, what it left to write is written
    if (outbox.oldestPending(this.#sql) !== undefined) this.#wakeAt(world.now())
  }

  async createConsumer(input: unknown, actor: string): Promise<Api.Outcome<Api.Consumer>> {
    return this.#change(actor, 'consumer.create', (tx) => {
      const given = checkConsumer(input)
      this.#expectRoom()
      const consumer = consumers.insertConsumer(tx, {
        ...given,
        id: given.id ?? this.#newId('con'),
      })
      return [consumer, consumer.id]
    })
  }

  async consumer(id: string): Promise<Api.Consumer | null> {
    return consumers.readConsumer(this.#sql, id) ?? null
  }

  async updateConsumer(id: string, { set, version }: Api.Change, actor: string) {
    return this.#change(actor, 'consumer.update', (tx) => {
      const change = checkConsumerChange(set)
      const consumer = consumers.updateConsumer(tx, id, change, version)
      outbox.enqueueConsumer(tx, id)
      notice(tx, 'consumer', id)
      return [consumer, id, { members: Object.keys(change), status: consumer.status }]
    })
  }

  async deleteConsumer(id: string, version: number | null, actor: string) {
    return this.#change(actor, 'consumer.delete', (tx) => {
      database.expectVersion(consumers.existingConsumer(this.#sql, id).version, version)
      outbox.enqueueConsumer(tx, id)
      notice(tx, 'consumer', id)
      consumers.deleteConsumer(tx, id)
      return [null, id]
    })
  }

  async listConsumers(query: Api.ConsumerQuery): Promise<Api.Page<Api.Consumer>> {
    return consumers.listConsumers(this.#sql, bounded(query))
  }

  async createKey(consumer: string, input: unknown, minted: MintedKey, actor: string) {
    return this.#change(actor, 'key.create', (tx) => {
      const given = checkKey(input)
      this.#expectRoom()
      consumers.existingConsumer(this.#sql, consumer)
      const key = keys.insertKey(tx, consumer, { ...given, ...minted })
      outbox.enqueue(tx, minted.hash)
      return [key, key.id, { consumer, mode: key.mode, scopes: key.scopes }]
    })
  }

  async key(id: string): Promise<Api.Key | null> {
    return keys.readKey(this.#sql, id) ?? null
  }

  async updateKey(id: string, { set, version }: Api.Change, actor: string) {
    return this.#change(actor, 'key.update', (tx) => {
      const change = checkKey(set)
      const key = keys.updateKey(tx, id, change, version)
      this.#tellKey(tx, id)
      return [key, id, { consumer: key.consumer, members: Object.keys(change), status: key.status }]
    })
  }

  async rollKey(id: string, { graceMs, all, version }: Api.Roll, minted: MintedKey, actor: string) {
    return this.#change(actor, 'key.roll', (tx) => {
      const old = keys.existingKey(this.#sql, id)
      database.expectVersion(old.version, version)
      if (old.status !== 'active') {
        throw new database.Failure(
          'invalid',
          `The key is ${old.status}; only an active one is rolled.`,
        )
      }
      const endMs = tx.nowMs + Math.max(0, graceMs)
      const ending = all ? keys.activeKeys(this.#sql, old.consumer, old.mode) : [id]
      for (const one of ending) {
        const { expiresMs } = keys.existingKey(this.#sql, one)
        keys.updateKey(tx, one, { expiresMs: Math.min(expiresMs ?? endMs, endMs) }, null)
        this.#tellKey(tx, one)
      }
      const { name, scopes, ipRanges } = old
      const made = { name, scopes: [...scopes], ipRanges: [...ipRanges], replaces: id }
      const key = keys.insertKey(tx, old.consumer, { ...made, ...minted, mode: old.mode })
      outbox.enqueue(tx, minted.hash)
      return [key, id, { consumer: old.consumer, by: key.id, ended: ending.length, graceMs }]
    })
  }

  async deleteKey(id: string, version: number | null, actor: string) {
    return this.#change(actor, 'key.delete', (tx) => {
      const { consumer, version: actual } = keys.existingKey(this.#sql, id)
      database.expectVersion(actual, version)
      this.#tellKey(tx, id)
      keys.deleteKey(this.#sql, id)
      return [null, id, { consumer }]
    })
  }

  async listKeys(query: Api.KeyQuery): Promise<Api.Page<Api.Key>> {
    return keys.listKeys(this.#sql, bounded(query))
  }

  async startImport(actor: string): Promise<Api.ImportJob> {
    const started = this.#change(actor, 'import.start', (tx) => {
      const job = imports.startJob(tx, this.#newId('imp'), actor)
      return [job, job.id]
    })
    if (!started.ok) throw new Error(started.detail)
    return started.value
  }

  async importRows(id: string, firstRow: number, rows: readonly unknown[]) {
    return this.#change(imports.jobActor(this.#sql, id), 'import.rows', (tx) => {
      this.#expectRoom()
      const job = imports.importRows(tx, id, firstRow, rows, () => this.#newId('key'))
      return [job, id, { rows: job.rows, keys: job.keysCreated, failed: job.failed }]
    })
  }

  async importJob(id: string): Promise<Api.ImportJob | null> {
    return imports.readJob(this.#sql, id) ?? null
  }

  async exportRows(query: Api.PageQuery): Promise<Api.Page<Api.ExportRow>> {
    return imports.exportRows(this.#sql, bounded(query))
  }

  async audit(query: Api.AuditQuery): Promise<Api.Page<Api.AuditEntry>> {
    return readAudit(this.#sql, bounded(query))
  }

  async note({ actor, action, target, detail }: Api.Deed): Promise<void> {
    this.#change(actor, action, () => [null, target, { ...detail }])
  }

  async figures(): Promise<Api.RegistryFigures> {
    const count = (table: string) =>
      this.#sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n
    return {
      consumers: count('consumers'),
      keys: count('keys'),
      pending: outbox.pending(this.#sql),
      databaseBytes: this.#sql.databaseSize,
    }
  }

  async republish(actor: string): Promise<void> {
    this.#change(actor, 'republish', (tx) => {
      outbox.enqueueEverything(tx)
      return [null, 'registry']
    })
  }

  async find(hash: string) {
    return keys.storedKey(this.#sql, hash) ?? null
  }

  async changes(since: number, used: readonly Api.KeyUse[]): Promise<Api.Changes> {
    noteUse(this.#sql, used, this.#world.now())
    return changesSince(this.#sql, since)
  }

  /** Writes to KV what is due; called again until nothing is. Never throws: the platform gives up after six times. */
  override async alarm(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#alarmMs = undefined
    try {
      const isWritten = await outbox.drain(this.#sql, this.env.KEYS, KV_OPERATIONS_MAX)
      this.#failures = isWritten ? 0 : this.#failures + 1
    } finally {
      this.#isDraining = false
    }
    const nowMs = this.#world.now()
    pruneAudit(this.#sql, nowMs)
    const pruneMs = pruneNotices(this.#sql, nowMs)
    if (outbox.oldestPending(this.#sql) !== undefined) {
      this.#wakeAt(nowMs + retryMs(this.#failures))
    } else if (pruneMs !== undefined) this.#wakeAt(pruneMs)
  }

  /**
   * One transaction with its line in the audit trail. `work` returns the result, what it was done to, and
   * what the trail says about it. A `Failure` undoes everything and becomes the outcome.
   */
  #change<T>(
    actor: string,
    action: string,
    work: (tx: database.Transaction) => [T, string, Record<string, unknown>?],
  ): Api.Outcome<T> {
    try {
      const value = this.ctx.storage.transactionSync(() => {
        const tx = database.begin(this.#sql, this.#world.now())
        const [result, target, detail] = work(tx)
        record(tx, { actor, action, target, ...(detail && { detail }) })
        return result
      })
      // no await since the transaction: both become durable together
      this.#wakeSoon()
      return { ok: true, value }
    } catch (error) {
      if (!(error instanceof database.Failure)) throw error
      return { ok: false, code: error.code, detail: error.message }
    }
  }

  /** Leaves an appointment that is due alone: under steady change it would be put off for ever. */
  #wakeSoon(): void {
    const nowMs = this.#world.now()
    const isDue = this.#alarmMs !== undefined && (this.#alarmMs <= nowMs || this.#failures > 0)
    if (!isDue) this.#wakeAt(nowMs)
  }

  #wakeAt(atMs: number): void {
    this.#alarmMs = atMs
    this.#world.setAlarm(atMs)
  }

  /** A key that existed has changed: KV has to learn it, and whoever remembers it. */
  #tellKey(tx: database.Transaction, id: string): void {
    outbox.enqueue(tx, keys.hashOf(this.#sql, id)!)
    notice(tx, 'key', id)
  }

  #expectRoom(): void {
    if (this.#sql.databaseSize > DATABASE_BYTES_MAX) {
      throw new database.Failure('full', 'The registry is full: a Durable Object holds 10 GB.')
    }
  }

  #newId(kind: string): string {
    return `${kind}_${randomText(20, this.#world.randomBytes)}`
  }
}

/** Of the 1,000 that KV allows in one invocation. */
const KV_OPERATIONS_MAX = 900
/** Changes and deletions must stay possible, so the last tenth of 10 GB is not for new data. */
const DATABASE_BYTES_MAX = 9e9

function platform(ctx: DurableObjectState): RegistryWorld {
  return {
    now: () => Date.now(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    setAlarm: (atMs) => void ctx.storage.setAlarm(atMs),
  }
}

/** At once while KV takes the writes; 1, 2, 4 … 64 seconds while it does not. */
function retryMs(failures: number): number {
  return failures === 0 ? 0 : 1000 * 2 ** Math.min(failures - 1, 6)
}

function bounded<T extends Api.PageQuery>(query: T): T {
  return { ...query, limit: Math.min(1000, Math.max(1, Math.trunc(query.limit) || 1)) }
}
