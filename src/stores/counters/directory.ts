import type { RemoteCounters } from '../../lib/counters/remote.ts'
import { RecentMap } from '../../lib/recent-map.ts'

/** The Durable Object namespace, as far as it is needed. */
export interface CountersNamespace {
  getByName(name: string): RemoteCounters
}

/**
 * How callers are spread over objects.
 * - `caller`: an object each, placed near its first request; for Cloudflare
 * - a number: so many objects for each policy, each with many callers; for one's own machine, where a live
 *   object costs some 200 KB
 */
export type Layout = 'caller' | number

/** A caller's counters: the object they are in, and the caller's name there. */
export interface Place {
  readonly counters: RemoteCounters
  readonly caller: string
}

/** Finds the object of a caller. Names are digests: neither addresses nor key ids are written anywhere. */
export class Directory {
  readonly #namespace: CountersNamespace
  readonly #layout: Layout
  readonly #digest: (text: string) => Promise<string>
  /** A digest is a trip to another thread. */
  readonly #digests = new RecentMap<string>(5000)

  constructor(namespace: CountersNamespace, layout: Layout, digest = sha256) {
    this.#namespace = namespace
    this.#layout = layout
    this.#digest = digest
  }

  async find(policy: string, caller: string): Promise<Place> {
    const digest = this.#digests.get(caller) ?? (await this.#digest(caller))
    this.#digests.set(caller, digest)
    const shard =
      this.#layout === 'caller'
        ? digest
        : String(Number.parseInt(digest.slice(0, 8), 16) % this.#layout)
    return { counters: this.#namespace.getByName(`${policy}/${shard}`), caller: digest }
  }
}

/** Hexadecimal. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
