import type { ShardStorage } from '../../src/lib/counters/shard.ts'

/** A counter that remembers what it counts, and after a restart nothing. */
export const noStorage: ShardStorage = {
  load: () => undefined,
  save: () => {},
  delete: () => {},
  expired: () => [],
  nextExpiryMs: () => undefined,
}
