import { member, own } from '../lib/member.ts'
import type { Exchange } from './exchange.ts'

/**
 * Text with `{placeholders}`, parsed once:
 *
 *     {params.x} {query.x} {headers.x} {claims.x} {consumer.id} {consumer.metadata.x}
 *     {client.ip} {slots.x} {env.X}
 *
 * `{{` and `}}` are literal braces. A dot inside a claim or metadata name goes deeper.
 */
export interface Template {
  /** The text, an absent value empty. What is inserted is encoded for where it lands. */
  text(exchange: Exchange): string
  /**
   * For what decides: undefined when any value is absent, or is there twice so that another reader could
   * take the other one.
   */
  decide(exchange: Exchange): string | undefined
}

/**
 * Where inserted text ends up. `text` is for what stays inside the gateway and for plain text; `json` is inside a
 * JSON string. In a path the rest of a path (`{rest+}`) keeps its slashes.
 */
export type Landing = 'path' | 'query' | 'header' | 'text' | 'html' | 'json'

/** @throws SyntaxError with the reason; compile checks every template before the Worker sees it */
export function template(source: string, landing: Landing): Template {
  const parts = parse(source)
  const encode = ENCODERS[landing]
  const write = (value: string, place: Placeholder, exchange: Exchange): string => {
    if (landing === 'header' && TELLS_WHO.has(place[0])) return named(value)
    return landing === 'path' && isRest(place, exchange)
      ? value.split('/').map(encode).join('/')
      : encode(value)
  }
  return {
    text: (exchange) =>
      parts
        .map((part) =>
          typeof part === 'string' ? part : write(one(part, exchange) ?? '', part, exchange),
        )
        .join(''),
    decide: (exchange) => {
      let text = ''
      for (const part of parts) {
        const value = typeof part === 'string' ? part : single(part, exchange)
        if (value === undefined || (value === '' && typeof part !== 'string')) return undefined
        text += typeof part === 'string' ? part : write(value, part, exchange)
      }
      return text
    },
  }
}

/** `['consumer', 'metadata', 'plan']` */
export type Placeholder = readonly [root: Root, ...names: string[]]

export type Root =
  'params' | 'query' | 'headers' | 'claims' | 'consumer' | 'client' | 'slots' | 'env'

/** Splits a template into its literal texts and its placeholders. */
export function parse(source: string): readonly (string | Placeholder)[] {
  const parts: (string | Placeholder)[] = []
  let literal = ''
  for (let i = 0; i < source.length; i++) {
    const character = source[i]!
    if (character !== '{' && character !== '}') literal += character
    else if (source[i + 1] === character) literal += source[i++]
    else if (character === '}') throw new SyntaxError("a '}' stands alone; write '}}' for a brace")
    else {
      const end = source.indexOf('}', i)
      if (end < 0) throw new SyntaxError("a '{' is not closed; write '{{' for a brace")
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(placeholder(source.slice(i + 1, end)))
      i = end
    }
  }
  return literal === '' ? parts : [...parts, literal]
}

function placeholder(text: string): Placeholder {
  const [root = '', ...names] = text.split('.')
  const isKnown =
    root === 'consumer'
      ? text === 'consumer.id' || (names[0] === 'metadata' && names.length > 1)
      : root === 'client'
        ? text === 'client.ip'
        : Object.hasOwn(READERS, root) && names.length > 0
  if (!isKnown || names.includes('')) {
    throw new SyntaxError(
      `'{${text}}' is not a placeholder; there are {params.x} {query.x} {headers.x} {claims.x} ` +
        '{consumer.id} {consumer.metadata.x} {client.ip} {slots.x} {env.X}',
    )
  }
  return [root as Root, ...names]
}

const READERS: Record<Root, (exchange: Exchange, names: readonly string[]) => unknown> = {
  params: ({ params }, names) => own(params, names.join('.')),
  query: ({ search }, names) => search.get(names.join('.')),
  // workerd leaves the spaces at the end, which are none of the value (RFC 9110 §5.5)
  headers: ({ request }, names) => request.headers.get(names.join('.'))?.trim(),
  claims: ({ principal }, names) => member(principal?.claims, names),
  consumer: ({ principal }, [kind, ...names]) =>
    kind === 'id' ? principal?.consumer : member(principal?.metadata, names),
  client: ({ client }) => client.ip,
  slots: (exchange, [name, ...names]) => member(exchange.get({ name: name! }), names),
  env: ({ gateway }, names) => gateway.runtime.env(names.join('.')),
}

function one([root, ...names]: Placeholder, exchange: Exchange): string | undefined {
  const value = READERS[root](exchange, names)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function single(place: Placeholder, exchange: Exchange): string | undefined {
  const [root, ...names] = place
  if (root === 'query' && exchange.search.getAll(names.join('.')).length > 1) return undefined
  const value = one(place, exchange)
  // repeated fields reach us joined by a comma (RFC 9110 §5.3)
  return root === 'headers' && value?.includes(',') ? undefined : value
}

/** Where a route takes `%2F` nobody can tell its slashes from the path's own any more: all are escaped. */
function isRest([root, ...names]: Placeholder, { route }: Exchange): boolean {
  return root === 'params' && !route.encodedSlash && route.path.includes(`{${names.join('.')}+}`)
}

const ENCODERS: Record<Landing, (value: string) => string> = {
  path: encode,
  query: encode,
  // visible ASCII and inner spaces stay; controls and what is not ASCII are escaped (RFC 9110 §5.5)
  header: (value) => value.replace(/[^\x20-\x7e]+/gu, encode).trim(),
  text: (value) => value,
  html: (value) => value.replace(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`),
  // for every kind of quotes that JavaScript has, and so that a script element cannot be closed from within
  json: (value) =>
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[<'`$]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`),
}

const TELLS_WHO: ReadonlySet<Root> = new Set(['claims', 'consumer', 'slots'])

/**
 * In a field, which keeps neither spaces at its ends nor every character, two names must not become one: `é` and
 * `%C3%A9`, `root` and ` root`. A percent sign that could be taken for one of ours is escaped, too.
 */
function named(value: string): string {
  return value
    .replace(/%(?=[01][0-9A-F]|2[05]|7F|[89A-F][0-9A-F])/gi, '%25')
    .replace(/^ +| +$|[^\x20-\x7e]+/gu, encode)
}

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}
