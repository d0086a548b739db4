import { DurableObject } from 'cloudflare:workers'
import { CacheEntries, type Entry, type Place } from './cache-entries.ts'
import { keepingOf } from './freshness.ts'
import { concat, partOf, readHead } from './stored-response.ts'

/**
 * `caches` on one's own machine: where workerd sends what is asked of the Cache API (`cacheApiOutbound`), over one SQLite
 * database. The HTTP form of a call is workerd's own, see `cache.c++` there: GET for `match`, PUT with a whole HTTP response as its
 * body for `put`, PURGE for `delete`; the key is the URL; fields are the key's.
 *
 * As on Cloudflare, `Vary` does not take part in the key.
 */
export class CacheStore extends DurableObject<CacheBindings> {
  readonly #entries: CacheEntries
  #isAlarmSet = false

  constructor(context: DurableObjectState, env: CacheBindings) {
    super(context, env)
    const bytesMax = env.CACHE_BYTES_MAX
    const bodyBytesMax = Math.min(BODY_BYTES_MAX, bytesMax / 4)
    this.#entries = new CacheEntries(context.storage.sql, { bytesMax, bodyBytesMax })
  }

  override async fetch(request: Request): Promise<Response> {
    const place = placeOf(request)
    if (request.method === 'PUT') return this.#put(place, request)
    if (request.method === 'PURGE') {
      return new Response(null, { status: this.#entries.delete(place) ? 200 : 404 })
    }
    const entry = this.#entries.find(place, Date.now())
    return entry === undefined ? miss() : this.#answer(entry, request.headers)
  }

  /** Removes what has expired, and comes again while there is something. */
  override async alarm(): Promise<void> {
    this.#entries.sweep(Date.now())
    this.#isAlarmSet = false
    if (!this.#entries.isEmpty) await this.#setAlarm()
  }

  /** 204 when it is kept, 413 when not; workerd tells nobody which. */
  async #put(place: Place, request: Request): Promise<Response> {
    const reader = request.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>
    const { head, rest } = await readHead(reader)
    const keeping = keepingOf(request.headers, head.status, head.fields)
    if (keeping === undefined) {
      await reader.cancel()
      return new Response(null, { status: 413 })
    }
    let first: Uint8Array | undefined = rest
    const body = async () => {
      const given = first ?? (await reader.read()).value
      first = undefined
      return given
    }
    const length = head.fields.find(([name]) => name === 'content-length')?.[1]
    const isKept = await this.#entries.put(place, { ...head, fields: keeping.headers }, body, {
      now: Date.now(),
      freshMs: keeping.freshMs,
      ...(length !== undefined && { declaredBytes: Number(length) }),
    })
    if (!isKept) await reader.cancel()
    else await this.#setAlarm()
    return new Response(null, { status: isKept ? 204 : 413 })
  }

  async #setAlarm(): Promise<void> {
    if (this.#isAlarmSet) return
    this.#isAlarmSet = true
    const { storage } = this.ctx
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + SWEEP_MS)
  }

  async #answer(entry: Entry, request: Headers): Promise<Response> {
    const { bytes, status, statusText } = entry
    const headers = new Headers(
      entry.fields.map(([name, value]): [string, string] => [name, value]),
    )
    // RFC 9111 §5.1
    const age = Number(headers.get('age') ?? 0) + Math.floor((Date.now() - entry.stored) / 1000)
    headers.set('age', String(age))
    headers.set('cf-cache-status', 'HIT')
    const part = partOf(request, headers, bytes)
    if (part.kind === 'unchanged') return new Response(null, { status: 304, headers })
    if (part.kind === 'unsatisfiable') {
      headers.set('content-range', `bytes */${bytes}`)
      return new Response(null, { status: 416, headers })
    }
    if (bytes === 0) return new Response(null, { status, statusText, headers })
    // compressed once already, if at all
    const encodeBody = headers.has('content-encoding') ? 'manual' : 'automatic'
    if (part.kind === 'whole') {
      const body = await this.#body(entry, 0, bytes - 1)
      return new Response(body, { status, statusText, headers, encodeBody })
    }
    const { first, last } = part
    headers.set('content-range', `bytes ${first}-${last}/${bytes}`)
    return new Response(await this.#body(entry, first, last), { status: 206, headers })
  }

  /** Small ones whole: a stream costs more. */
  async #body(entry: Entry, first: number, last: number): Promise<BodyInit> {
    const stream = this.#entries.read(entry, first, last)
    const length = last - first + 1
    if (length > SMALL_BYTES) return stream.pipeThrough(new FixedLengthStream(length))
    let whole = new Uint8Array()
    for await (const bytes of stream) whole = concat(whole, bytes)
    return whole
  }
}

export default {
  async fetch(request: Request, { STORE }: CacheBindings): Promise<Response> {
    try {
      return await STORE.getByName('cache').fetch(request)
    } catch (error) {
      // a cache may forget: what it cannot read is not there, what it cannot write is not kept. Only a delete must not be lost
      console.error(JSON.stringify({ level: 'error', event: 'cache-failed', error: String(error) }))
      if (request.method === 'GET') return miss()
      return new Response(null, { status: request.method === 'PUT' ? 413 : 500 })
    }
  },
}

export interface CacheBindings {
  readonly STORE: DurableObjectNamespace<CacheStore>
  /** What all that is kept may cost together. */
  readonly CACHE_BYTES_MAX: number
}

const placeOf = ({ url, headers }: Request): Place => ({
  cache: headers.get('cf-cache-namespace') ?? '',
  url: url.split('#', 1)[0]!,
})

const miss = (): Response =>
  new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })

const BODY_BYTES_MAX = 64 * 1024 * 1024
const SMALL_BYTES = 1024 * 1024
const SWEEP_MS = 10 * 60_000
