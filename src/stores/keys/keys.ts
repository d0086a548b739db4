import type { KeyAnswer, KeyCaller, KeyRefusal, Keys, StoredKey } from '../../core/keys.ts'
import { described } from '../../core/log.ts'
import { generateApiKey, hashKey, randomText, type KeyText } from '../../lib/api-key.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import { Turns, waitUntilOver } from '../../lib/turns.ts'
import { Ears } from './ears.ts'
import { Hearsay } from './hearsay.ts'
import { Misses } from './misses.ts'
import { type KeysFigures, type KeysWorld, LIMITS } from './world.ts'

/**
 * The read path of one isolate: memory, then KV, then the registry.
 *
 * - From memory only while the isolate has heard from the revocation feed within ten seconds.
 * - What KV says counts only when the feed has not told of a newer version.
 * - What KV does not know is asked of the registry, at most ten times a second.
 * - No request waits for another's promise: see `Turns`.
 *
 * @param prefix `keyPrefix` of `gateway.json`
 */
export function createKeys(world: KeysWorld, prefix: string): Keys & { figures: KeysFigures } {
  const path = new ReadPath(world)
  return {
    figures: path.figures,
    find: (key, caller) => path.find(key, caller),
    changed: () => path.changed(),
    registry: () => world.registry(),
    async mint(mode) {
      const { text, start, lastFour } = generateApiKey(prefix, mode, world.randomBytes)
      const id = `key_${randomText(20, world.randomBytes)}`
      return { text, minted: { id, hash: await hashKey(text), mode, start, lastFour } }
    },
  }
}

interface Remembered {
  readonly stored: StoredKey
  readonly found: Extract<KeyAnswer, { state: 'found' }>
  /** The registry itself said so then; what came from KV holds as far as the hearsay goes. */
  readonly assuredMs: number
  readonly characters: number
  usedDayMs: number
}

class ReadPath {
  readonly figures: KeysFigures = {
    memoryHits: 0,
    storedReads: 0,
    registryAsks: 0,
    feedAsks: 0,
    feedFailures: 0,
    late: 0,
    busy: 0,
    unavailable: 0,
  }
  readonly #world: KeysWorld
  // keyed by the key itself, which spares a warm request the hash; it never leaves the isolate's memory
  readonly #memory = new RecentMap<Remembered>(LIMITS.rememberedCharacters, (one) => one.characters)
  readonly #unknownUntilMs = new RecentMap<number>(LIMITS.unknownEntries)
  readonly #hearsay: Hearsay
  readonly #ears: Ears
  readonly #misses = new Misses()
  readonly #asks = new TokenBucket(LIMITS.asksBurst, LIMITS.asksPerSecond)
  readonly #turns = new Turns(LIMITS.storedTimeoutMs + LIMITS.registryTimeoutMs)

