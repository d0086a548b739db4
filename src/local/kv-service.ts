import { DurableObject } from 'cloudflare:workers'

/**
 * Workers KV on one's own machine: what workerd's `kvNamespace` binding talks to, over one SQLite database.
 * The HTTP form of a call is workerd's own, see `kv.c++` there. Reads see the last write at once.
 */
export class KvStore extends DurableObject {
  readonly #sql: SqlStorage

  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env)
    this.#sql = context.storage.sql
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER, metadata TEXT) WITHOUT ROWID',
    )
    // what of a value is past its first part: SQLite refuses one that is too large
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS rests (key TEXT, part INTEGER, bytes BLOB NOT NULL, PRIMARY KEY (key, part)) WITHOUT ROWID',
    )
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const key = decodeURIComponent(url.pathname.slice(1))
    if (request.method === 'PUT') return this.#put(key, url.searchParams, request)
    if (request.method === 'DELETE') return this.#delete(key)
    if (request.method === 'POST' && key === 'bulk/get') return this.#bulk(await request.json())
    if (request.method !== 'GET') return new Response(null, { status: 405 })
    return key === '' ? this.#list(url.searchParams) : this.#get(key)
  }

  #get(key: string): Response {
    const entry = this.#read(key)
    if (entry === undefined) return new Response(null, { status: 404 })
    const headers = new Headers()
    if (entry.metadata !== null) headers.set('CF-KV-Metadata', entry.metadata)
    if (entry.expires !== null) headers.set('CF-Expiration', String(entry.expires))
    return new Response(entry.value, { headers })
  }

  async #put(key: string, query: URLSearchParams, request: Request): Promise<Response> {
    const ttl = query.get('expiration_ttl')
    const expiration = query.get('expiration')
    const expires = ttl === null ? expiration && Number(expiration) : nowSeconds() + Number(ttl)
    const value = await request.arrayBuffer()
    if (value.byteLength > VALUE_BYTES_MAX) return new Response(null, { status: 413 })
    this.#sql.exec('DELETE FROM rests WHERE key = ?', key)
    for (let part = 1; part * PART_BYTES < value.byteLength; part++) {
      const bytes = value.slice(part * PART_BYTES, (part + 1) * PART_BYTES)
      this.#sql.exec('INSERT INTO rests VALUES (?, ?, ?)', key, part, bytes)
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO entries (key, value, expires, metadata) VALUES (?, ?, ?, ?)',
      key,
      value.slice(0, PART_BYTES),
      expires === '' ? null : expires,
      request.headers.get('CF-KV-Metadata'),
    )
    return new Response(null)
  }

  #delete(key: string): Response {
    this.#sql.exec('DELETE FROM entries WHERE key = ?', key)
    this.#sql.exec('DELETE FROM rests WHERE key = ?', key)
    return new Response(null)
  }

  #bulk({ keys, type, withMetadata }: BulkGet): Response {
    const found: Record<string, unknown> = {}
    for (const key of keys) {
      const entry = this.#read(key)
      const text = entry && new TextDecoder().decode(entry.value)
      const value: unknown = text === undefined ? null : type === 'json' ? JSON.parse(text) : text
      const metadata: unknown = entry?.metadata ? JSON.parse(entry.metadata) : null
      found[key] = withMetadata ? { value, metadata } : value
    }
    return Response.json(found)
  }

  #list(query: URLSearchParams): Response {
    const limit = Number(query.get('key_count_limit') ?? 1000)
    const prefix = query.get('prefix') ?? ''
    const rows = this.#sql
      .exec<Listed>(
        `SELECT key, expires, metadata FROM entries
         WHERE key > ? AND substr(key, 1, ?) = ? AND (expires IS NULL OR expires > ?)
         ORDER BY key LIMIT ?`,
        query.get('cursor') ?? '',
        prefix.length,
        prefix,
        nowSeconds(),
        limit + 1,
      )
      .toArray()
    const page = rows.slice(0, limit)
    return Response.json({
      keys: page.map(({ key, expires, metadata }) => ({
        name: key,
        ...(expires !== null && { expiration: expires }),
        ...(metadata !== null && { metadata }),
      })),
      list_complete: rows.length <= limit,
      ...(rows.length > limit && { cursor: page.at(-1)!.key }),
    })
  }

  #read(key: string): Entry | undefined {
    const [entry] = this.#sql
      .exec<Entry>('SELECT value, expires, metadata FROM entries WHERE key = ?', key)
      .toArray()
    if (entry === undefined) return undefined
    if (entry.expires === null || entry.expires > nowSeconds()) return this.#whole(key, entry)
    this.#delete(key)
    return undefined
  }

  #whole(key: string, entry: Entry): Entry {
    if (entry.value.byteLength < PART_BYTES) return entry
    const query = 'SELECT bytes FROM rests WHERE key = ? ORDER BY part'
    const rests = this.#sql.exec<{ bytes: ArrayBuffer }>(query, key).toArray()
    const parts = [entry.value, ...rests.map(({ bytes }) => bytes)]
    const value = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
    for (const [i, part] of parts.entries()) value.set(new Uint8Array(part), i * PART_BYTES)
    return { ...entry, value: value.buffer }
  }
}

export default {
  fetch(request: Request, { STORE, NAMESPACE }: Bindings): Promise<Response> {
    return STORE.getByName(NAMESPACE === undefined ? 'keys' : `user ${NAMESPACE}`).fetch(request)
  },
}

interface Bindings {
  readonly STORE: DurableObjectNamespace<KvStore>
  /** Binding name of a namespace of the user's; the gateway's own has none. */
  readonly NAMESPACE?: string
}

interface BulkGet {
  readonly keys: readonly string[]
  readonly type?: string
  readonly withMetadata?: boolean
}

interface Listed extends Record<string, SqlStorageValue> {
  readonly key: string
  readonly expires: number | null
  readonly metadata: string | null
}

interface Entry extends Record<string, SqlStorageValue> {
  readonly value: ArrayBuffer
  readonly expires: number | null
  readonly metadata: string | null
}

const PART_BYTES = 1024 * 1024
/** https://developers.cloudflare.com/kv/platform/limits/ */
const VALUE_BYTES_MAX = 25 * 1024 * 1024

const nowSeconds = (): number => Math.floor(Date.now() / 1000)
