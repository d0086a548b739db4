import type {
  ConsumerRecord,
  ConsumerStatus,
  KeyRecord,
  KeyStatus,
  MintedKey,
  StoredKey,
} from './keys.ts'

/**
 * The source of truth for consumers and keys, one per environment: what its Durable Object answers to.
 * Every change is one transaction with its line in the audit trail; `actor` is who did it. Failures that a
 * caller can do something about are results; an exception means the registry could not be reached.
 */
export interface Registry {
  createConsumer(input: unknown, actor: string): Promise<Outcome<Consumer>>
  consumer(id: string): Promise<Consumer | null>
  updateConsumer(id: string, change: Change, actor: string): Promise<Outcome<Consumer>>
  deleteConsumer(id: string, version: number | null, actor: string): Promise<Outcome<null>>
  listConsumers(query: ConsumerQuery): Promise<Page<Consumer>>

  createKey(
    consumer: string,
    input: unknown,
    minted: MintedKey,
    actor: string,
  ): Promise<Outcome<Key>>
  key(id: string): Promise<Key | null>
  /** Also disables (`status: 'disabled'`), enables and revokes (`'revoked'`, for good). */
  updateKey(id: string, change: Change, actor: string): Promise<Outcome<Key>>
  /** A new key with the properties of the old one; the old one expires after the grace period. */
  rollKey(id: string, roll: Roll, minted: MintedKey, actor: string): Promise<Outcome<Key>>
  deleteKey(id: string, version: number | null, actor: string): Promise<Outcome<null>>
  listKeys(query: KeyQuery): Promise<Page<Key>>

  /** Rows are numbered from 0 in the file; those already taken are skipped, so a cut import is sent again. */
  startImport(actor: string): Promise<ImportJob>
  importRows(id: string, firstRow: number, rows: readonly unknown[]): Promise<Outcome<ImportJob>>
  importJob(id: string): Promise<ImportJob | null>
  exportRows(query: PageQuery): Promise<Page<ExportRow>>
  audit(query: AuditQuery): Promise<Page<AuditEntry>>
  /** A line in the audit trail about what is kept elsewhere. Answers when it is durable. */
  note(deed: Deed): Promise<void>
  figures(): Promise<RegistryFigures>
  /** Writes everything to KV again: after KV was emptied or another namespace bound. */
  republish(actor: string): Promise<void>

  /** The read path: what KV should hold under this hash. */
  find(hash: string): Promise<StoredKey | null>
  /** The feed's question: what changed after `since`. Takes what was used along the way. */
  changes(since: number, used: readonly KeyUse[]): Promise<Changes>
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: RegistryFailure; readonly detail: string }

/**
 * - `not-found`; `exists`: the id or the key is taken
 * - `changed`: the version is another one by now
 * - `invalid`: `detail` names the member and what it must be
 * - `full`: a limit of the registry is reached
 */
export type RegistryFailure = 'not-found' | 'exists' | 'changed' | 'invalid' | 'full'

export interface Consumer extends ConsumerRecord {
  readonly description: string
  readonly createdMs: number
  readonly updatedMs: number
}

export interface Key extends KeyRecord {
  readonly consumer: string
  /** What people recognize it by: `cardea_live` and the last four characters. Empty for imported hashes. */
  readonly start: string
  readonly lastFour: string
  readonly createdMs: number
  /** Midnight UTC of the last day it was used on. */
  readonly lastUsedMs: number | null
  /** The key that this one was made to replace. */
  readonly replaces: string | null
}

/** Members that are absent stay as they are. */
export interface Change {
  readonly set: unknown
  /** Fails with `changed` unless this is the version; null: whatever it is. */
  readonly version: number | null
}

export interface Roll {
  /** How long the old key works on. 0: not at all. */
  readonly graceMs: number
  /** Also the consumer's other keys of the same mode. */
  readonly all: boolean
  readonly version: number | null
}

export interface PageQuery {
  /** From the page before; null: the first page. */
  readonly cursor: string | null
  /** 1 to 1000. */
  readonly limit: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** null on the last page. */
  readonly cursor: string | null
}

/** All given filters must hold. */
export interface ConsumerQuery extends PageQuery {
  readonly status?: ConsumerStatus
  readonly tag?: string
  readonly group?: string
  /** A top-level member of the metadata and its value, as text. */
  readonly metadata?: { readonly name: string; readonly value: string }
}

export interface KeyQuery extends PageQuery {
  readonly consumer?: string
  readonly status?: KeyStatus
}

export interface AuditQuery extends PageQuery {
  /** A consumer's or key's id. */
  readonly target?: string
}

export interface Deed {
  readonly actor: string
  /** `counters.reset` */
  readonly action: string
  readonly target: string
  /** Never a key or a hash. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** Newest first. */
export interface AuditEntry {
  readonly sequence: number
  readonly atMs: number
  readonly actor: string
  /** `consumer.create`, `key.revoke`, … */
  readonly action: string
  readonly target: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface ImportJob {
  readonly id: string
  /** Rows taken so far: the number of the next one to send. */
  readonly rows: number
  readonly consumersCreated: number
  readonly keysCreated: number
  /** Consumers and keys that were there already. They were left as they are. */
  readonly unchanged: number
  readonly failed: number
  /** The first hundred. */
  readonly errors: readonly { readonly row: number; readonly detail: string }[]
}

/** A consumer and its keys, by hash: one line of an export, and of an import. */
export interface ExportRow {
  readonly consumer: Omit<Consumer, 'version' | 'updatedMs'>
  readonly keys: readonly (Omit<Key, 'version' | 'consumer'> & { readonly hash: string })[]
}

export interface RegistryFigures {
  readonly consumers: number
  readonly keys: number
  /** Keys whose value in KV may still be an older one. */
  readonly pending: number
  readonly databaseBytes: number
}

export interface KeyUse {
  readonly key: string
  /** Midnight UTC. */
  readonly dayMs: number
}

/** A revocation or another change to what existed. Creation is none: nobody can hold an older state of it. */
export interface ChangeNotice {
  readonly kind: 'key' | 'consumer'
  readonly id: string
  /** Whatever has a smaller version is outdated. */
  readonly sequence: number
}

/** What a feed tells. Notices are kept until KV has long been up to date with them. */
export interface Changes {
  /** Another one: the registry was emptied, everything remembered is void. */
  readonly epoch: string
  /** Notices up to here are in this answer or were in earlier ones. */
  readonly sequence: number
  /** Notices up to here were dropped: KV is up to date with them. */
  readonly pruned: number
  readonly notices: readonly ChangeNotice[]
  /** Ask again at once, from `sequence`. */
  readonly more: boolean
}

/** A regional feed's answer: the same, and how old its knowledge is. */
export interface FeedAnswer extends Changes {
  /** Milliseconds since the feed asked the registry. */
  readonly ageMs: number
}

/** What a regional feed answers to. */
export interface RevocationFeed {
  /**
   * @param isUrgent the asker knows of a change: what the feed has heard before does not do
   * @throws when the feed has never reached the registry
   */
  hear(since: number, used: readonly KeyUse[], isUrgent: boolean): Promise<FeedAnswer>
}
