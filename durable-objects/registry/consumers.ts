import type { Consumer, ConsumerQuery, Page } from '../../src/core/registry.ts'
import { ID, type ConsumerInput } from './check.ts'
import { expectVersion, Failure, first, type Row, type Transaction } from './database.ts'

export function readConsumer(sql: SqlStorage, id: string): Consumer | undefined {
  const row = first<ConsumerRow>(sql, `SELECT * FROM consumers WHERE id = ?`, id)
  return row && toConsumer(row)
}

/** @throws Failure `not-found` */
export function existingConsumer(sql: SqlStorage, id: string): Consumer {
  const consumer = readConsumer(sql, id)
  if (consumer === undefined) throw new Failure('not-found', `There is no consumer "${shown(id)}".`)
  return consumer
}

export function insertConsumer(
  tx: Transaction,
  input: Partial<ConsumerInput> & { id: string; createdMs?: number },
): Consumer {
  const { createdMs = tx.nowMs, ...members } = input
  const consumer: Consumer = {
    name: input.id,
    description: '',
    metadata: {},
    tags: [],
    groups: [],
    status: 'active',
    ...members,
    version: tx.sequence,
    createdMs,
    updatedMs: tx.nowMs,
  }
  if (first(tx.sql, `SELECT 1 FROM consumers WHERE id = ?`, consumer.id) !== undefined) {
    throw new Failure('exists', `There is a consumer "${consumer.id}" already.`)
  }
  write(tx.sql, consumer)
  return consumer
}

export function updateConsumer(
  tx: Transaction,
  id: string,
  change: Partial<Omit<ConsumerInput, 'id'>>,
  version: number | null,
): Consumer {
  const before = existingConsumer(tx.sql, id)
  expectVersion(before.version, version)
  const after: Consumer = { ...before, ...change, version: tx.sequence, updatedMs: tx.nowMs }
  tx.sql.exec(`DELETE FROM labels WHERE consumer = ?`, id)
  write(tx.sql, after)
  return after
}

export function deleteConsumer(tx: Transaction, id: string): void {
  tx.sql.exec(`DELETE FROM labels WHERE consumer = ?`, id)
  tx.sql.exec(`DELETE FROM keys WHERE consumer = ?`, id)
  tx.sql.exec(`DELETE FROM consumers WHERE id = ?`, id)
}

/** In the order of their ids. The first label filter drives the query, so a rare tag is found at once. */
export function listConsumers(sql: SqlStorage, query: ConsumerQuery): Page<Consumer> {
  const [driver, ...others] = labelFilters(query)
  const after = query.cursor ?? ''
  const values: SqlStorageValue[] = []
  let text = `SELECT c.* FROM consumers c WHERE c.id > ?`
  if (driver !== undefined) {
    text = `SELECT c.* FROM labels l CROSS JOIN consumers c ON c.id = l.consumer
      WHERE l.kind = ? AND l.value = ? AND l.consumer > ?`
    values.push(...driver)
  }
  values.push(after)
  for (const other of others) {
    text += ` AND EXISTS (SELECT 1 FROM labels WHERE kind = ? AND value = ? AND consumer = c.id)`
    values.push(...other)
  }
  if (query.status !== undefined) {
    text += ` AND c.status = ?`
    values.push(query.status)
  }
  text += ` ORDER BY ${driver === undefined ? 'c.id' : 'l.consumer'} LIMIT ?`
  const rows = sql.exec<Row<ConsumerRow>>(text, ...values, query.limit + 1).toArray()
  return page(rows.map(toConsumer), query.limit)
}

/** Cuts a page off a list that was read with one item too many. */
export function page<T extends { readonly id: string }>(items: T[], limit: number): Page<T> {
  const kept = items.slice(0, limit)
  return { items: kept, cursor: items.length > limit ? kept.at(-1)!.id : null }
}

/** What came from outside, cut so that a message stays readable. */
export function shown(id: string): string {
  return ID.test(id) ? id : JSON.stringify(id.slice(0, 40)).slice(1, -1)
}

function toConsumer(row: ConsumerRow): Consumer {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    tags: JSON.parse(row.tags) as string[],
    groups: JSON.parse(row.groups) as string[],
    status: row.status as Consumer['status'],
    version: row.version,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  }
}

function write(sql: SqlStorage, one: Consumer): void {
  sql.exec(
    `INSERT OR REPLACE INTO consumers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    one.id,
    one.name,
    one.description,
    JSON.stringify(one.metadata),
    JSON.stringify(one.tags),
    JSON.stringify(one.groups),
    one.status,
    one.version,
    one.createdMs,
    one.updatedMs,
  )
  for (const [kind, value] of labelsOf(one)) {
    sql.exec(`INSERT OR IGNORE INTO labels VALUES (?, ?, ?)`, kind, value, one.id)
  }
}

function labelsOf({ tags, groups, metadata }: Consumer): [kind: string, value: string][] {
  const scalars = Object.entries(metadata).filter(
    ([name, value]) => typeof value !== 'object' && name.length + String(value).length <= 200,
  )
  return [
    ...tags.map((tag): [string, string] => ['tag', tag]),
    ...groups.map((group): [string, string] => ['group', group]),
    ...scalars.map(([name, value]): [string, string] => ['metadata', `${name}=${String(value)}`]),
  ]
}

function labelFilters({ tag, group, metadata }: ConsumerQuery): [kind: string, value: string][] {
  const filters: [string, string][] = []
  if (metadata !== undefined) filters.push(['metadata', `${metadata.name}=${metadata.value}`])
  if (tag !== undefined) filters.push(['tag', tag])
  if (group !== undefined) filters.push(['group', group])
  return filters
}

/** The row as SQLite keeps it: lists and metadata are JSON. */
interface ConsumerRow {
  id: string
  name: string
  description: string
  metadata: string
  tags: string
  groups: string
  status: string
  version: number
  created_ms: number
  updated_ms: number
}