  constructor(world: KeysWorld) {
    this.#world = world
    this.#hearsay = new Hearsay((isOutdated) => {
      if (isOutdated === 'everything') this.#memory.clear()
      else this.#memory.deleteWhere(({ stored }) => isOutdated(stored))
    })
    this.#ears = new Ears(world, this.#hearsay, this.figures)
  }

  find(text: KeyText, caller: KeyCaller): KeyAnswer | Promise<KeyAnswer> {
    const nowMs = this.#world.now()
    const one = this.#memory.get(text)
    if (one === undefined) return this.#unknown(text, nowMs) ?? this.#lookUp(text, caller)
    const ageMs = nowMs - Math.max(this.#hearsay.heardMs, this.#assuredMs(one))
    if (ageMs > LIMITS.trustMs) return this.#findAgain(text, caller)
    if (ageMs > LIMITS.askAfterMs) this.#ears.askInBackground(caller)
    this.figures.memoryHits++
    return this.#answer(one, nowMs)
  }

  changed(): void {
    this.#ears.doubt()
    this.#unknownUntilMs.clear()
  }

  /** The isolate remembers the key, but has not heard from the feed for too long. */
  async #findAgain(text: KeyText, caller: KeyCaller): Promise<KeyAnswer> {
    const isFresh = await this.#ears.listen(caller)
    const nowMs = this.#world.now()
    const one = this.#memory.get(text)
    if (one !== undefined && isFresh) return this.#answer(one, nowMs)
    if (one !== undefined && this.#ears.isMemoryTolerable(nowMs)) return this.#late(one.stored)
    return this.#lookUp(text, caller)
  }

  /** One request looks a key up; others that bring the same key wait for what it finds. */
  async #lookUp(text: KeyText, caller: KeyCaller): Promise<KeyAnswer> {
    const { now } = this.#world
    if (!this.#turns.take(text, now())) {
      const isOver = () => !this.#turns.isTaken(text, now())
      await waitUntilOver(isOver, this.#world, LIMITS.storedTimeoutMs + LIMITS.registryTimeoutMs)
      const known = this.#known(text, now())
      if (known !== undefined) return known
      if (!this.#turns.take(text, now())) return this.#busy(1000)
    }
    try {
      return await this.#ask(text, caller)
    } finally {
      this.#turns.giveBack(text)
    }
  }

  /** What another request has found meanwhile. */
  #known(text: KeyText, nowMs: number): KeyAnswer | undefined {
    const one = this.#memory.get(text)
    const isSure =
      one !== undefined &&
      (this.#ears.isFresh(nowMs) || nowMs - this.#assuredMs(one) <= LIMITS.trustMs)
    return isSure ? this.#answer(one, nowMs) : this.#unknown(text, nowMs)
  }

  async #ask(text: KeyText, caller: KeyCaller): Promise<KeyAnswer> {
    const { now } = this.#world
    const miss = this.#misses.take(caller.client.ip, now())
    if (!miss.isAllowed) return this.#busy(miss.waitMs)
    const hash = await hashKey(text)
    const [isFresh, stored] = await Promise.all([this.#ears.listen(caller), this.#readStored(hash)])
    const usable =
      typeof stored === 'object' && stored !== null && !this.#hearsay.isOutdated(stored)
    if (usable && isFresh) {
      miss.putBack()
      return this.#answer(this.#remember(text, stored), now())
    }
    const askedMs = now()
    const told = await this.#askRegistry(hash)
    if (told === null) {
      this.#unknownUntilMs.set(text, now() + LIMITS.unknownMs)
      return UNKNOWN
    }
    if (typeof told === 'object') {
      miss.putBack()
      return this.#answer(this.#remember(text, told, askedMs), now())
    }
    if (usable && this.#ears.isStoredTolerable(now())) {
      miss.putBack()
      return this.#late(stored)
    }
    if (told === 'busy') return this.#busy(this.#asks.waitMs(now()))
    this.figures.unavailable++
    return UNAVAILABLE
  }

  async #readStored(hash: string): Promise<StoredKey | null | 'failed'> {
    this.figures.storedReads++
    try {
      const { readStored, within } = this.#world
      return await within(LIMITS.storedTimeoutMs, readStored(hash))
    } catch (error) {
      this.#world.log.warn('keys-kv-unreachable', described(error))
      return 'failed'
    }
  }

  async #askRegistry(hash: string): Promise<StoredKey | null | 'busy' | 'failed'> {
    const { now, registry, within, log } = this.#world
    // twice, when the feed told of a change while the answer was on its way
    for (let attempt = 0; attempt < 2; attempt++) {
      if (!this.#asks.take(now())) return 'busy'
      this.figures.registryAsks++
      try {
        const told = await within(LIMITS.registryTimeoutMs, registry().find(hash))
        if (told === null || !this.#hearsay.isOutdated(told)) return told
      } catch (error) {
        log.warn('keys-registry-unreachable', described(error))
        return 'failed'
      }
    }
    return 'failed'
  }

  #remember(text: KeyText, stored: StoredKey, assuredMs = Number.NEGATIVE_INFINITY): Remembered {
    const one: Remembered = {
      stored,
      found: { state: 'found', ...stored, late: false },
      assuredMs,
      characters: JSON.stringify(stored).length + ENTRY_CHARACTERS,
      usedDayMs: 0,
    }
    this.#memory.set(text, one)
    return one
  }

  #answer(one: Remembered, nowMs: number): KeyAnswer {
    const { stored } = one
    const reason = refusal(stored, nowMs)
    if (reason !== undefined) return { state: 'refused', reason, key: stored.key }
    const dayMs = nowMs - (nowMs % DAY_MS)
    if (one.usedDayMs !== dayMs) {
      one.usedDayMs = dayMs
      this.#hearsay.noteUse({ key: stored.key.id, dayMs })
    }
    return one.found
  }

  #late(stored: StoredKey): KeyAnswer {
    this.#ears.noteLate()
    const reason = refusal(stored, this.#world.now())
    if (reason !== undefined) return { state: 'refused', reason, key: stored.key }
    return { state: 'found', ...stored, late: true }
  }

  #unknown(text: KeyText, nowMs: number): KeyAnswer | undefined {
    return (this.#unknownUntilMs.get(text) ?? 0) > nowMs ? UNKNOWN : undefined
  }

  /** The registry's own word counts like the feed's, unless this isolate has changed something since. */
  #assuredMs({ assuredMs }: Remembered): number {
    return assuredMs > this.#hearsay.doubtedMs ? assuredMs : Number.NEGATIVE_INFINITY
  }

  #busy(retryAfterMs: number): KeyAnswer {
    this.figures.busy++
    return { state: 'busy', retryAfterMs }
  }
}

/** Why a known key may not be used now. */
export function refusal({ key, consumer }: StoredKey, nowMs: number): KeyRefusal | undefined {
  if (key.status !== 'active') return key.status
  if (consumer.status !== 'active') return 'consumer-disabled'
  return key.expiresMs !== null && key.expiresMs <= nowMs ? 'expired' : undefined
}

const UNKNOWN: KeyAnswer = { state: 'unknown' }
const UNAVAILABLE: KeyAnswer = { state: 'unavailable' }
const DAY_MS = 24 * 60 * 60_000
/** What an entry costs beside its JSON. */
const ENTRY_CHARACTERS = 300
