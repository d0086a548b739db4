// Names, addresses and identifiers. Patterns are anchored and linear.
import { isAsciiCompatibleLabel, LABEL_LENGTH_MAX, wireLength } from './formats-idn.ts'

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/

export const isIpv4 = (value: string): boolean => IPV4.test(value) && !value.endsWith('.')

/** RFC 4291 §2.2: eight groups, one run of zeros as `::`, an IPv4 address as the last two. */
export function isIpv6(value: string): boolean {
  if (value.length > 45) return false
  const halves = value.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)?.at(-1)
  const hasIpv4 = last !== undefined && last.includes('.')
  if (hasIpv4 && !isIpv4(last)) return false
  const all = groups.flat()
  const hex = hasIpv4 ? all.slice(0, -1) : all
  const count = hex.length + (hasIpv4 ? 2 : 0)
  if (!hex.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false
  return halves.length === 2 ? count < 8 : count === 8
}

/** What most host names look like. Short enough that no label can be too long. */
const COMMON_HOSTNAME = /^[A-Za-z\d]+(?:[.-][A-Za-z\d]+)*$/

const LABEL = /^[a-z\d](?:[a-z\d-]*[a-z\d])?$/i

/** RFC 1123 §2.1: letters, digits and inner hyphens, labels of 1 to 63, 253 in all. */
export function isHostname(value: string): boolean {
  if (value.length <= LABEL_LENGTH_MAX && COMMON_HOSTNAME.test(value)) return true
  return value.length <= 253 && value.split('.').every(isLabel)
}

/** RFC 5890 §2.3.1: `--` in third and fourth place is reserved for `xn--` and valid punycode. */
function isLabel(label: string): boolean {
  if (label.length > LABEL_LENGTH_MAX || !LABEL.test(label)) return false
  return label.slice(2, 4) !== '--' || isAsciiCompatibleLabel(label)
}

const DOTS = /[.\u3002\uff0e\uff61]/

/** RFC 5890 §2.3.2.3: each label as in `isHostname` or a U-label; lengths as they are sent. */
export function isInternationalHostname(value: string): boolean {
  if (value.length > 253) return false
  let length = -1
  for (const label of value.split(DOTS)) {
    const labelLength = isLabel(label) ? label.length : wireLength(label)
    if (labelLength === 0) return false
    length += labelLength + 1
  }
  return length <= 253
}

const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const QUOTED_LOCAL = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/
/** RFC 6531 §3.3 adds what UTF-8 can say and ASCII cannot: no half of a surrogate pair. */
const BEYOND_ASCII = String.raw`\u0080-\ud7ff\ue000-\u{10ffff}`
const INTERNATIONAL_ATOM = `[\\w!#$%&'*+/=?^\`{|}~${BEYOND_ASCII}-]+`
const INTERNATIONAL_LOCAL = new RegExp(
  String.raw`^(?:${INTERNATIONAL_ATOM}(?:\.${INTERNATIONAL_ATOM})*|"(?:[ !#-[\]-~${BEYOND_ASCII}]|\\[ -~])*")$`,
  'u',
)

const COMMON_EMAIL = /^[\w+-]+(?:\.[\w+-]+)*@[A-Za-z\d]+(?:[.-][A-Za-z\d]+)*$/

export const isEmail = (value: string): boolean =>
  (value.length <= LABEL_LENGTH_MAX && COMMON_EMAIL.test(value)) ||
  isMailbox(value, (local) => LOCAL.test(local) || QUOTED_LOCAL.test(local), isHostname)

export const isInternationalEmail = (value: string): boolean =>
  isMailbox(value, (local) => INTERNATIONAL_LOCAL.test(local), isInternationalHostname)

/** RFC 5321 §4.1.2 Mailbox, lengths from §4.5.3.1. */
function isMailbox(
  value: string,
  isLocal: (local: string) => boolean,
  isDomain: (domain: string) => boolean,
): boolean {
  const at = value.lastIndexOf('@')
  if (at < 1 || at > 64) return false
  const domain = value.slice(at + 1)
  return isLocal(value.slice(0, at)) && (isAddressLiteral(domain) || isDomain(domain))
}

/** RFC 5321 §4.1.3: `[127.0.0.1]`, `[IPv6:::1]`. */
function isAddressLiteral(domain: string): boolean {
  if (!domain.startsWith('[') || !domain.endsWith(']')) return false
  const address = domain.slice(1, -1)
  return /^IPv6:/i.test(address) ? isIpv6(address.slice(5)) : isIpv4(address)
}

