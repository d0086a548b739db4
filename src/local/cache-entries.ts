import type { Field } from './freshness.ts'
import type { Head } from './stored-response.ts'

/** A response that is kept. */
export interface Entry {
  readonly id: number
  readonly status: number
  readonly statusText: string
  readonly fields: readonly Field[]
  readonly bytes: number
  /** When it was put. Milliseconds since 1970, as all times here. */
  readonly stored: number
}

export interface Place {
  /** Name given to `caches.open`; '' is `caches.default`. */
  readonly cache: string
  readonly url: string
}

export interface Limits {
  /** All entries together. When they are full, those used longest ago go. */
  readonly bytesMax: number
  /** One body. */
  readonly bodyBytesMax: number
}

/** Responses in SQLite: bodies in rows of one size, so that a large one is never in memory whole. */
export class CacheEntries {
  readonly #sql: SqlStorage
  readonly #limits: Limits
  #bytes: number
  #nextId: number
  /** Entries read since they were written, by the time; written down before anything is evicted. */
  readonly #used = new Map<number, number>()
  /** Entries whose body is being read, by the number of readers; what goes meanwhile is removed after the last. */
  readonly #readers = new Map<number, number>()
  readonly #gone = new Set<number>()

  constructor(sql: SqlStorage, limits: Limits) {
    this.#sql = sql
    this.#limits = limits
    for (const statement of SCHEMA) sql.exec(statement)
    // what was under way when the process ended
    sql.exec('DELETE FROM parts WHERE entry NOT IN (SELECT id FROM entries)')
    const { bytes, last } = sql
      .exec<{ bytes: number; last: number }>(
        'SELECT coalesce(sum(cost), 0) AS bytes, coalesce(max(id), 0) AS last FROM entries',
      )
      .one()
    this.#bytes = bytes
    this.#nextId = last + 1
  }

