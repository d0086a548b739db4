import { isDate, isDateTime, isDuration, isHttpDate, isTime } from './formats-time.ts'
import {
  isEmail,
  isHostname,
  isInternationalEmail,
  isInternationalHostname,
  isIpv4,
  isIpv6,
  isIri,
  isIriReference,
  isUri,
  isUriReference,
  isUriTemplate,
} from './formats-net.ts'

export interface TextFormat {
  readonly on: 'string'
  /** Completes "must be …" for the caller. */
  readonly phrase: string
  readonly source: string
  readonly test: (value: string) => boolean
}

export interface NumberFormat {
  readonly on: 'number'
  readonly phrase: string
  readonly source: string
  readonly test: (value: number) => boolean
}

export type Format = TextFormat | NumberFormat

const text = (phrase: string, source: string, test: TextFormat['test']): TextFormat => ({
  on: 'string',
  phrase,
  source,
  test,
})

const matching =
  (pattern: RegExp): TextFormat['test'] =>
  (value) =>
    pattern.test(value)

const integer = (
  min: number,
  max: number,
  phrase = `an integer from ${min} to ${max}`,
): NumberFormat => ({
  on: 'number',
  phrase,
  source: 'OpenAPI Format Registry',
  test: (value) => Number.isInteger(value) && value >= min && value <= max,
})

const REGISTRY = 'OpenAPI Format Registry'

/**
 * Every format that is checked. A format says nothing about values of another type: `int32` lets
 * the string "x" pass, `type` is there for that. `docs/formats.md` is generated from this table.
 */
export const formats = {
  // OpenAPI 3.0 §4.4, 3.1 §4.4, and the registry at spec.openapis.org/registry/format
  int8: integer(-128, 127),
  int16: integer(-32_768, 32_767),
  int32: integer(-2_147_483_648, 2_147_483_647),
  // Bounds are doubles: what JSON.parse makes of 2^63-1 is 2^63, so 2^63 has to pass
  int64: integer(-(2 ** 63), 2 ** 63, 'a 64-bit integer'),
  uint8: integer(0, 255),
  uint16: integer(0, 65_535),
  uint32: integer(0, 4_294_967_295),
  uint64: integer(0, 2 ** 64, 'an unsigned 64-bit integer'),
  'double-int': integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  float: {
    on: 'number',
    phrase: 'a number that a 32-bit float can hold',
    source: REGISTRY,
    test: (value) => Math.abs(value) <= 3.402_823_466_385_288_6e38,
  },
  double: {
    on: 'number',
    phrase: 'a finite number',
    source: REGISTRY,
    test: (value) => Number.isFinite(value),
  },
  byte: text(
    'base64 text',
    'RFC 4648 §4',
    matching(/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/),
  ),
  base64url: text(
    'base64url text',
    'RFC 4648 §5',
    matching(/^(?:[\w-]{4})*(?:[\w-]{2}(?:==)?|[\w-]{3}=?)?$/),
  ),
  char: text('a single character', REGISTRY, matching(/^.$/su)),
  'http-date': text(
    'a date as in HTTP, such as Sun, 06 Nov 1994 08:49:37 GMT',
    'RFC 9110 §5.6.7',
    isHttpDate,
  ),

  // JSON Schema 2020-12 validation §7.3
  'date-time': text('a date and time such as 2026-11-20T08:30:00Z', 'RFC 3339 §5.6', isDateTime),
  date: text('a date such as 2026-11-20', 'RFC 3339 §5.6', isDate),
  time: text('a time with offset such as 08:30:00Z', 'RFC 3339 §5.6', isTime),
  duration: text('a duration such as P3DT12H', 'RFC 3339 appendix A', isDuration),
  email: text('an email address', 'RFC 5321 §4.1.2', isEmail),
  'idn-email': text('an email address', 'RFC 6531 §3.3', isInternationalEmail),
  hostname: text('a host name', 'RFC 1123 §2.1', isHostname),
  'idn-hostname': text('a host name', 'RFC 5890 §2.3.2.3', isInternationalHostname),
  ipv4: text('an IPv4 address', 'RFC 2673 §3.2', isIpv4),
  ipv6: text('an IPv6 address', 'RFC 4291 §2.2', isIpv6),
  uri: text('a URI with a scheme', 'RFC 3986', isUri),
  'uri-reference': text('a URI or a relative reference', 'RFC 3986 §4.1', isUriReference),
  iri: text('an IRI with a scheme', 'RFC 3987', isIri),
  'iri-reference': text('an IRI or a relative reference', 'RFC 3987', isIriReference),
  uuid: text(
    'a UUID such as 8d3f5a70-9c1e-4b7a-8f10-2f6a1c0b9d4e',
    'RFC 4122 §3',
    matching(/^[\dA-Fa-f]{8}-[\dA-Fa-f]{4}-[\dA-Fa-f]{4}-[\dA-Fa-f]{4}-[\dA-Fa-f]{12}$/),
  ),
  'uri-template': text('a URI template', 'RFC 6570', isUriTemplate),
  'json-pointer': text('a JSON pointer', 'RFC 6901 §5', matching(/^(?:\/(?:[^~/]|~[01])*)*$/)),
  'relative-json-pointer': text(
    'a relative JSON pointer',
    'draft-bhutton-relative-json-pointer-00 §3',
    matching(/^(?:0|[1-9]\d*)(?:[+-](?:0|[1-9]\d*))?(?:#|(?:\/(?:[^~/]|~[01])*)*)$/),
  ),
  regex: text('a regular expression', 'ECMA-262 §22.2.1', isRegularExpression),
} as const satisfies Readonly<Record<string, Format>>

/** Formats that are known and deliberately accept every value, with the reason. */
export const UNCHECKED: Readonly<Record<string, string>> = {
  binary: 'any sequence of octets; a JSON string cannot hold one faithfully',
  password: 'a hint to hide the input',
  commonmark: 'every text is CommonMark',
  html: 'every text is HTML to a browser',
  decimal: 'its precision is up to the receiver',
  decimal128: 'its precision is up to the receiver',
  'media-range': 'checked where it is used: RFC 9110 §12.5.1 leaves parameters open',
}

function isRegularExpression(value: string): boolean {
  // ECMA-262 with the u flag, which JSON Schema 2020-12 core §6.4 asks for. Parses, never runs
  try {
    return new RegExp(value, 'u') instanceof RegExp
  } catch {
    return false
  }
}
