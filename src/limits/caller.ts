import type { Exchange } from '../core/exchange.ts'
import { parse, template } from '../core/template.ts'
import { addressGroup } from '../lib/address-group.ts'
import { RecentMap } from '../lib/recent-map.ts'

/** Whom a policy counts, worked out once from `by`. */
export interface CallerRule {
  /** True where anybody can be a new caller as often as he likes. */
  readonly isOpen: boolean
  /** Different texts are different callers. Undefined when it cannot be told, or is longer than any name. */
  of(exchange: Exchange): string | undefined
}

const short: Readonly<Record<string, (exchange: Exchange) => string | undefined>> = {
  ip: ({ client }) => addressGroup(client.ip),
  consumer: ({ principal }) =>
    principal &&
    (principal.consumer === undefined
      ? together([principal.method, principal.claims['iss'] ?? null, principal.subject])
      : consumerText(principal.consumer)),
  key: ({ principal }) => principal?.key,
  route: ({ route }) => route.id,
  all: () => 'all',
}

/** @param by short names and templates; together they tell callers apart */
export function callerRule(by: string | readonly string[]): CallerRule {
  const texts = typeof by === 'string' ? [by] : by
  const parts = texts.map((text) => bounded(readerOf(text)))
  const [only] = parts
  const isOpen = texts.some(isOpenText)
  if (parts.length === 1 && only !== undefined) return { isOpen, of: only }
  return {
    isOpen,
    of(exchange) {
      const values = parts.map((part) => part(exchange))
      return values.includes(undefined) ? undefined : together(values)
    },
  }
}

/**
 * The same text for a caller that a person names, with a value for each of `by` but `all`: the id of a consumer
 * (or `["method","issuer","subject"]` of a principal without one), the id of a key or route, an address, and
 * for a template the text it makes.
 *
 * @throws Error with a sentence that says what is missing
 */
export function namedCaller(by: string | readonly string[], given: readonly string[]): string {
  const texts = typeof by === 'string' ? [by] : by
  const asked = texts.filter((text) => text !== 'all')
  if (given.length !== asked.length) {
    const what = asked.length === 0 ? 'everybody together: no value' : `by ${asked.join(', ')}`
    const count = asked.length > 1 ? `, so there must be ${asked.length} values, in this order` : ''
    throw new Error(`It counts ${what}${count}; ${given.length} were given.`)
  }
  const left = given.values()
  const values = texts.map((text) => (text === 'all' ? 'all' : named(text, left.next().value!)))
  return values.length === 1 ? values[0]! : together(values)
}

/** Whether an authenticating policy has to stand before it. */
export function needsPrincipal(by: string | readonly string[]): boolean {
  const texts = typeof by === 'string' ? [by] : by
  return texts.some(
    (text) =>
      text === 'consumer' ||
      text === 'key' ||
      rootsOf(text).some((root) => root === 'claims' || root === 'consumer'),
  )
}

/** @throws Error for a `by` that would count everybody as one, or one caller as many */
export function checkBy(by: string | readonly string[]): void {
  const texts = typeof by === 'string' ? [by] : by
  if (texts.length === 0) throw new Error("'by' is empty; write 'all' to count everybody together")
  for (const text of texts) {
    if (Object.hasOwn(short, text)) continue
    const roots = rootsOf(text)
    if (roots.length === 0) {
      const names = Object.keys(short).join(', ')
      throw new Error(`'by' is the fixed text '${text}'; there are ${names}, and {templates}`)
    }
    if (roots.includes('client')) {
      throw new Error("'{client.ip}' would be another caller with each IPv6 address; write 'ip'")
    }
  }
}

/** What a client can make up must not fill memory and disk: 10,000 callers are remembered. */
const CHARACTERS_MAX = 1024

function bounded(read: CallerRule['of']): CallerRule['of'] {
  return (exchange) => {
    const text = read(exchange)
    return text !== undefined && text.length > CHARACTERS_MAX ? undefined : text
  }
}

const consumerText = (id: string): string => `consumer ${id}`

/** Different lists are different texts. */
const together = (values: readonly unknown[]): string => JSON.stringify(values)

function named(text: string, given: string): string {
  if (given === '') throw new Error(`The value for ${text} is empty; nobody is counted under that.`)
  if (given.length > CHARACTERS_MAX) {
    throw new Error(`Nobody is counted under more than ${CHARACTERS_MAX} characters.`)
  }
  if (text === 'consumer') return anonymous(given) ?? consumerText(given)
  if (text !== 'ip') return given
  const group = addressGroup(given)
  if (group === undefined) throw new Error('It counts by ip; the value is no IP address.')
  return group
}

/** A principal without a consumer: an id of one never begins with a bracket. */
function anonymous(given: string): string | undefined {
  if (!given.startsWith('[')) return undefined
  try {
    const parts = JSON.parse(given) as unknown
    if (Array.isArray(parts) && parts.length === 3) return together(parts)
  } catch {
    // told below
  }
  throw new Error('A principal without a consumer is ["method","issuer or null","subject"].')
}

function readerOf(text: string): (exchange: Exchange) => string | undefined {
  const known = Object.hasOwn(short, text) ? short[text] : undefined
  if (text === 'ip') return addressReader()
  if (known !== undefined) return known
  const { decide } = template(text, 'text')
  return decide
}

/** Remembers what it has parsed: an IPv6 address takes some 5 µs. */
function addressReader(): (exchange: Exchange) => string | undefined {
  const groups = new RecentMap<string>(1000)
  return ({ client: { ip } }) => {
    const known = groups.get(ip)
    if (known !== undefined) return known
    const group = addressGroup(ip)
    if (group !== undefined) groups.set(ip, group)
    return group
  }
}

const made: ReadonlySet<string> = new Set(['headers', 'query', 'params', 'slots'])

/** Whether the client can make values up: its address, or something in the request. */
function isOpenText(text: string): boolean {
  return text === 'ip' || rootsOf(text).some((root) => made.has(root))
}

function rootsOf(text: string): string[] {
  return parse(text).flatMap((part) => (typeof part === 'string' ? [] : [part[0]]))
}
