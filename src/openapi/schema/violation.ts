/** One reason why a value does not match its schema, safe to send to the caller. */
export interface Violation {
  /** RFC 6901 pointer into the value; '' is the value itself. Long property names are cut. */
  readonly pointer: string
  /** The schema keyword that refused, such as `required`; `depth` when nesting was refused unread. */
  readonly keyword: string
  /** A sentence about what the schema asks for. Never holds anything the caller sent. */
  readonly detail: string
}

/**
 * Checks one JSON value. Never throws.
 * @param limit how many violations to collect at most (default 20).
 * @param goesOn whether the steps count on from the value before: many values with the work of one.
 * @returns null when the value is valid, else at least one violation.
 */
export type Validate = (
  value: unknown,
  limit?: number,
  goesOn?: boolean,
) => readonly Violation[] | null

/** A violation before its sentence is written: most are thrown away while a branch is chosen. */
export interface Finding {
  readonly pointer: string
  readonly keyword: string
  /** From the schema, never from the value: the limit, the name, the list of choices. */
  readonly argument: unknown
}

export class Findings {
  readonly list: Finding[] = []
  readonly max: number

  constructor(max: number) {
    this.max = max
  }
}

/** How many findings there are, to see later whether there are more. */
export const count = (findings: Findings | null): number => findings?.list.length ?? 0

/**
 * Records one finding. `findings` is null in the first pass, which only asks whether the value is
 * valid.
 * @returns true when the caller has to stop: nobody asks for more.
 */
export function fail(
  findings: Findings | null,
  pointer: string,
  keyword: string,
  argument?: unknown,
): boolean {
  if (findings === null) return true
  findings.list.push({ pointer, keyword, argument })
  return findings.list.length >= findings.max
}

export const toViolation = ({ pointer, keyword, argument }: Finding): Violation => ({
  pointer,
  keyword,
  detail: sentence(keyword, argument),
})

/** Property names come from the caller and may be as long as the body. */
const NAME_LENGTH_MAX = 64

/** One segment of a JSON pointer (RFC 6901 §3), with the slash before it. */
export function segment(name: string): string {
  const short = name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}…` : name
  return `/${short.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The JSON types of a schema as bits, so that a set of them is one number. */
export const TYPE_BITS = {
  null: 1,
  boolean: 2,
  number: 4,
  integer: 8,
  string: 16,
  array: 32,
  object: 64,
} as const

const TYPE_PHRASES: readonly (readonly [bit: number, phrase: string])[] = [
  [TYPE_BITS.string, 'a string'],
  [TYPE_BITS.number, 'a number'],
  [TYPE_BITS.integer, 'an integer'],
  [TYPE_BITS.boolean, 'true or false'],
  [TYPE_BITS.array, 'an array'],
  [TYPE_BITS.object, 'an object'],
  [TYPE_BITS.null, 'null'],
]

function typePhrase(mask: number): string {
  const named = (mask & TYPE_BITS.number) === 0 ? mask : mask & ~TYPE_BITS.integer
  return TYPE_PHRASES.filter(([bit]) => (named & bit) !== 0)
    .map(([, phrase]) => phrase)
    .join(' or ')
}

/** What of a schema's own text goes into a sentence at most. */
const TEXT_LENGTH_MAX = 200

const cut = (text: string): string =>
  text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text

const choices = (values: unknown): string =>
  cut((values as readonly unknown[]).map((value) => JSON.stringify(value)).join(', '))

const plural = (count: unknown, noun: string, nouns = `${noun}s`): string =>
  `${String(count)} ${count === 1 ? noun : nouns}`

const SENTENCES: Readonly<Record<string, (argument: unknown) => string>> = {
  type: (mask) => `must be ${typePhrase(mask as number)}`,
  required: (name) => `is missing the required property ${cut(JSON.stringify(name))}`,
  dependentRequired: (name) =>
    `is missing the property ${cut(JSON.stringify(name))}, which another property asks for`,
  enum: (values) => `must be one of ${choices(values)}`,
  const: (value) => `must be ${cut(JSON.stringify(value))}`,
  discriminator: (values) => `must be one of ${choices(values)}`,
  minLength: (count) => `must have at least ${plural(count, 'character')}`,
  maxLength: (count) => `must have at most ${plural(count, 'character')}`,
  pattern: (source) => `must match the pattern ${cut(source as string)}`,
  format: (phrase) => `must be ${String(phrase)}`,
  minimum: (limit) => `must be at least ${String(limit)}`,
  maximum: (limit) => `must be at most ${String(limit)}`,
  exclusiveMinimum: (limit) => `must be greater than ${String(limit)}`,
  exclusiveMaximum: (limit) => `must be less than ${String(limit)}`,
  multipleOf: (step) => `must be a multiple of ${String(step)}`,
  minItems: (count) => `must have at least ${plural(count, 'item')}`,
  maxItems: (count) => `must have at most ${plural(count, 'item')}`,
  uniqueItems: () => 'must not hold the same item twice',
  contains: (phrase) => `must hold ${String(phrase)} of the kind that the schema asks for`,
  minProperties: (count) => `must have at least ${plural(count, 'property', 'properties')}`,
  maxProperties: (count) => `must have at most ${plural(count, 'property', 'properties')}`,
  additionalProperties: () => 'is not a property that the schema knows',
  unevaluatedProperties: () => 'is not a property that the schema knows',
  unevaluatedItems: () => 'is an item too many',
  items: () => 'is an item too many',
  propertyNames: () => 'is not an allowed property name',
  oneOf: (matched) =>
    (matched as number) > 1
      ? 'must match exactly one of the alternatives, and matches several'
      : 'must match one of the alternatives, and matches none',
  anyOf: () => 'must match at least one of the alternatives, and matches none',
  not: () => 'must not match what the schema excludes',
  readOnly: () => 'is read-only and must not be sent in a request',
  writeOnly: () => 'is write-only and must not be sent in a response',
  depth: (levels) => `must not be nested deeper than ${plural(levels, 'level')}`,
  work: () => 'takes too many steps to check',
}

const sentence = (keyword: string, argument: unknown): string =>
  SENTENCES[keyword]?.(argument) ?? 'is not allowed by the schema'
