import { type Fault, shortName } from '../finding.ts'
import type { ParameterRule } from '../rules.ts'
import { MALFORMED, type Pieces, type Unescape } from './read.ts'
import { DELIMITERS, isSpread, listed } from './styles.ts'
import { isObjectShape, unescapedForm } from './text.ts'

interface Pair {
  readonly name: string
  /** Still escaped. */
  readonly value: string
}

/** `name=value` pairs of a query, a form or a cookie field. Each is taken by one parameter at most. */
export class Pairs {
  readonly #byName = new Map<string, string[]>()
  readonly #taken = new Set<string>()

  constructor(pairs: readonly Pair[]) {
    for (const { name, value } of pairs) {
      const known = this.#byName.get(name)
      if (known) known.push(value)
      else this.#byName.set(name, [value])
    }
  }

  /** @param query with or without the `?` */
  static ofQuery(query: string): Pairs {
    const text = query.startsWith('?') ? query.slice(1) : query
    return new Pairs(
      text.split('&').flatMap((one) => (one === '' ? [] : [pair(one, unescapedForm)])),
    )
  }

  /** RFC 6265 §4.2.1. */
  static ofCookies(field: string, separator: RegExp): Pairs {
    const parts = field.split(separator).map((one) => one.trim())
    return new Pairs(parts.flatMap((one) => (one === '' ? [] : [pair(one, (name) => name)])))
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  /** All values of a name, still escaped. */
  take(name: string): readonly string[] {
    this.#taken.add(name)
    return this.#byName.get(name) ?? []
  }

  /** Names that no parameter has taken. */
  left(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#taken.has(name))
  }

  /** What belongs to a parameter, cut; undefined when it is not there. */
  pieces(rule: ParameterRule): Pieces | Fault | undefined {
    if (rule.style === 'deepObject') return this.#deep(rule)
    if (isSpread(rule)) return this.#spread(rule)
    const values = this.take(rule.name)
    const [value] = values
    if (value === undefined) return undefined
    if (rule.explode && (rule.style === 'form' || rule.style === 'cookie')) {
      const whole = values.length === 1 ? value : undefined
      return { whole, items: values, members: MALFORMED('name=value for each property') }
    }
    if (values.length > 1) {
      // OpenAPI 3.0 says nothing of an exploded list with another delimiter; clients write its name once for each
      if (!rule.explode) return REPEATED_LIST
      return { whole: undefined, items: values, members: MALFORMED('one list') }
    }
    const delimiter = DELIMITERS[rule.style === 'cookie' ? 'form' : (rule.style as 'form')]
    return listed(value, delimiter, false)
  }

  /** `filter[a]=1&filter[b]=2`. Deeper brackets mean nothing in OpenAPI, and another thing to each server. */
  #deep({ name, shape }: ParameterRule): Pieces | Fault | undefined {
    const members: [string, string][] = []
    let fault: Fault | undefined
    for (const one of this.#byName.keys()) {
      if (one !== name && !one.startsWith(`${name}[`)) continue
      const property = /^\[([^[\]]*)\]$/.exec(one.slice(name.length))?.[1]
      const values = this.take(one)
      if (property === undefined) fault = MALFORMED(`${shortName(name)}[property]=value`)
      else for (const value of values) members.push([property, value])
    }
    if (fault) return fault
    if (members.length === 0) return undefined
    const items = members.map(([, value]) => value)
    return isObjectShape(shape)
      ? { whole: undefined, items, members, hasPlainNames: true }
      : MALFORMED('name[property]=value')
  }

  /** After all other parameters: what they leave may be properties without a name of their own. */
  #spread({ shape: { properties = {}, others } }: ParameterRule): Pieces | undefined {
    const names = [...Object.keys(properties), ...(others === undefined ? [] : this.left())]
    const members = [...new Set(names)].flatMap((name) =>
      this.take(name).map((value) => [name, value] as const),
    )
    if (members.length === 0) return undefined
    return { whole: undefined, items: [], members, hasPlainNames: true }
  }
}

const REPEATED_LIST: Fault = {
  keyword: 'repeated',
  detail: 'must be given once, with all of its values in one list',
}

function pair(text: string, unescape: Unescape): Pair {
  const at = text.indexOf('=')
  return at < 0
    ? { name: unescape(text), value: '' }
    : { name: unescape(text.slice(0, at)), value: text.slice(at + 1) }
}
