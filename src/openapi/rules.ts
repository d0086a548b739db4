import type { Validate } from './schema/violation.ts'

/**
 * What compile works out of an operation, and what is checked at run time. `V` is the validator itself in the
 * Worker; while compiling it is the place where one will stand.
 */
export interface ParameterRule<V = Validate> {
  readonly in: ParameterLocation
  /** As the document spells it. */
  readonly name: string
  readonly required?: boolean
  readonly style: Style
  readonly explode: boolean
  readonly allowEmptyValue?: boolean
  readonly shape: Shape
  /** Of a parameter described by `content`: its media type. The style then means nothing. */
  readonly media?: ContentRule<V>
  readonly validate?: V
}

export type ParameterLocation = 'path' | 'query' | 'header' | 'cookie' | 'querystring'

/** OpenAPI 3.2 §4.12.4; `cookie` is new there. */
export type Style =
  | 'matrix'
  | 'label'
  | 'simple'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject'
  | 'cookie'

/**
 * Which JSON value a text stands for. Texts have no types, so they come from the schema; what a shape gets
 * wrong the validator still refuses.
 */
export interface Shape {
  /** `TYPE_BITS` of the types that the schema lets through. */
  readonly types: number
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  /** Of properties without a name of their own; absent when there may be none. */
  readonly others?: Shape
}

export interface BodyRule<V = Validate> {
  readonly required: boolean
  /** The most specific first. */
  readonly contents: readonly ContentRule<V>[]
}

/** One key of `content`. */
export interface ContentRule<V = Validate> {
  /** A media type or range in lower case, without parameters. */
  readonly range: string
  /** Parameters that the key asks for, without `charset`. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly shape: Shape
  /** How a form writes its properties, where the document says so. */
  readonly fields?: Readonly<Record<string, FieldRule>>
  readonly validate?: V
  /** Of each item of a sequence such as NDJSON: `itemSchema` (OpenAPI 3.2 §4.14). */
  readonly items?: V
}

/** An Encoding Object. */
export interface FieldRule {
  readonly style?: Style
  readonly explode?: boolean
  /** Media types or ranges that a part may have. */
  readonly types?: readonly string[]
}

export interface ResponseRule<V = Validate> {
  /** `200`, `2XX` or `default`. */
  readonly status: string
  readonly headers: readonly ParameterRule<V>[]
  /** Absent: the document does not say what the body is. */
  readonly contents?: readonly ContentRule<V>[]
}
