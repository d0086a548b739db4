import type { MediaType } from './media-type.ts'

/**
 * The text of a body or part. Other charsets could mean other text to us than to the service behind; what is
 * called ASCII and is not, too: the Encoding Standard reads it as windows-1252.
 *
 * @returns undefined for what is not UTF-8 beyond doubt
 */
export function textOf(bytes: Uint8Array, type: MediaType | undefined): string | undefined {
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8'
  if (charset === 'us-ascii' && bytes.some((byte) => byte > 0x7f)) return undefined
  return UTF8_NAMES.has(charset) ? utf8(bytes) : undefined
}

/** `utf8` is no registered name, and what every reader takes it for (Encoding Standard §4.2). */
const UTF8_NAMES = new Set(['utf-8', 'utf8', 'us-ascii'])

/** Text that is UTF-8, with a byte order mark still in it. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
