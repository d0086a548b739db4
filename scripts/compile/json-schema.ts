import type { Format, Schema } from '../../src/core/option.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** The schema of options as editors read it: our formats become patterns. */
export function jsonSchema(schema: Schema): JsonSchema {
  const { items, properties, anyOf, additionalProperties, propertyNames } = schema
  const { format: _, minLength: __, ...rest } = schema
  return {
    ...rest,
    ...textOf(schema),
    ...(items && { items: jsonSchema(items) }),
    ...(anyOf && { anyOf: anyOf.map(jsonSchema) }),
    ...(propertyNames && { propertyNames: jsonSchema(propertyNames) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, jsonSchema(one)]),
      ),
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object'
          ? jsonSchema(additionalProperties)
          : additionalProperties,
    }),
  }
}

const VARIABLE = '\\$env\\.[A-Za-z_][A-Za-z0-9_]*'

/** `"$env.NAME"` may stand for a text of any length. */
function textOf({ type, format, minLength }: Schema): JsonSchema {
  if (type !== 'string') return {}
  const pattern = format === undefined ? undefined : PATTERNS[format]
  if (pattern !== undefined) return { pattern }
  return minLength ? { pattern: `^(?:${VARIABLE}|[\\s\\S]{${minLength},})$` } : {}
}

/** RFC 9110 §5.6.2. */
const TOKEN = "^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$"

/** Loose where the exact rule is no regular expression: compile tells the rest. */
const PATTERNS: Record<Format, string | undefined> = {
  duration: '^[0-9]+\\s*(?:ms|s|m|h|d)$',
  instant: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?$',
  bytes: '^[0-9]+\\s*(?:B|KiB|MiB|GiB|kB|MB|GB)$',
  cidr: '^[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?$',
  'header-name': TOKEN,
  token: TOKEN,
  url: `^(?:https?://.+|${VARIABLE})$`,
  regex: undefined,
  'json-pointer': '^(?:/(?:[^~/]|~[01])*)*$',
  template: undefined,
  secret: `^${VARIABLE}$`,
}
