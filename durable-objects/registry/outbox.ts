import { storedName } from '../../src/lib/api-key.ts'
import { first, type Transaction } from './database.ts'
import { storedKey } from './keys.ts'

/** The part of Workers KV that the registry writes through. */
export interface KeyValueWriter {
  put(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
}

/**
 * Notes that KV may hold another value under this hash than the registry. In the same transaction as the
 * change, so nothing that was acknowledged is ever left out of KV.
 */
export function enqueue({ sql, sequence }: Transaction, hash: string): void {
  // `since` stays: until the row is gone KV is older than the oldest change it stands for
  sql.exec(
    `INSERT INTO outbox VALUES (?1, ?2, ?2) ON CONFLICT (hash) DO UPDATE SET sequence = ?2`,
    hash,
    sequence,
  )
}

export function enqueueConsumer({ sql, sequence }: Transaction, consumer: string): void {
  sql.exec(
    `INSERT INTO outbox SELECT hash, ?1, ?1 FROM keys WHERE consumer = ?2
     ON CONFLICT (hash) DO UPDATE SET sequence = ?1`,
    sequence,
    consumer,
  )
}

export function enqueueEverything({ sql, sequence }: Transaction): void {
  sql.exec(
    `INSERT INTO outbox SELECT hash, ?1, ?1 FROM keys WHERE TRUE
     ON CONFLICT (hash) DO UPDATE SET sequence = ?1`,
    sequence,
  )
}

export function pending(sql: SqlStorage): number {
  return sql.exec<{ pending: number }>(`SELECT count(*) AS pending FROM outbox`).one().pending
}

/** The oldest change that KV may not show yet. */
export function oldestPending(sql: SqlStorage): number | undefined {
  return (
    first<{ since: number | null }>(sql, `SELECT min(since) AS since FROM outbox`)?.since ??
    undefined
  )
}

/**
 * Writes what is due to KV, oldest first, and takes it off the list. Each value is what the registry holds at
 * that moment, so a repetition after a crash, or after a failure half-way, does no harm. Only one drain may run
 * at a time: a value overtaken by an older one would stay wrong.
 *
 * @param operationsMax KV allows 1,000 operations in one invocation of a Worker
 * @returns whether KV took everything that was tried
 */
export async function drain(
  sql: SqlStorage,
  kv: KeyValueWriter,
  operationsMax: number,
): Promise<boolean> {
  const rows = sql
    .exec<Due>(`SELECT hash, sequence FROM outbox ORDER BY since LIMIT ?`, operationsMax)
    .toArray()
  for (let start = 0; start < rows.length; start += GROUP) {
    const group = rows.slice(start, start + GROUP)
    const results = await Promise.allSettled(group.map(({ hash }) => publish(sql, kv, hash)))
    group.forEach((row, i) => {
      if (results[i]!.status === 'fulfilled') clear(sql, row)
    })
    if (results.some(({ status }) => status === 'rejected')) return false
  }
  return true
}

interface Due extends Record<string, SqlStorageValue> {
  hash: string
  sequence: number
}

/** Writes under way at once; the platform lets six wait for an answer and queues the others. */
const GROUP = 48

async function publish(sql: SqlStorage, kv: KeyValueWriter, hash: string): Promise<void> {
  const value = storedKey(sql, hash)
  await (value === undefined
    ? kv.delete(storedName(hash))
    : kv.put(storedName(hash), JSON.stringify(value)))
}

/** Unless it changed again meanwhile. */
function clear(sql: SqlStorage, { hash, sequence }: Due): void {
  sql.exec(`DELETE FROM outbox WHERE hash = ? AND sequence = ?`, hash, sequence)
}
