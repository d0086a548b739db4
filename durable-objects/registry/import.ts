import type { ExportRow, ImportJob, Page, PageQuery } from '../../src/core/registry.ts'
import { checkImportedConsumer, checkImportedKey, type ImportedKeyInput } from './check.ts'
import { insertConsumer, listConsumers, readConsumer } from './consumers.ts'
import { Failure, first, type Transaction } from './database.ts'
import { insertKey, keysOf } from './keys.ts'
import { enqueue } from './outbox.ts'

/** Opens a job and forgets those of last month. */
export function startJob(tx: Transaction, id: string, actor: string): ImportJob {
  const job: ImportJob = {
    id,
    rows: 0,
    consumersCreated: 0,
    keysCreated: 0,
    unchanged: 0,
    failed: 0,
    errors: [],
  }
  tx.sql.exec(`DELETE FROM imports WHERE started_ms < ?`, tx.nowMs - JOB_AGE_MS_MAX)
  tx.sql.exec(`INSERT INTO imports VALUES (?, ?, ?, ?)`, id, actor, tx.nowMs, JSON.stringify(job))
  return job
}

export function readJob(sql: SqlStorage, id: string): ImportJob | undefined {
  const row = first<{ job: string }>(sql, `SELECT job FROM imports WHERE id = ?`, id)
  return row && (JSON.parse(row.job) as ImportJob)
}

export function jobActor(sql: SqlStorage, id: string): string {
  return first<{ actor: string }>(sql, `SELECT actor FROM imports WHERE id = ?`, id)?.actor ?? ''
}

/**
 * Takes the next rows of a file, all in one transaction with the job's progress. A row that is wrong is
 * counted and told; the others are taken. Rows that an earlier call took already are skipped.
 */
export function importRows(
  tx: Transaction,
  id: string,
  firstRow: number,
  rows: readonly unknown[],
  newId: () => string,
): ImportJob {
  const before = readJob(tx.sql, id)
  if (before === undefined) throw new Failure('not-found', 'There is no such import. Start one.')
  if (rows.length > IMPORT_ROWS_MAX) {
    throw new Failure('invalid', `Send at most ${IMPORT_ROWS_MAX} rows at a time.`)
  }
  if (firstRow > before.rows) {
    throw new Failure('changed', `The next row to send is number ${before.rows}.`)
  }
  const job = { ...before, errors: [...before.errors] }
  for (const [i, row] of rows.entries()) {
    if (firstRow + i < before.rows) continue
    importRow(tx, row, job, firstRow + i, newId)
    job.rows = firstRow + i + 1
  }
  tx.sql.exec(`UPDATE imports SET job = ? WHERE id = ?`, JSON.stringify(job), id)
  return job
}

/** Consumers in the order of their ids, each with all its keys; about a thousand keys a page. */
export function exportRows(sql: SqlStorage, query: PageQuery): Page<ExportRow> {
  const consumers = listConsumers(sql, query)
  const items: ExportRow[] = []
  let keysTaken = 0
  for (const { version: _version, updatedMs: _updatedMs, ...consumer } of consumers.items) {
    const keys = keysOf(sql, consumer.id)
    items.push({ consumer, keys })
    keysTaken += keys.length
    if (keysTaken >= EXPORT_KEYS) break
  }
  const cut = items.length < consumers.items.length
  return { items, cursor: cut ? items.at(-1)!.consumer.id : consumers.cursor }
}

export const IMPORT_ROWS_MAX = 1000
const KEYS_PER_ROW_MAX = 100
const ERRORS_MAX = 100
const EXPORT_KEYS = 1000
const JOB_AGE_MS_MAX = 30 * 24 * 60 * 60_000

type Progress = { -readonly [K in keyof ImportJob]: ImportJob[K] } & {
  errors: { row: number; detail: string }[]
}

/** Checked before anything is written; only a consumer with too many keys is noticed half-way. */
function importRow(
  tx: Transaction,
  row: unknown,
  job: Progress,
  number: number,
  newId: () => string,
): void {
  try {
    const { consumer, keys } = checkRow(row)
    const missing = keys.filter((key) => !isHeld(tx.sql, consumer.id, key))
    if (readConsumer(tx.sql, consumer.id) === undefined) {
      insertConsumer(tx, consumer)
      job.consumersCreated++
    } else job.unchanged++
    job.unchanged += keys.length - missing.length
    for (const key of missing) {
      const defaults = { id: newId(), mode: 'live', start: '', lastFour: '' } as const
      insertKey(tx, consumer.id, { ...defaults, ...key })
      enqueue(tx, key.hash)
      job.keysCreated++
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    job.failed++
    if (job.errors.length < ERRORS_MAX) job.errors.push({ row: number, detail: error.message })
  }
}

type RowKey = Partial<ImportedKeyInput> & { hash: string }

function checkRow(row: unknown) {
  const { consumer: given, keys: givenKeys = [] } = (row ?? {}) as {
    consumer?: unknown
    keys?: unknown
  }
  const consumer = checkImportedConsumer(given)
  const { id } = consumer
  if (id === undefined) throw new Failure('invalid', 'An imported consumer needs an "id".')
  if (!Array.isArray(givenKeys) || givenKeys.length > KEYS_PER_ROW_MAX) {
    throw new Failure('invalid', `"keys" must be a list of at most ${KEYS_PER_ROW_MAX} keys.`)
  }
  const keys = givenKeys.map((one): RowKey => {
    const key = checkImportedKey(one)
    if (key.hash === undefined) throw new Failure('invalid', 'An imported key needs a "hash".')
    return { ...key, hash: key.hash }
  })
  return { consumer: { ...consumer, id }, keys }
}

/** @throws Failure `exists` when the key is somebody else's, or its id another key's */
function isHeld(sql: SqlStorage, consumer: string, { hash, id }: RowKey): boolean {
  const held = sql
    .exec<{ hash: string; consumer: string }>(
      `SELECT hash, consumer FROM keys WHERE hash = ? OR id = ?`,
      hash,
      id ?? null,
    )
    .toArray()
  if (held.some((one) => one.hash !== hash || one.consumer !== consumer)) {
    throw new Failure(
      'exists',
      'One of its keys is in the registry already, with another id or consumer.',
    )
  }
  return held.length > 0
}
