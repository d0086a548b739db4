import { RecentMap } from '../../lib/recent-map.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import { LIMITS } from './world.ts'

/**
 * How many look-ups may find nothing: in one isolate, and for one address in it, so that a scanner uses up its
 * own share before anybody else's. A look-up that finds a key is put back and costs nothing.
 */
export class Misses {
  readonly #all = new TokenBucket(LIMITS.missesBurst, LIMITS.missesPerSecond)
  readonly #addresses = new RecentMap<TokenBucket>(LIMITS.addresses)

  take(address: string, nowMs: number): Miss {
    const one = this.#bucketOf(address)
    if (!one.take(nowMs)) return refused(one.waitMs(nowMs))
    if (!this.#all.take(nowMs)) {
      one.putBack()
      return refused(this.#all.waitMs(nowMs))
    }
    const putBack = () => {
      one.putBack()
      this.#all.putBack()
    }
    return { isAllowed: true, waitMs: 0, putBack }
  }

  #bucketOf(address: string): TokenBucket {
    const known = this.#addresses.get(address)
    if (known !== undefined) return known
    const bucket = new TokenBucket(LIMITS.addressMissesBurst, LIMITS.addressMissesPerSecond)
    this.#addresses.set(address, bucket)
    return bucket
  }
}

export interface Miss {
  readonly isAllowed: boolean
  readonly waitMs: number
  /** It was none. */
  putBack(): void
}

const refused = (waitMs: number): Miss => ({ isAllowed: false, waitMs, putBack() {} })
