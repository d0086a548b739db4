import type { AuditEntry, AuditQuery, Page } from '../../src/core/registry.ts'
import type { Row, Transaction } from './database.ts'

export interface Deed {
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/** In the same transaction as the deed. Never put a key or a hash into `detail`. */
export function record({ sql, sequence, nowMs }: Transaction, deed: Deed): void {
  const { actor, action, target, detail = {} } = deed
  sql.exec(
    `INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)`,
    sequence,
    nowMs,
    actor.slice(0, 200),
    action,
    target,
    JSON.stringify(detail),
  )
}

/** Newest first. The cursor is the sequence number of the last entry. */
export function readAudit(sql: SqlStorage, query: AuditQuery): Page<AuditEntry> {
  const values: SqlStorageValue[] = [Number(query.cursor ?? Number.MAX_SAFE_INTEGER)]
  let text = `SELECT * FROM audit WHERE sequence < ?`
  if (query.target !== undefined) {
    text += ` AND target = ?`
    values.push(query.target)
  }
  text += ` ORDER BY sequence DESC LIMIT ?`
  const rows = sql.exec<Row<AuditRow>>(text, ...values, query.limit + 1).toArray()
  const items = rows.slice(0, query.limit).map(({ at_ms, detail, ...row }) => ({
    ...row,
    atMs: at_ms,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }))
  return { items, cursor: rows.length > query.limit ? String(items.at(-1)!.sequence) : null }
}

/** Forgets what is older than 400 days, a thousand entries at a time. */
export function pruneAudit(sql: SqlStorage, nowMs: number): void {
  sql.exec(
    `DELETE FROM audit WHERE sequence IN
       (SELECT sequence FROM (SELECT sequence, at_ms FROM audit ORDER BY sequence LIMIT 1000)
        WHERE at_ms < ?)`,
    nowMs - RETENTION_MS,
  )
}

const RETENTION_MS = 400 * 24 * 60 * 60_000

interface AuditRow {
  sequence: number
  at_ms: number
  actor: string
  action: string
  target: string
  detail: string
}
