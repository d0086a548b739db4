/**
 * What a policy or handler lets its user choose. One declaration gives the JSON Schema that editors and
 * compile read, and the TypeScript type that `setup` receives. Only data stands here: the checking and the
 * normalizing (`"1m"` → `60000`) happen in `scripts/compile/options.ts` and never reach the Worker.
 */
export interface Option<T> {
  readonly schema: Schema
  /** Whether the user has to write it: there is no default and it is not `optional`. */
  readonly required: boolean
  /** Type only: the form that `setup` receives. */
  readonly '~type'?: T
}

export type OptionSet = Readonly<Record<string, Option<unknown>>>

/** What `setup` receives: options with a default are always there, `optional` ones may be undefined. */
export type Options<S extends OptionSet> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never
}

/** The part of JSON Schema (draft 2020-12) that options use, plus our own formats. */
export interface Schema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly propertyNames?: Schema
  readonly anyOf?: readonly Schema[]
  readonly format?: Format
}

/**
 * Domain types. `duration` becomes milliseconds, `instant` milliseconds since 1970, `bytes` a number of
 * bytes, `header-name` and `token` lower case; the others keep their text. `secret` accepts `"$env.NAME"` only, so that no secret stands in a file.
 */
export type Format =
  | 'duration'
  | 'instant'
  | 'bytes'
  | 'cidr'
  | 'header-name'
  | 'token'
  | 'url'
  | 'regex'
  | 'json-pointer'
  | 'template'
  | 'secret'

interface Default<T> {
  readonly default: T
}
interface Range {
  readonly min?: number
  readonly max?: number
}

export const option = {
  string: text(),
  /** A whole number. */
  integer: (description: string, more: Range & Partial<Default<number>> = {}): Option<number> =>
    make({ type: 'integer', ...range(more) }, description, more.default),
  number: (description: string, more: Range & Partial<Default<number>> = {}): Option<number> =>
    make({ type: 'number', ...range(more) }, description, more.default),
  boolean: (description: string, more: Partial<Default<boolean>> = {}): Option<boolean> =>
    make({ type: 'boolean' }, description, more.default),
  oneOf: <const V extends readonly (string | number | boolean)[]>(
    values: V,
    description: string,
    more: Partial<Default<V[number]>> = {},
  ): Option<V[number]> => make({ enum: values }, description, more.default),
  list: <T>(
    item: Option<T>,
    description: string,
    more: { readonly min?: number } & Partial<Default<readonly NoInfer<T>[]>> = {},
  ): Option<readonly T[]> =>
    make(
      { type: 'array', items: item.schema, ...(more.min && { minItems: more.min }) },
      description,
      more.default,
    ),
  /** Any names, all values of one kind. `names` says which names may be used. */
  record: <T>(
    value: Option<T>,
    description: string,
    more: { readonly names?: Option<string> } & Partial<Default<Readonly<Record<string, T>>>> = {},
  ): Option<Readonly<Record<string, T>>> =>
    make(
      {
        type: 'object',
        additionalProperties: value.schema,
        ...(more.names && { propertyNames: more.names.schema }),
      },
      description,
      more.default,
    ),
  /** Fixed names, each an option of its own. */
  object: <S extends OptionSet>(members: S, description: string): Option<Options<S>> =>
    make(objectSchema(members), description),
  /** One of several forms, for instance a string or a list of strings. */
  anyOf: <A, B>(
    first: Option<A>,
    second: Option<B>,
    description: string,
    more: Partial<Default<A | B>> = {},
  ): Option<A | B> => make({ anyOf: [first.schema, second.schema] }, description, more.default),
  /** Any JSON value; each text in it is a template. */
  json: (description: string): Option<unknown> => make({ format: 'template' }, description),
  /** May be left out; `setup` then receives undefined. */
  optional: <T>(inner: Option<T>): Option<T | undefined> => ({
    schema: inner.schema,
    required: false,
  }),

  /** `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"30d"`. Reaches `setup` as milliseconds. */
  duration: (description: string, more: Partial<Default<string>> = {}): Option<number> =>
    make({ type: 'string', format: 'duration' }, description, more.default),
  /** `"2027-06-30"` (midnight UTC) or `"2027-06-30T12:00:00Z"`. Reaches `setup` as milliseconds since 1970. */
  instant: (description: string): Option<number> =>
    make({ type: 'string', format: 'instant' }, description),
  /** `"100 B"`, `"64 KiB"`, `"1 MiB"`. Reaches `setup` as a number of bytes. */
  bytes: (description: string, more: Partial<Default<string>> = {}): Option<number> =>
    make({ type: 'string', format: 'bytes' }, description, more.default),
  /** An address range, `"10.0.0.0/8"`, `"2001:db8::/32"`, or one address. */
  cidr: text('cidr'),
  /** A field name (RFC 9110 §5.1). Reaches `setup` in lower case. */
  headerName: text('header-name'),
  /** A word (RFC 9110 §5.6.2) in which case says nothing. Reaches `setup` in lower case. */
  token: text('token'),
  /** An absolute http or https URL. */
  url: text('url'),
  /** A JavaScript regular expression without slashes and flags. */
  regex: text('regex'),
  /** RFC 6901. */
  jsonPointer: text('json-pointer'),
  /** Text with `{placeholders}`; see `template.ts` for the grammar. */
  template: text('template'),
  /** `"$env.NAME"`; reaches `setup` as the value of that variable. */
  secret: text('secret'),
}

function text(format?: Format) {
  return (
    description: string,
    more: { readonly minLength?: number } & Partial<Default<string>> = {},
  ): Option<string> =>
    make(
      {
        type: 'string',
        ...(format && { format }),
        ...(more.minLength && { minLength: more.minLength }),
      },
      description,
      more.default,
    )
}

/** The JSON Schema of a whole set of options: what an editor checks and completes. */
export function objectSchema(members: OptionSet): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(members).map(([name, one]) => [name, one.schema]),
    ),
    required: Object.keys(members).filter((name) => members[name]!.required),
    additionalProperties: false,
  }
}

function make<T>(schema: Schema, description: string, fallback?: unknown): Option<T> {
  const noted = { ...schema, description }
  return fallback === undefined
    ? { schema: noted, required: true }
    : { schema: { ...noted, default: fallback }, required: false }
}

function range({ min, max }: Range): Schema {
  return { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
}
