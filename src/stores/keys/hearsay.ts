import type { ConsumerRecord, KeyRecord, StoredKey } from '../../core/keys.ts'
import type { FeedAnswer, KeyUse } from '../../core/registry.ts'

/**
 * What an isolate has heard from its revocation feed: how long ago the registry was last known to be as we
 * remember it, and which keys and consumers have changed so recently that KV may not show it yet.
 */
export class Hearsay {
  /** The isolate knows everything that the registry knew then. */
  heardMs = Number.NEGATIVE_INFINITY
  /** When this isolate last changed something itself. What it knew before does not count. */
  doubtedMs = Number.NEGATIVE_INFINITY
  #doubts = 0
  #doubtsCleared = 0
  #epoch = ''
  #sequence = 0
  /** Smallest version that is up to date, by kind and id. */
  #least = new Map<string, number>()
  #used = new Map<string, KeyUse>()
  readonly #onChange: (isOutdated: ((stored: StoredKey) => boolean) | 'everything') => void

  /** @param onChange told what no longer holds, at the moment it becomes known */
  constructor(onChange: (isOutdated: ((stored: StoredKey) => boolean) | 'everything') => void) {
    this.#onChange = onChange
  }

  /** Where to go on listening. */
  get sequence(): number {
    return this.#sequence
  }

  /** Whether the feed must not answer from what it has heard before. */
  get isUrgent(): boolean {
    return this.#doubts > this.#doubtsCleared
  }

  /** To hand to `learn` with the answer to a question asked now. */
  asking(nowMs: number): Asked {
    return { atMs: nowMs, doubts: this.#doubts }
  }

  /** This isolate has changed something. */
  doubt(nowMs: number): void {
    this.#doubts++
    this.doubtedMs = nowMs
    this.heardMs = Number.NEGATIVE_INFINITY
  }

  /** Takes one answer in. @returns whether the feed has more to tell at once */
  learn(answer: FeedAnswer, asked: Asked): boolean {
    const isAnother = answer.epoch !== this.#epoch
    const isFirst = this.#epoch === ''
    this.#epoch = answer.epoch
    if (isAnother && !isFirst) {
      this.#forget()
      return true
    }
    // notices that were dropped before this isolate heard them: whatever it remembers may be outdated
    if (this.#sequence < answer.pruned && !isFirst) this.#onChange('everything')
    for (const [id, sequence] of this.#least) if (sequence <= answer.pruned) this.#least.delete(id)
    for (const { kind, id, sequence } of answer.notices) this.#least.set(`${kind}:${id}`, sequence)
    if (answer.notices.length > 0) this.#onChange((stored) => this.isOutdated(stored))
    this.#sequence = Math.max(this.#sequence, answer.sequence)
    // asked before the last doubt: its news are news, but perhaps not all there are
    if (!answer.more && asked.doubts === this.#doubts) {
      this.#doubtsCleared = asked.doubts
      this.heardMs = Math.max(this.heardMs, asked.atMs - answer.ageMs)
    }
    return answer.more
  }

  isOutdated({ key, consumer }: StoredKey): boolean {
    return this.#isOlder('key', key) || this.#isOlder('consumer', consumer)
  }

  /** Notes that a key was used today. Told to the feed with the next question. */
  noteUse(use: KeyUse): void {
    if (this.#used.size < USED_MAX) this.#used.set(use.key, use)
  }

  /** What to tell the feed; taken off the list, and noted again if it could not be told. */
  takeUsed(): KeyUse[] {
    const used = [...this.#used.values()]
    this.#used.clear()
    return used
  }

  #isOlder(kind: string, { id, version }: KeyRecord | ConsumerRecord): boolean {
    return version < (this.#least.get(`${kind}:${id}`) ?? 0)
  }

  #forget(): void {
    this.#sequence = 0
    this.#least.clear()
    this.heardMs = Number.NEGATIVE_INFINITY
    this.#onChange('everything')
  }
}

export interface Asked {
  readonly atMs: number
  readonly doubts: number
}

const USED_MAX = 1000
