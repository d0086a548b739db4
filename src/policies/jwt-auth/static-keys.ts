import { NotReady } from '#gateway'
import { importSPKI, importX509 } from 'jose'
import type { Algorithm } from './algorithms.ts'
import { isStrong, KeySet } from './key-set.ts'
import type { Keys } from './keys.ts'

/** Keys that stand in the configuration. */
export function keysOfSet(document: unknown): Keys {
  const set = new KeySet(document)
  return { find: (wanted) => set.find(wanted), retryAfterMs: 0 }
}

/** Public keys as PEM. `kid` says nothing here: the keys have no names, so each is tried. */
export function keysOfPem(pems: readonly string[], algorithms: readonly Algorithm[]): Keys {
  return keysOf(async () => {
    const all = await Promise.all(pems.map((pem) => importedPem(pem, algorithms)))
    const broken = all.findIndex((uses) => uses.length === 0)
    if (broken >= 0) {
      throw new NotReady(`\`publicKey\` ${broken + 1} is no key for ${algorithms.join(', ')}`)
    }
    return all.flat()
  })
}

/** Secrets that the issuer shares with us (RFC 7518 §3.2). */
export function keysOfSecrets(secrets: readonly Secret[], algorithms: readonly Algorithm[]): Keys {
  return keysOf(() =>
    Promise.all(
      secrets.flatMap((secret) =>
        algorithms.map(async (alg) => {
          const algorithm = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` }
          const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['verify'])
          return { alg, key }
        }),
      ),
    ),
  )
}

export type Secret = Uint8Array<ArrayBuffer>

/** What a key is, decided by its first line alone: nobody guesses from what is inside. */
export const PEM_LABELS = {
  '-----BEGIN PUBLIC KEY-----': importSPKI,
  '-----BEGIN CERTIFICATE-----': importX509,
} as const

/** Variables are often set on one line, with `\n` for the ends of lines. */
export const normalPem = (text: string): string => text.replaceAll('\\n', '\n').trim()

interface UsableKey {
  readonly alg: Algorithm
  readonly key: CryptoKey
}

/** Imports on the first request, as `setup` cannot wait; what requests share is the result. */
function keysOf(load: () => Promise<readonly UsableKey[]>): Keys {
  let loaded: readonly UsableKey[] | undefined
  return {
    async find({ alg }) {
      loaded ??= await load()
      return loaded.filter((one) => one.alg === alg).map(({ key }) => key)
    },
    retryAfterMs: 0,
  }
}

async function importedPem(
  text: string,
  algorithms: readonly Algorithm[],
): Promise<readonly UsableKey[]> {
  const pem = normalPem(text)
  const read = Object.entries(PEM_LABELS).find(([label]) => pem.startsWith(label))?.[1]
  if (read === undefined) return []
  const uses = algorithms.map(async (alg) => {
    const key = await read(pem, alg).catch(() => undefined)
    return key instanceof CryptoKey && isStrong(key) ? [{ alg, key }] : []
  })
  return (await Promise.all(uses)).flat()
}
