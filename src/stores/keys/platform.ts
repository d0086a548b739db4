import type { StoredKey } from '../../core/keys.ts'
import type { Registry, RevocationFeed } from '../../core/registry.ts'
import type { Env, Runtime } from '../../core/runtime.ts'
import { storedName } from '../../lib/api-key.ts'
import { within } from '../../lib/within.ts'
import { createKeys } from './keys.ts'
import type { KeysWorld } from './world.ts'

/** The bindings that keys need; `wrangler.toml` names them so. */
export interface KeysBindings {
  readonly KEYS: KVNamespace
  readonly REGISTRY: ObjectNamespace<Registry>
  readonly REVOCATIONS: ObjectNamespace<RevocationFeed>
}

/** A Durable Object namespace, as far as it is used: an object by its name, its methods as they are. */
export interface ObjectNamespace<T> {
  getByName(name: string, options?: { locationHint?: DurableObjectLocationHint }): T
}

/** What compile writes into `stores` for parts that need keys. Without the bindings there are none. */
export function keysStore(prefix: string) {
  return (env: Env, runtime: Runtime): Partial<Runtime> => {
    const bindings = env as Partial<KeysBindings>
    if (!bindings.KEYS || !bindings.REGISTRY || !bindings.REVOCATIONS) return {}
    return { keys: createKeys(keysWorld(bindings as KeysBindings, runtime), prefix) }
  }
}

/** The world of an isolate. Its feed is chosen with the first question and kept. */
export function keysWorld(
  { KEYS, REGISTRY, REVOCATIONS }: KeysBindings,
  runtime: Pick<KeysWorld, 'now' | 'randomBytes' | 'log'>,
): KeysWorld {
  let feed: Feed | undefined
  return {
    now: runtime.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    within: (limitMs, work) => within(limitMs, work, new Error(`no answer within ${limitMs} ms`)),
    randomBytes: runtime.randomBytes,
    readStored: (hash) => KEYS.get<StoredKey>(storedName(hash), { type: 'json', cacheTtl: 60 }),
    // stubs belong to the request that made them, so each call makes its own
    hear: ({ since, used, isUrgent }, { cf }) => {
      feed ??= feedOf(cf, runtime.randomBytes(1)[0]! / 256)
      const { name, locationHint } = feed
      return REVOCATIONS.getByName(name, locationHint && { locationHint }).hear(
        since,
        used,
        isUrgent,
      )
    },
    registry: () => REGISTRY.getByName('registry'),
    log: runtime.log,
  }
}

export interface Feed {
  readonly name: string
  readonly locationHint?: DurableObjectLocationHint
}

/**
 * The feed object of an isolate: one of four in the region it runs in, so that 10,000 isolates are at most a
 * few hundred questions a second for each.
 * @param cf of any request to the isolate; without a continent (not on Cloudflare) there is one feed for all
 * @param share at random in [0, 1): which of the four
 */
export function feedOf(cf: unknown, share: number): Feed {
  const { continent, longitude } = (cf ?? {}) as { continent?: unknown; longitude?: unknown }
  const region = regionOf(continent, Number(longitude))
  if (region === undefined) return { name: 'local' }
  return { name: `${region}-${Math.floor(share * FEEDS_PER_REGION)}`, locationHint: region }
}

const FEEDS_PER_REGION = 4

const REGIONS: Readonly<Record<string, DurableObjectLocationHint>> = {
  AF: 'afr',
  AN: 'oc',
  AS: 'apac',
  OC: 'oc',
  SA: 'sam',
}

/** Borders: 100° W through the Great Plains, 15° E through Central Europe, 60° E to the Middle East. */
function regionOf(continent: unknown, longitude: number): DurableObjectLocationHint | undefined {
  if (continent === 'NA') return longitude < -100 ? 'wnam' : 'enam'
  if (continent === 'EU') return longitude > 15 ? 'eeur' : 'weur'
  if (continent === 'AS' && longitude < 60) return 'me'
  return REGIONS[String(continent)]
}
