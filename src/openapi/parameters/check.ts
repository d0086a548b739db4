import { type Fault, type Finding, ofParameter, shortName } from '../finding.ts'
import { textValue } from '../bodies/read.ts'
import type { ParameterRule } from '../rules.ts'
import type { Violation } from '../schema/violation.ts'
import { Pairs } from './pairs.ts'
import { type Pieces, read, type Unescape } from './read.ts'
import { CUTS } from './styles.ts'
import { isEscaped, unescaped, unescapedForm } from './text.ts'

/** Whether a parameter that is not there was there when the request arrived: a policy has taken it away. */
export type WasSent = (rule: ParameterRule) => boolean

const NEVER: WasSent = () => false

/** @param raw tells a parameter as it stands in the path, canonical and still escaped */
export function checkPath(
  rules: readonly ParameterRule[],
  raw: (name: string) => string | undefined,
): readonly Finding[] {
  return rules.flatMap((rule) => {
    const text = raw(rule.name)
    if (text === undefined) return missing(rule, NEVER)
    return checkText(text, rule, unescaped)
  })
}

/**
 * @param query empty, or starts with `?`
 * @param known names that are no parameters and yet no strangers; undefined: strangers pass
 */
export function checkQuery(
  rules: readonly ParameterRule[],
  query: string,
  wasSent: WasSent = NEVER,
  known?: ReadonlySet<string>,
): { readonly findings: readonly Finding[]; readonly unknown: readonly Finding[] } {
  if (!isEscaped(query)) return { findings: ofParameter({ in: 'query' }, [ENCODING]), unknown: [] }
  const pairs = Pairs.ofQuery(query)
  const findings = rules.flatMap((rule) =>
    rule.in === 'querystring'
      ? checkWhole(query, rule)
      : checkPieces(pairs.pieces(rule), rule, unescapedForm, wasSent),
  )
  if (known === undefined || rules.some((rule) => rule.in === 'querystring')) {
    return { findings, unknown: [] }
  }
  const strangers = pairs.left().filter((name) => !known.has(name))
  const unknown = strangers.flatMap((name) =>
    ofParameter({ in: 'query', name: shortName(name) }, [UNKNOWN]),
  )
  return { findings, unknown }
}

/** Fields are never escaped (OpenAPI 3.2 §4.12.6); their style is always `simple`. */
export function checkHeaders(
  rules: readonly ParameterRule[],
  headers: Headers,
  wasSent: WasSent = NEVER,
): readonly Finding[] {
  return rules.flatMap((rule) => {
    const text = headers.get(rule.name)
    if (text === null) return missing(rule, wasSent)
    return checkText(text, rule, (piece) => piece.trim())
  })
}

export function checkCookies(
  rules: readonly ParameterRule[],
  field: string | null,
  wasSent: WasSent = NEVER,
): readonly Finding[] {
  if (rules.length === 0) return []
  const plain = Pairs.ofCookies(field ?? '', /;/)
  // RFC 6570 joins an exploded list with `&`, also where a cookie field has `; ` (OpenAPI 3.2 §4.12.6)
  const joined = Pairs.ofCookies(field ?? '', /[;&]/)
  return rules.flatMap((rule) => {
    const isExploded = rule.style === 'form' && rule.explode && !rule.media
    const pieces = (isExploded ? joined : plain).pieces(rule)
    return checkPieces(pieces, rule, rule.style === 'cookie' ? plainText : cookieText, wasSent)
  })
}

const plainText: Unescape = (piece) => piece
/** A cookie of another application may hold anything. */
const cookieText: Unescape = (piece) => (isEscaped(piece) ? unescaped(piece) : piece)

function checkText(text: string, rule: ParameterRule, unescape: Unescape): readonly Finding[] {
  if (rule.media) return checkContent(unescape(text), rule)
  const pieces = CUTS[rule.style as keyof typeof CUTS](text, rule)
  return checkPieces(pieces, rule, unescape, NEVER)
}

function checkPieces(
  pieces: Pieces | Fault | undefined,
  rule: ParameterRule,
  unescape: Unescape,
  wasSent: WasSent,
): readonly Finding[] {
  if (pieces === undefined) return missing(rule, wasSent)
  if ('keyword' in pieces) return ofParameter(rule, [pieces])
  if (rule.media) {
    return pieces.whole === undefined
      ? ofParameter(rule, [ONCE])
      : checkContent(unescape(pieces.whole), rule)
  }
  if (rule.allowEmptyValue && pieces.whole === '') return []
  const found = read(pieces, rule.shape, unescape)
  if ('keyword' in found) return ofParameter(rule, [found])
  return ofParameter(rule, firstMatch(found.values, rule))
}

/** The violations of the likeliest reading, unless another one is valid. */
function firstMatch(values: readonly unknown[], { validate }: ParameterRule) {
  let first: readonly Violation[] | undefined
  for (const value of values) {
    const violations = validate?.(value) ?? null
    if (violations === null) return []
    first ??= violations
  }
  return first ?? []
}

function checkContent(text: string, rule: ParameterRule): readonly Finding[] {
  const read = textValue(text, rule.media!)
  if ('keyword' in read) return ofParameter(rule, [read])
  return ofParameter(rule, firstMatch(read.values, rule))
}

/** OpenAPI 3.2 §4.12.2: the whole query is one value. */
function checkWhole(query: string, rule: ParameterRule): readonly Finding[] {
  const text = query.slice(1)
  if (text === '') return missing(rule, NEVER)
  const isForm = rule.media?.range === 'application/x-www-form-urlencoded'
  return checkContent(isForm ? text : unescaped(text), rule)
}

const missing = (rule: ParameterRule, wasSent: WasSent): readonly Finding[] =>
  rule.required && !wasSent(rule) ? ofParameter(rule, [REQUIRED]) : []

const REQUIRED: Fault = { keyword: 'required', detail: 'is missing' }
const ONCE: Fault = { keyword: 'repeated', detail: 'must not be given more than once' }
const UNKNOWN: Fault = { keyword: 'unknown', detail: 'is not a parameter of this operation' }
const ENCODING: Fault = { keyword: 'encoding', detail: 'must be percent-encoded UTF-8' }
