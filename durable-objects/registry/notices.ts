import type { ChangeNotice, Changes, KeyUse } from '../../src/core/registry.ts'
import { first, registryState, type Row, type Transaction } from './database.ts'
import { oldestPending } from './outbox.ts'

/** Tells the feed that whoever remembers this key or consumer remembers something outdated. */
export function notice(
  { sql, sequence }: Transaction,
  kind: ChangeNotice['kind'],
  id: string,
): void {
  sql.exec(`INSERT OR REPLACE INTO notices VALUES (?, ?, ?, NULL)`, kind, id, sequence)
}

/** The feed's question. */
export function changesSince(sql: SqlStorage, since: number): Changes {
  const { epoch, sequence, pruned } = registryState(sql)
  // notices of one change share its number and stay together, so a page may be longer than the bound
  const last = first<{ sequence: number }>(
    sql,
    `SELECT sequence FROM notices WHERE sequence > ? ORDER BY sequence LIMIT 1 OFFSET ?`,
    since,
    NOTICES_PER_ANSWER - 1,
  )
  const until = last?.sequence ?? sequence
  const notices = sql
    .exec<Row<ChangeNotice>>(
      `SELECT kind, id, sequence FROM notices WHERE sequence > ? AND sequence <= ? ORDER BY sequence`,
      since,
      until,
    )
    .toArray()
  return { epoch, sequence: until, pruned, notices, more: until < sequence && last !== undefined }
}

/**
 * Drops the notices that nobody needs any more: KV has shown the change for so long that no cache of it can
 * hold the older value.
 * @returns when there will be something to drop next, if nothing else happens
 */
export function pruneNotices(sql: SqlStorage, nowMs: number): number | undefined {
  const unsettledFrom = oldestPending(sql) ?? Number.MAX_SAFE_INTEGER
  sql.exec(
    `UPDATE notices SET settled_ms = ? WHERE settled_ms IS NULL AND sequence < ?`,
    nowMs,
    unsettledFrom,
  )
  const due = nowMs - SETTLE_MS
  const dropped = first<{ last: number | null }>(
    sql,
    `SELECT max(sequence) AS last FROM notices WHERE settled_ms <= ?`,
    due,
  )
  if (dropped?.last != null) {
    sql.exec(`DELETE FROM notices WHERE settled_ms <= ?`, due)
    sql.exec(`UPDATE registry SET pruned = max(pruned, ?)`, dropped.last)
  }
  const next = first<{ settled: number | null }>(
    sql,
    `SELECT min(settled_ms) AS settled FROM notices`,
  )
  return next?.settled == null ? undefined : next.settled + SETTLE_MS
}

/** Notes the days on which keys were used. At most a thousand; the rest comes again with the next request. */
export function noteUse(sql: SqlStorage, used: readonly KeyUse[], nowMs: number): void {
  for (const { key, dayMs } of used.slice(0, 1000)) {
    if (dayMs > nowMs + DAY_MS) continue
    sql.exec(
      `UPDATE keys SET last_used_ms = ?1 WHERE id = ?2 AND coalesce(last_used_ms, 0) < ?1`,
      dayMs,
      key,
    )
  }
}

/** KV shows a write everywhere after "60 s or more", and we let it cache for 60 s: ten minutes are ample. */
export const SETTLE_MS = 10 * 60_000
const NOTICES_PER_ANSWER = 5000
const DAY_MS = 24 * 60 * 60_000
