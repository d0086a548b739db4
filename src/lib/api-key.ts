/**
 * The form of an API key: `<prefix>_<mode>_<random>_<checksum>`, for instance
 * `cardea_live_` + 32 letters and digits (190 random bits) + `_` + 6 letters and digits.
 *
 * The checksum is the CRC-32 of everything before it. It protects nothing (anybody can compute it); it tells
 * a mistyped or truncated key and a scanner's guess from a key without asking anybody. 32 characters, so that
 * more than 160 bits stay unknown to somebody who has seen the last ones on a screen.
 */
export interface ApiKey {
  readonly text: KeyText
  readonly mode: KeyMode
  /** What people recognize it by: the part before the random characters, `cardea_live`. */
  readonly start: string
  /** The last four characters, of the checksum. */
  readonly lastFour: string
}

export type KeyMode = 'live' | 'test'

/** A key's text after its form was checked: the only thing that may be looked up. */
export type KeyText = string & { readonly '~checked': true }

/** @returns undefined when form or checksum are wrong, in at most a few microseconds and without I/O */
export function parseApiKey(text: string, prefix: string): ApiKey | undefined {
  if (!hasKeyPrefix(text, prefix)) return undefined
  const tail = TAIL.exec(text.slice(prefix.length))
  if (tail === null) return undefined
  const body = text.slice(0, -CHECKSUM_CHARACTERS - 1)
  if (checksum(body) !== tail[2]) return undefined
  return described(text, prefix, tail[1] as KeyMode)
}

/** Whether somebody meant this to be a key of ours. */
export function hasKeyPrefix(text: string, prefix: string): boolean {
  return text.startsWith(prefix) && text[prefix.length] === '_'
}

/** A key that another system made, taken as it is: 16 to 512 visible ASCII characters. */
export function parseForeignKey(text: string): KeyText | undefined {
  return FOREIGN.test(text) ? (text as KeyText) : undefined
}

/** @param randomBytes cryptographically strong bytes */
export function generateApiKey(
  prefix: string,
  mode: KeyMode,
  randomBytes: (count: number) => Uint8Array,
): ApiKey {
  const body = `${prefix}_${mode}_${randomText(RANDOM_CHARACTERS, randomBytes)}`
  return described(`${body}_${checksum(body)}`, prefix, mode)
}

/** Letters and digits from strong randomness, each equally likely: 5.95 bits a character. */
export function randomText(length: number, randomBytes: (count: number) => Uint8Array): string {
  let text = ''
  // 31 of 32 bytes are used, so one round is the rule and a second one rare
  for (let round = 0; round < 32 && text.length < length; round++) {
    for (const byte of randomBytes(length + 16)) {
      // 248 is the last multiple of 62: the bytes above would favour the first letters
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62]
    }
  }
  if (text.length < length) throw new Error('the source of randomness yields nothing usable')
  return text
}

/** What is stored and looked up instead of the key: SHA-256 of its UTF-8 bytes, base64url, 43 characters. */
export async function hashKey(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))
}

/** Takes a SHA-256 in hex or base64url, as other systems export it. @returns undefined when it is neither */
export function readHash(text: string): string | undefined {
  if (/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)) return text
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined
  return base64url(Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16)))
}

/** The name of a key's value in KV. */
export function storedName(hash: string): string {
  return `k:${hash}`
}

/** For secret scanners. Finds every key with this prefix; the checksum then tells real ones from samples. */
export function keyPattern(prefix: string): string {
  return `\\b${prefix}_(?:live|test)_[0-9A-Za-z]{${RANDOM_CHARACTERS}}_[0-9A-Za-z]{${CHECKSUM_CHARACTERS}}\\b`
}

/** What a prefix may look like. No underscore: it separates the parts. */
export const KEY_PREFIX = /^[a-z][a-z0-9]{1,15}$/

const RANDOM_CHARACTERS = 32
const CHECKSUM_CHARACTERS = 6
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const TAIL = /^_(live|test)_[0-9A-Za-z]{32}_([0-9A-Za-z]{6})$/
const FOREIGN = /^[\x21-\x7e]{16,512}$/
const encoder = new TextEncoder()

function described(text: string, prefix: string, mode: KeyMode): ApiKey {
  return { text: text as KeyText, mode, start: `${prefix}_${mode}`, lastFour: text.slice(-4) }
}

/** CRC-32 in six base-62 digits (62^6 > 2^32). */
function checksum(text: string): string {
  let value = crc32(text)
  let digits = ''
  for (let i = 0; i < CHECKSUM_CHARACTERS; i++) {
    digits = ALPHABET[value % 62]! + digits
    value = Math.floor(value / 62)
  }
  return digits
}

/** ISO 3309 CRC-32, as in zip and PNG, of ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc = CRC_TABLE[(crc ^ text.charCodeAt(i)) & 0xff]! ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
