/**
 * Secrets that somebody may present. Kept and compared as SHA-256 digests, each in full and always all of
 * them, so that the time taken tells neither how much was right nor whether a name is known.
 */
export class SecretSet {
  readonly #secrets: readonly string[]
  /** Data, never a promise: in workerd no request may wait for another's. */
  #digests: readonly Uint8Array[] | undefined

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /** @returns the index of the secret that was presented, or -1 */
  async find(presented: string): Promise<number> {
    const digests = (this.#digests ??= await Promise.all(this.#secrets.map(sha256)))
    const wanted = await sha256(presented)
    let found = -1
    for (let i = 0; i < digests.length; i++) {
      if (equalBytes(digests[i]!, wanted)) found = i
    }
    return found
  }
}

/** In a time that depends on the length alone. Of different lengths: false at once. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false
  let difference = 0
  for (let i = 0; i < a.byteLength; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}

const encoder = new TextEncoder()
