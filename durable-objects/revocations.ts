import { DurableObject } from 'cloudflare:workers'
import type {
  ChangeNotice,
  Changes,
  FeedAnswer,
  KeyUse,
  RevocationFeed,
} from '../src/core/registry.ts'

/** What a feed needs of the registry. */
export interface ChangeSource {
  changes(since: number, used: readonly KeyUse[]): Promise<Changes>
}

export interface RevocationsEnv {
  readonly REGISTRY: { getByName(name: string): ChangeSource }
}

/**
 * The revocation feed of one region: asks the registry at most every two seconds, and only while isolates ask
 * it, so that ten thousand isolates do not all ask one object. Keeps nothing on disk: after a restart it asks
 * for everything that is still news.
 */
export class Revocations extends DurableObject<RevocationsEnv> implements RevocationFeed {
  readonly #now: () => number
  #epoch = ''
  #sequence = 0
  #pruned = 0
  #notices: ChangeNotice[] = []
  #used = new Map<string, KeyUse>()
  #askedMs = Number.NEGATIVE_INFINITY
  /** All requests to one Durable Object share a context, so here they may share a promise. */
  #asking: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: RevocationsEnv, now = () => Date.now()) {
    super(ctx, env)
    this.#now = now
  }

  async hear(since: number, used: readonly KeyUse[], isUrgent: boolean): Promise<FeedAnswer> {
    for (const use of used) if (this.#used.size < USED_MAX) this.#used.set(use.key, use)
    if (isUrgent || this.#now() - this.#askedMs > ASK_EVERY_MS) {
      try {
        // a question under way may have been answered before the change that the asker knows of
        if (isUrgent) await this.#asking
        await (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)))
      } catch (error) {
        // an older answer is still an answer, and says how old it is
        if (this.#epoch === '') throw error
      }
    }
    return { ...this.#answer(since), ageMs: this.#now() - this.#askedMs }
  }

  async #ask(): Promise<void> {
    const startedMs = this.#now()
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      const used = [...this.#used.values()].slice(0, USED_PER_QUESTION)
      const changes = await this.env.REGISTRY.getByName(REGISTRY_NAME).changes(this.#sequence, used)
      for (const use of used) if (this.#used.get(use.key) === use) this.#used.delete(use.key)
      const isAnother = this.#epoch !== '' && this.#epoch !== changes.epoch
      this.#learn(isAnother ? { ...changes, sequence: 0, pruned: 0, notices: [] } : changes)
      if (isAnother || changes.more) continue
      this.#askedMs = startedMs
      return
    }
    throw new Error('the registry has more news than one round of questions can fetch')
  }

  #learn({ epoch, sequence, pruned, notices }: Changes): void {
    if (epoch !== this.#epoch) this.#notices = []
    this.#epoch = epoch
    this.#sequence = sequence
    this.#pruned = pruned
    const kept = this.#notices.filter((one) => one.sequence > pruned)
    this.#notices = notices.length === 0 ? kept : [...kept, ...notices]
  }

  /** In pages, so that an isolate that has just started is not sent everything in one message. */
  #answer(since: number): Changes {
    const news = this.#notices.filter(({ sequence }) => sequence > since)
    const last = news[NOTICES_PER_ANSWER - 1]
    const until = last?.sequence ?? this.#sequence
    const notices = last === undefined ? news : news.filter(({ sequence }) => sequence <= until)
    const more = notices.length < news.length
    const [epoch, pruned] = [this.#epoch, this.#pruned]
    return { epoch, sequence: more ? until : this.#sequence, pruned, notices, more }
  }
}

/** The registry's name in its namespace; each environment has a namespace of its own. */
export const REGISTRY_NAME = 'registry'

const ASK_EVERY_MS = 2000
const ROUNDS_MAX = 100
const NOTICES_PER_ANSWER = 5000
const USED_MAX = 10_000
/** As many as the registry takes in. */
const USED_PER_QUESTION = 1000
