import type { ConsumerRecord, MintedKey, StoredKey } from '../../src/core/keys.ts'
import type { ExportRow, Key, KeyQuery, Page } from '../../src/core/registry.ts'
import type { ImportedKeyInput, KeyInput } from './check.ts'
import { page, readConsumer, shown } from './consumers.ts'
import { expectVersion, Failure, first, type Row, type Transaction } from './database.ts'

export function readKey(sql: SqlStorage, id: string): Key | undefined {
  const row = first<KeyRow>(sql, `SELECT * FROM keys WHERE id = ?`, id)
  return row && toKey(row)
}

/** @throws Failure `not-found` */
export function existingKey(sql: SqlStorage, id: string): Key {
  const key = readKey(sql, id)
  if (key === undefined) throw new Failure('not-found', `There is no key "${shown(id)}".`)
  return key
}

/** What KV should hold under this hash. */
export function storedKey(sql: SqlStorage, hash: string): StoredKey | undefined {
  const row = first<KeyRow>(sql, `SELECT * FROM keys WHERE hash = ?`, hash)
  const consumer = row && readConsumer(sql, row.consumer)
  if (row === undefined || consumer === undefined) return undefined
  const { id, name, metadata, tags, groups, status, version } = consumer
  const record: ConsumerRecord = { id, name, metadata, tags, groups, status, version }
  const key = toKey(row)
  return {
    key: {
      id: key.id,
      name: key.name,
      mode: key.mode,
      scopes: key.scopes,
      ipRanges: key.ipRanges,
      status: key.status,
      expiresMs: key.expiresMs,
      version: key.version,
    },
    consumer: record,
  }
}

/** @throws Failure `exists`, `full` */
export function insertKey(
  tx: Transaction,
  consumer: string,
  input: MintedKey & Partial<KeyInput> & Partial<ImportedKeyInput>,
): Key {
  const { hash, ...members } = input
  const key: Key = {
    name: '',
    scopes: [],
    ipRanges: [],
    status: 'active',
    expiresMs: null,
    createdMs: tx.nowMs,
    lastUsedMs: null,
    replaces: null,
    ...members,
    consumer,
    version: tx.sequence,
  }
  const taken = first(tx.sql, `SELECT 1 FROM keys WHERE hash = ? OR id = ?`, hash, key.id)
  if (taken !== undefined) throw new Failure('exists', 'This key is in the registry already.')
  const { held } = tx.sql
    .exec<{ held: number }>(`SELECT count(*) AS held FROM keys WHERE consumer = ?`, consumer)
    .one()
  if (held >= KEYS_PER_CONSUMER_MAX) {
    throw new Failure('full', `A consumer holds at most ${KEYS_PER_CONSUMER_MAX} keys.`)
  }
  write(tx.sql, key, hash)
  return key
}

/** @throws Failure `not-found`, `changed`, and `invalid` on the attempt to wake a revoked key */
export function updateKey(
  tx: Transaction,
  id: string,
  change: Partial<KeyInput>,
  version: number | null,
): Key {
  const before = existingKey(tx.sql, id)
  expectVersion(before.version, version)
  if (before.status === 'revoked' && (change.status ?? 'revoked') !== 'revoked') {
    throw new Failure('invalid', 'A revoked key stays revoked. Make a new one.')
  }
  const after: Key = { ...before, ...change, version: tx.sequence }
  write(tx.sql, after, hashOf(tx.sql, id)!)
  return after
}

/** Ids of the consumer's usable keys of one mode. */
export function activeKeys(sql: SqlStorage, consumer: string, mode: string): string[] {
  const query = `SELECT id FROM keys WHERE consumer = ? AND mode = ? AND status = 'active'`
  return sql
    .exec<{ id: string }>(query, consumer, mode)
    .toArray()
    .map(({ id }) => id)
}

export function hashOf(sql: SqlStorage, id: string): string | undefined {
  return first<{ hash: string }>(sql, `SELECT hash FROM keys WHERE id = ?`, id)?.hash
}

export function deleteKey(sql: SqlStorage, id: string): void {
  sql.exec(`DELETE FROM keys WHERE id = ?`, id)
}

/** In the order of their ids. */
export function listKeys(sql: SqlStorage, query: KeyQuery): Page<Key> {
  const values: SqlStorageValue[] = [query.cursor ?? '']
  let text = `SELECT * FROM keys WHERE id > ?`
  for (const name of ['consumer', 'status'] as const) {
    const wanted = query[name]
    if (wanted === undefined) continue
    text += ` AND ${name} = ?`
    values.push(wanted)
  }
  const rows = sql.exec<Row<KeyRow>>(`${text} ORDER BY id LIMIT ?`, ...values, query.limit + 1)
  return page(rows.toArray().map(toKey), query.limit)
}

/** As an export has them, with hashes. */
export function keysOf(sql: SqlStorage, consumer: string): ExportRow['keys'] {
  const rows = sql.exec<Row<KeyRow>>(`SELECT * FROM keys WHERE consumer = ? ORDER BY id`, consumer)
  return rows.toArray().map((row) => {
    const { version: _version, consumer: _consumer, ...key } = toKey(row)
    return { ...key, hash: row.hash }
  })
}

export const KEYS_PER_CONSUMER_MAX = 10_000

function toKey(row: KeyRow): Key {
  return {
    id: row.id,
    consumer: row.consumer,
    name: row.name,
    mode: row.mode as Key['mode'],
    scopes: JSON.parse(row.scopes) as string[],
    ipRanges: JSON.parse(row.ip_ranges) as string[],
    status: row.status as Key['status'],
    start: row.start,
    lastFour: row.last_four,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    lastUsedMs: row.last_used_ms,
    replaces: row.replaces,
    version: row.version,
  }
}

function write(sql: SqlStorage, key: Key, hash: string): void {
  sql.exec(
    `INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key.id,
    hash,
    key.consumer,
    key.name,
    key.mode,
    JSON.stringify(key.scopes),
    JSON.stringify(key.ipRanges),
    key.status,
    key.start,
    key.lastFour,
    key.createdMs,
    key.expiresMs,
    key.lastUsedMs,
    key.replaces,
    key.version,
  )
}

/** The row as SQLite keeps it: lists are JSON. */
interface KeyRow {
  id: string
  hash: string
  consumer: string
  name: string
  mode: string
  scopes: string
  ip_ranges: string
  status: string
  start: string
  last_four: string
  created_ms: number
  expires_ms: number | null
  last_used_ms: number | null
  replaces: string | null
  version: number
}
