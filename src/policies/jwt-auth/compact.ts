import { base64url } from 'jose'
import { hasDuplicateNames } from '../../lib/duplicate-names.ts'

/** What the header of a token (RFC 7515 §4) may tell us. Whatever else it says is not listened to. */
export interface TokenHeader {
  readonly alg: string
  readonly kid: string | undefined
  /** Absent is as good as `JWT` (RFC 7519 §5.1). */
  readonly typ: string
}

/**
 * Reads the header of a token in the one form that is taken: three parts of base64url in its canonical
 * spelling, without padding or white space (RFC 7515 §7.1), at most 16 KiB, and a header that every reader
 * reads alike. `jku`, `jwk`, `x5u` and `x5c` are never looked at: keys come from the configuration only.
 *
 * @returns undefined for everything else, also where `crit` or `b64` ask for an extension: we have none
 */
export function readHeader(token: string): TokenHeader | undefined {
  if (token.length > TOKEN_CHARACTERS_MAX || !COMPACT.test(token)) return undefined
  const header = readObject(token.slice(0, token.indexOf('.')))
  if (header === undefined || 'crit' in header || 'b64' in header) return undefined
  const { alg, kid, typ = 'JWT' } = header
  const isRight =
    typeof alg === 'string' &&
    (kid === undefined || typeof kid === 'string') &&
    typeof typ === 'string'
  return isRight ? { alg, kid, typ } : undefined
}

/** The claims as they stand in the token, whether or not anybody has vouched for them. */
export function readPayload(token: string): Readonly<Record<string, unknown>> | undefined {
  return readObject(token.split('.', 2)[1]!)
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = decoder.decode(base64url.decode(part))
    const value = JSON.parse(text) as unknown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    // RFC 7515 §4, RFC 7519 §4: names are unique
    return isObject && !hasDuplicateNames(text) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TOKEN_CHARACTERS_MAX = 16_384

/** Not empty, and with zeros where the last character says more than bytes need (RFC 4648 §3.5). */
const PART = '(?=[\\w-])(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?'
const COMPACT = new RegExp(`^${PART}\\.${PART}\\.${PART}$`)