  /** What the entries cost together. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#sql.exec('SELECT 1 FROM entries LIMIT 1').toArray().length === 0
  }

  find({ cache, url }: Place, now: number): Entry | undefined {
    const [row] = this.#sql
      .exec<Row>('SELECT * FROM entries WHERE cache = ? AND url = ?', cache, url)
      .toArray()
    if (row === undefined || row.expires <= now) return undefined
    this.#used.set(row.id, now)
    if (this.#used.size >= USED_MAX) this.#writeUsed()
    const { id, status, status_text: statusText, bytes, stored } = row
    return { id, status, statusText, fields: JSON.parse(row.fields) as Field[], bytes, stored }
  }

  /**
   * Takes a response, whose body is written while it comes. What stood there stays until it is whole.
   *
   * @param body the next bytes; undefined at the end
   * @returns false when it is too large, or shorter than it said
   * @throws whatever `body` throws; nothing is kept then
   */
  async put(
    { cache, url }: Place,
    { status, statusText, fields }: Head,
    body: () => Promise<Uint8Array | undefined>,
    times: { readonly now: number; readonly freshMs: number; readonly declaredBytes?: number },
  ): Promise<boolean> {
    const draft = { id: this.#nextId++, bytes: 0 }
    let isKept = false
    try {
      if (!(await this.#write(draft, body))) return false
      if (times.declaredBytes !== undefined && times.declaredBytes !== draft.bytes) return false
      const text = JSON.stringify(fields)
      const cost = url.length + text.length + ENTRY_BYTES
      this.delete({ cache, url })
      if (!this.#makeRoom(cost)) return false
      this.#sql.exec(
        'INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[draft.id, cache, url, status, statusText, text, draft.bytes, cost + draft.bytes],
        ...[times.now, times.now + times.freshMs, times.now],
      )
      this.#bytes += cost
      isKept = true
      return true
    } finally {
      if (!isKept) {
        this.#bytes -= draft.bytes
        this.#removeParts(draft.id)
      }
    }
  }

  /** @returns whether it was there */
  delete({ cache, url }: Place): boolean {
    const rows = this.#sql
      .exec<Cost>('SELECT id, cost FROM entries WHERE cache = ? AND url = ?', cache, url)
      .toArray()
    for (const row of rows) this.#remove(row)
    return rows.length > 0
  }

  /** Removes what has expired. */
  sweep(now: number): void {
    const rows = this.#sql.exec<Cost>('SELECT id, cost FROM entries WHERE expires <= ?', now)
    for (const row of rows.toArray()) this.#remove(row)
  }

  /** The bytes from `first` to `last`, both inclusive. What is removed meanwhile is still read to its end. */
  read({ id }: Entry, first: number, last: number): ReadableStream<Uint8Array> {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
    let at = first
    return new ReadableStream({
      pull: (controller) => {
        const part = this.#part(id, Math.floor(at / PART_BYTES))
        const offset = at % PART_BYTES
        const bytes = part.subarray(offset, offset + last - at + 1)
        controller.enqueue(bytes)
        at += bytes.length
        if (at <= last) return
        this.#leave(id)
        controller.close()
      },
      cancel: () => this.#leave(id),
    })
  }

  #part(id: number, index: number): Uint8Array {
    const query = 'SELECT bytes FROM parts WHERE entry = ? AND part = ?'
    return new Uint8Array(this.#sql.exec<{ bytes: ArrayBuffer }>(query, id, index).one().bytes)
  }

  /** @returns false when there are too many bytes */
  async #write(draft: Draft, body: () => Promise<Uint8Array | undefined>): Promise<boolean> {
    const { bodyBytesMax } = this.#limits
    const buffer = new Uint8Array(Math.min(PART_BYTES, bodyBytesMax))
    let [index, filled] = [0, 0]
    const flush = () => {
      if (!this.#makeRoom(filled)) return false
      const bytes = buffer.slice(0, filled)
      this.#sql.exec('INSERT INTO parts VALUES (?, ?, ?)', draft.id, index++, bytes)
      this.#bytes += filled
      draft.bytes += filled
      filled = 0
      return true
    }
    for (let chunk = await body(); chunk !== undefined; chunk = await body()) {
      if (draft.bytes + filled + chunk.length > bodyBytesMax) return false
      for (let at = 0; at < chunk.length;) {
        const taken = chunk.subarray(at, at + buffer.length - filled)
        buffer.set(taken, filled)
        filled += taken.length
        at += taken.length
        if (filled === buffer.length && !flush()) return false
      }
    }
    return filled === 0 || flush()
  }

  /**
   * Those used longest ago go first.
   * @returns false when all is taken by what is still being written
   */
  #makeRoom(bytes: number): boolean {
    if (this.#bytes + bytes <= this.#limits.bytesMax) return true
    this.#writeUsed()
    while (this.#bytes + bytes > this.#limits.bytesMax) {
      const rows = this.#sql
        .exec<Cost>('SELECT id, cost FROM entries ORDER BY used, id LIMIT 16')
        .toArray()
      if (rows.length === 0) return false
      for (const row of rows) {
        if (this.#bytes + bytes > this.#limits.bytesMax) this.#remove(row)
      }
    }
    return true
  }

  #writeUsed(): void {
    for (const [id, at] of this.#used) {
      this.#sql.exec('UPDATE entries SET used = ? WHERE id = ?', at, id)
    }
    this.#used.clear()
  }

  #remove({ id, cost }: Cost): void {
    this.#sql.exec('DELETE FROM entries WHERE id = ?', id)
    this.#used.delete(id)
    this.#bytes -= cost
    if (this.#readers.has(id)) this.#gone.add(id)
    else this.#removeParts(id)
  }

  #removeParts(id: number): void {
    this.#sql.exec('DELETE FROM parts WHERE entry = ?', id)
  }

  #leave(id: number): void {
    const others = this.#readers.get(id)! - 1
    if (others > 0) {
      this.#readers.set(id, others)
      return
    }
    this.#readers.delete(id)
    if (this.#gone.delete(id)) this.#removeParts(id)
  }
}

/** Far below what one value of a Durable Object may have (2 MB). */
export const PART_BYTES = 256 * 1024
/** What an entry costs besides its texts and its body: rows, indexes. Bounds how many there can be. */
const ENTRY_BYTES = 512
const USED_MAX = 1_000

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, cache TEXT NOT NULL, url TEXT NOT NULL,
    status INTEGER NOT NULL, status_text TEXT NOT NULL, fields TEXT NOT NULL, bytes INTEGER NOT NULL,
    cost INTEGER NOT NULL, stored INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL,
    UNIQUE (cache, url))`,
  'CREATE INDEX IF NOT EXISTS by_use ON entries (used, id)',
  'CREATE INDEX IF NOT EXISTS by_expiry ON entries (expires)',
  `CREATE TABLE IF NOT EXISTS parts (
    entry INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (entry, part))`,
]

/** A body that is being written. */
interface Draft {
  readonly id: number
  bytes: number
}

interface Cost extends Record<string, SqlStorageValue> {
  readonly id: number
  readonly cost: number
}

interface Row extends Record<string, SqlStorageValue> {
  readonly id: number
  readonly status: number
  readonly status_text: string
  readonly fields: string
  readonly bytes: number
  readonly stored: number
  readonly expires: number
}
