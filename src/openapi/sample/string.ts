import { largest, type Layer, smallest } from './layers.ts'
import { matches, samplePattern } from './pattern.ts'

/** Text by `format`, else by `pattern`, else `string`; as long as the limits want. */
export function sampleString(layers: readonly Layer[], variant: number): string {
  const min = Math.min(largest(layers, 'minLength') ?? 0, LENGTH_MAX)
  const max = smallest(layers, 'maxLength') ?? Infinity
  const fits = (text: string) => text.length >= min && text.length <= max
  const format = layers.map(({ value }) => value['format']).find((one) => typeof one === 'string')
  const pattern = layers.map(({ value }) => value['pattern']).find((one) => typeof one === 'string')
  const known = FORMATS.get(format ?? '')
  const isKnownGood = pattern === undefined || (known !== undefined && matches(pattern, known))
  if (known !== undefined && fits(known) && isKnownGood) return known
  const made = pattern === undefined ? undefined : samplePattern(pattern, { min, max })
  if (made !== undefined) return made
  const plain = variant === 0 ? 'string' : `string${variant + 1}`
  return plain.padEnd(min, 'string').slice(0, max)
}

/** A longer `minLength` is not met: nobody reads such an answer. */
const LENGTH_MAX = 4_096

/** https://spec.openapis.org/registry/format/ and JSON Schema validation §7.3. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ['date', '2026-01-15'],
  ['date-time', '2026-01-15T09:30:00Z'],
  ['time', '09:30:00Z'],
  ['duration', 'P1DT2H'],
  ['http-date', 'Thu, 15 Jan 2026 09:30:00 GMT'],
  ['email', 'user@example.com'],
  ['idn-email', 'user@example.com'],
  ['hostname', 'api.example.com'],
  ['idn-hostname', 'api.example.com'],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
  ['uri', 'https://example.com/'],
  ['url', 'https://example.com/'],
  ['uri-reference', '/path'],
  ['iri', 'https://example.com/'],
  ['iri-reference', '/path'],
  ['uri-template', '/items/{id}'],
  ['uuid', '123e4567-e89b-42d3-a456-426614174000'],
  ['json-pointer', '/member'],
  ['relative-json-pointer', '1/member'],
  ['regex', '^[a-z]+$'],
  ['byte', 'c3RyaW5n'],
  ['base64url', 'c3RyaW5n'],
  ['int32', '1'],
  ['int64', '1'],
  ['decimal', '1.5'],
  ['media-range', 'application/json'],
])
