import type { RegistryFailure } from '../../src/core/registry.ts'

/** Makes the tables of a new registry. Harmless on an old one. */
export function createTables(sql: SqlStorage, epoch: () => string): void {
  sql.exec(TABLES)
  sql.exec(`INSERT OR IGNORE INTO registry VALUES (1, ?, 0, 0)`, epoch())
}

/** One change: everything it does has this sequence number and time. */
export interface Transaction {
  readonly sql: SqlStorage
  /** Grows by one with every change, for ever. It is the version of what is changed. */
  readonly sequence: number
  readonly nowMs: number
}

/** Call inside `transactionSync`: a failure takes the number back. */
export function begin(sql: SqlStorage, nowMs: number): Transaction {
  const { sequence } = sql
    .exec<{ sequence: number }>(`UPDATE registry SET sequence = sequence + 1 RETURNING sequence`)
    .one()
  return { sql, sequence, nowMs }
}

export interface RegistryState {
  readonly epoch: string
  readonly sequence: number
  readonly pruned: number
}

export function registryState(sql: SqlStorage): RegistryState {
  return sql.exec<Row<RegistryState>>(`SELECT epoch, sequence, pruned FROM registry`).one()
}

/** A result row of these columns, as `SqlStorage.exec` wants its type. */
export type Row<T> = T & Record<string, SqlStorageValue>

export function first<T>(
  sql: SqlStorage,
  query: string,
  ...values: SqlStorageValue[]
): T | undefined {
  const next = sql.exec<Row<T>>(query, ...values).next()
  return next.done === true ? undefined : next.value
}

/** Why a change did not happen. Thrown inside a transaction, so that nothing of it stays. */
export class Failure extends Error {
  readonly code: RegistryFailure

  constructor(code: RegistryFailure, detail: string) {
    super(detail)
    this.code = code
  }
}

/** @throws Failure `changed` when somebody else was faster */
export function expectVersion(actual: number, expected: number | null): void {
  if (expected !== null && expected !== actual) {
    throw new Failure(
      'changed',
      `It is at version ${actual} by now. Read it again, then change it.`,
    )
  }
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS registry (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL, sequence INTEGER NOT NULL, pruned INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS consumers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, metadata TEXT NOT NULL,
    tags TEXT NOT NULL, groups TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS labels (
    kind TEXT NOT NULL, value TEXT NOT NULL, consumer TEXT NOT NULL,
    PRIMARY KEY (kind, value, consumer)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS labels_of ON labels (consumer);
  CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, consumer TEXT NOT NULL, name TEXT NOT NULL,
    mode TEXT NOT NULL, scopes TEXT NOT NULL, ip_ranges TEXT NOT NULL, status TEXT NOT NULL,
    start TEXT NOT NULL, last_four TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER,
    last_used_ms INTEGER, replaces TEXT, version INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS keys_of ON keys (consumer, id);
  CREATE TABLE IF NOT EXISTS outbox (
    hash TEXT PRIMARY KEY, sequence INTEGER NOT NULL, since INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outbox_order ON outbox (since);
  CREATE TABLE IF NOT EXISTS notices (
    kind TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL, settled_ms INTEGER,
    PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS notices_order ON notices (sequence);
  CREATE TABLE IF NOT EXISTS audit (
    sequence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS audit_target ON audit (target, sequence);
  CREATE TABLE IF NOT EXISTS imports (
    id TEXT PRIMARY KEY, actor TEXT NOT NULL, started_ms INTEGER NOT NULL, job TEXT NOT NULL
  ) WITHOUT ROWID;
`
