/** A list of origins and patterns, ready to be asked. */
export interface OriginSet {
  /** Whether `*` is among them. */
  readonly any: boolean
  /** Whether each of them is one origin: no pattern, no `*`, no `null`. */
  readonly isExact: boolean
  /** @param origin the field's value, byte for byte (RFC 6454 §7.1): nothing is trimmed or folded */
  has(origin: string): boolean
}

/** @throws Error with the reason when an entry is neither an origin nor a pattern of one */
export function originSet(entries: readonly string[]): OriginSet {
  const texts = entries.flatMap((entry) => entry.split(',')).map((text) => text.trim())
  const exact = new Set<string>()
  const patterns: RegExp[] = []
  for (const text of texts) {
    if (text === '*') continue
    if (text.includes('*')) patterns.push(pattern(text))
    else exact.add(text === 'null' ? text : origin(text))
  }
  const any = texts.includes('*')
  return {
    any,
    isExact: !any && patterns.length === 0 && !exact.has('null'),
    has: (one) => any || exact.has(one) || patterns.some((each) => each.test(one)),
  }
}

/** As a browser writes it: scheme, host and a port that is not the default, in lower case (HTML §7.1.1). */
function origin(text: string): string {
  if (!ORIGIN.test(text)) {
    throw new Error(
      `'${text}' is not an origin; write it like https://app.example.com, without a path`,
    )
  }
  // of schemes that it does not know, such as capacitor:, `URL` says that the origin is opaque
  const written = /^https?:/i.test(text) ? new URL(text).origin : text.toLowerCase()
  if (written !== text) throw new Error(`browsers never send '${text}'; write '${written}'`)
  return text
}

/**
 * `*.` in front of a host of at least two labels is one or more labels, `:*` any port or none. Both are
 * anchored, and no part can match in two ways, so a match takes one pass.
 */
function pattern(text: string): RegExp {
  const [, scheme, star = '', host, port = ''] = PATTERN.exec(text) ?? []
  const isNarrow = star === '' || host?.includes('.') || host === 'localhost'
  if (scheme === undefined || host === undefined || !isNarrow) {
    throw new Error(
      `'${text}' is not a pattern of origins; write https://*.example.com or http://localhost:*`,
    )
  }
  origin(`${scheme}://${host}${port === ':*' ? '' : port}`)
  const labels = star === '' ? '' : '(?:[a-z0-9_-]+\\.)+'
  const ports = port === ':*' ? '(?::[0-9]{1,5})?' : port
  return new RegExp(`^${scheme}://${labels}${host.replaceAll('.', '\\.')}${ports}$`)
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*]+$/i
const PATTERN = /^([a-z][a-z0-9-]*):\/\/(\*\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(:(?:[0-9]+|\*))?$/