interface Alphabet {
  /** RFC 3986 pchar without ':' and '@', and what RFC 3987 adds to it. */
  readonly segment: RegExp
  readonly path: RegExp
  readonly query: RegExp
  readonly fragment: RegExp
}

const alphabet = (extra: string, extraQuery: string): Alphabet => {
  const run = (characters: string) =>
    new RegExp(`^(?:[${characters}${extra}]|%[\\da-f]{2})*$`, 'iu')
  const segment = String.raw`\w.~!$&'()*+,;=\-`
  return {
    segment: run(segment),
    path: run(`${segment}:@/`),
    query: run(`${segment}:@/?${extraQuery}`),
    fragment: run(`${segment}:@/?`),
  }
}

const URI = alphabet('', '')
// RFC 3987 §2.2 ucschar and iprivate
const UCSCHAR = String.raw`\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\u{10000}-\u{1fffd}\u{20000}-\u{efffd}`
const IPRIVATE = String.raw`\ue000-\uf8ff\u{f0000}-\u{10fffd}`
const IRI = alphabet(UCSCHAR, IPRIVATE)
const PARTS = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is

/** Most URIs are web addresses without anything special in them. */
const COMMON_URI =
  /^https?:\/\/[\w.-]+(?::\d+)?(?:\/[\w.~!$&'()*+,;=:@/-]*)?(?:\?[\w.~!$&'()*+,;=:@/?-]*)?$/

export const isUri = (value: string): boolean =>
  COMMON_URI.test(value) || isIdentifier(value, URI, true)
export const isUriReference = (value: string): boolean => isIdentifier(value, URI, false)
export const isIri = (value: string): boolean => isIdentifier(value, IRI, true)
export const isIriReference = (value: string): boolean => isIdentifier(value, IRI, false)

/** RFC 3986 §4.1, split as in its appendix B and each part checked against its own alphabet. */
function isIdentifier(value: string, letters: Alphabet, isAbsolute: boolean): boolean {
  const match = PARTS.exec(value)
  if (match === null) return false
  const [, scheme, authority, path = '', query = '', fragment = ''] = match
  if (scheme === undefined && (isAbsolute || path.split('/', 1)[0]?.includes(':'))) return false
  if (authority !== undefined && !isAuthority(authority, letters)) return false
  return letters.path.test(path) && letters.query.test(query) && letters.fragment.test(fragment)
}

/** RFC 3986 §3.2: [userinfo@]host[:port]. */
function isAuthority(authority: string, letters: Alphabet): boolean {
  const at = authority.indexOf('@')
  const user = at < 0 ? '' : authority.slice(0, at)
  if (!user.split(':').every((part) => letters.segment.test(part))) return false
  const rest = authority.slice(at + 1)
  const literal = /^\[([^\]]*)\](?::\d*)?$/.exec(rest)
  if (literal !== null) return isIpLiteral(literal[1] ?? '')
  const [host = '', port = '', ...more] = rest.split(':')
  return more.length === 0 && letters.segment.test(host) && /^\d*$/.test(port)
}

const isIpLiteral = (address: string): boolean =>
  isIpv6(address) || /^v[\da-f]+\.[\w.~!$&'()*+,;=:-]+$/i.test(address)

/** RFC 6570 §2.1, with the apostrophe that erratum 6937 gives back. */
const LITERAL = new RegExp(
  String.raw`^(?:[!#$&-;=?-[\]_a-z~${UCSCHAR}${IPRIVATE}]|%[\da-f]{2})*$`,
  'iu',
)
const VARIABLE = /^(?:\w|%[\da-f]{2})(?:\.?(?:\w|%[\da-f]{2}))*(?:\*|:[1-9]\d{0,3})?$/i

/** RFC 6570 §2: literals and `{operator variables}`. */
export function isUriTemplate(value: string): boolean {
  return value.split('{').every((piece, index) => {
    if (index === 0) return LITERAL.test(piece)
    const end = piece.indexOf('}')
    if (end < 1 || !LITERAL.test(piece.slice(end + 1))) return false
    const variables = piece.slice(/^[+#./;?&=,!@|]/.test(piece) ? 1 : 0, end)
    return variables.split(',').every((variable) => VARIABLE.test(variable))
  })
}
