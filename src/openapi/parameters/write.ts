import type { ParameterRule } from '../rules.ts'

/** How a parameter is written; the other direction of `read.ts`. */
export type Written = Pick<ParameterRule, 'in' | 'name' | 'style' | 'explode' | 'media'> & {
  /** Whether reserved characters stay as they are where they break nothing (OpenAPI 3.2 §4.12.2). */
  readonly allowReserved?: boolean
}

type Primitive = string | number | boolean | null

/**
 * What a value adds to a request (OpenAPI 3.2 §4.12.6): in a path the text in place of the template, in a query
 * `name=value&…` without a mark before it, in a header the field's value, in a cookie field `name=value; …`.
 *
 * @returns undefined where the style cannot say such a value: an object in an object, an empty list
 */
export function written(rule: Written, value: unknown): string | undefined {
  const escape = escaper(rule)
  const { name, style, explode } = rule
  if (rule.media) return named(rule, escape, JSON.stringify(value))
  if (isPrimitive(value)) return primitive(rule, escape(text(value)), escape(name))
  const members = Array.isArray(value) ? undefined : membersOf(value)
  const items = Array.isArray(value) ? value : members?.flat()
  if (items === undefined || items.length === 0 || !items.every(isPrimitive)) return undefined
  const texts = items.map((item) => escape(text(item)))
  if (!explode || style === 'deepObject') {
    return style === 'deepObject' ? deep(rule, members) : joined(rule, texts, escape(name))
  }
  const assigned = members?.map(([key, one]) => `${escape(key)}=${escape(text(one as Primitive))}`)
  const repeated = texts.map((one) => `${escape(name)}=${one}`)
  switch (style) {
    case 'simple':
      return (assigned ?? texts).join(',')
    case 'label':
      return `.${(assigned ?? texts).join('.')}`
    case 'matrix':
      return `;${(assigned ?? repeated).join(';')}`
    case 'cookie':
      return (assigned ?? repeated).join('; ')
    case 'form':
      return (assigned ?? repeated).join('&')
    default:
      return undefined
  }
}

function primitive({ style }: Written, value: string, name: string): string | undefined {
  if (style === 'simple') return value
  if (style === 'label') return `.${value}`
  if (style === 'matrix') return value === '' ? `;${name}` : `;${name}=${value}`
  return style === 'form' || style === 'cookie' ? `${name}=${value}` : undefined
}

function joined({ style }: Written, texts: readonly string[], name: string): string {
  if (style === 'simple') return texts.join(',')
  if (style === 'label') return `.${texts.join(',')}`
  if (style === 'matrix') return `;${name}=${texts.join(',')}`
  const delimiter = { spaceDelimited: '%20', pipeDelimited: '%7C' }[style as string] ?? ','
  return `${name}=${texts.join(delimiter)}`
}

function deep({ name }: Written, members: Members | undefined): string | undefined {
  return members
    ?.map(([key, one]) => `${encode(`${name}[${key}]`)}=${encode(text(one as Primitive))}`)
    .join('&')
}

const named = (rule: Written, escape: (text: string) => string, value: string): string =>
  rule.in === 'path' || rule.in === 'header'
    ? escape(value)
    : `${escape(rule.name)}=${escape(value)}`

type Members = readonly (readonly [name: string, value: unknown])[]

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null ? Object.entries(value) : undefined

const isPrimitive = (value: unknown): value is Primitive =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)

const text = (value: Primitive): string => String(value)

/** Fields and cookies of style `cookie` are never escaped. */
function escaper({ in: location, style, allowReserved }: Written): (text: string) => string {
  if (location === 'header' || style === 'cookie') return (one) => one
  if (!allowReserved) return encode
  return location === 'path'
    ? (one) => encode(one).replace(RESERVED_IN_PATH, decodeURIComponent)
    : (one) => encode(one).replace(RESERVED_IN_QUERY, decodeURIComponent)
}

/** Everything but the unreserved characters (RFC 3986 §2.3, RFC 6570 §3.2.1). */
const encode = (one: string): string =>
  encodeURIComponent(one.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Reserved characters (RFC 3986 §2.2) without those that would end what they stand in. */
const RESERVED_IN_PATH = /%(?:3A|40|21|24|26|27|28|29|2A|2B|2C|3B|3D)/g
const RESERVED_IN_QUERY = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/g
