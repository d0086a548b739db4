import type { Fault } from '../finding.ts'
import type { Shape } from '../rules.ts'
import {
  isArrayShape,
  isMixed,
  isObjectShape,
  isPrimitiveShape,
  shapeOfItem,
  shapeOfProperty,
  valueOf,
} from './text.ts'

/**
 * A parameter's text, cut as its style says and not yet unescaped. A style may be read in more than one way
 * where the schema allows several types.
 */
export interface Pieces {
  /** The whole, for a value that is neither list nor object. Undefined where it is there several times. */
  readonly whole: string | undefined
  readonly items: readonly string[]
  readonly members: Members
  /** Whether the names of members are unescaped already. */
  readonly hasPlainNames?: boolean
}

export type Members = readonly (readonly [name: string, value: string])[] | Fault

export type Unescape = (piece: string) => string

export interface Candidates {
  /** The values that the text may stand for, the most likely first. At least one. */
  readonly values: readonly unknown[]
}

/** Turns pieces into the values that a schema of this shape may mean. */
export function read(pieces: Pieces, shape: Shape, unescape: Unescape): Candidates | Fault {
  const values: unknown[] = []
  let fault: Fault | undefined
  const isEither = isMixed(shape)
  const add = (make: (asText: boolean) => unknown) => {
    values.push(make(false))
    if (isEither) values.push(make(true))
  }
  const { whole, items, members, hasPlainNames = false } = pieces
  if (isPrimitiveShape(shape)) {
    if (whole === undefined) fault = REPEATED
    else add((asText) => valueOf(unescape(whole), shape, asText))
  }
  if (isArrayShape(shape)) {
    const item = shapeOfItem(shape)
    add((asText) => items.map((one) => valueOf(unescape(one), item, asText)))
  }
  if (isObjectShape(shape)) {
    if ('keyword' in members) fault ??= members
    else {
      const named = members.map(
        ([name, text]) => [hasPlainNames ? name : unescape(name), unescape(text)] as const,
      )
      if (new Set(named.map(([name]) => name)).size < named.length) fault ??= TWICE
      else add((asText) => objectOf(named, shape, asText))
    }
  }
  return values.length === 0 ? (fault ?? REPEATED) : { values }
}

export const REPEATED: Fault = { keyword: 'repeated', detail: 'must not be given more than once' }
const TWICE: Fault = { keyword: 'repeated', detail: 'must not name a property more than once' }

function objectOf(
  members: readonly (readonly [string, string])[],
  shape: Shape,
  asText: boolean,
): unknown {
  return Object.fromEntries(
    members.map(([name, text]) => [name, valueOf(text, shapeOfProperty(shape, name), asText)]),
  )
}

/** `R,100,G,200` as members. */
export function alternating(items: readonly string[]): Members {
  if (items.length % 2 !== 0) return MALFORMED('a list of names and values in turn')
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i]!, items[2 * i + 1]!])
}

/** `R=100`, `G=200` as members. */
export function assigned(items: readonly string[]): Members {
  if (items.some((item) => !item.includes('='))) return MALFORMED('a list of name=value')
  return items.map((item) => {
    const at = item.indexOf('=')
    return [item.slice(0, at), item.slice(at + 1)]
  })
}

export const MALFORMED = (what: string): Fault => ({
  keyword: 'style',
  detail: `must be written as ${what}`,
})
