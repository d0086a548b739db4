import type { Failure } from './metaschema.ts'
import { names, step } from './pointer.ts'

/** One mistake, told as a person would: the deepest keyword that explains it. */
export interface Violation {
  readonly level: 'error' | 'warning'
  /** The same for the same mistake at many places, so that it is told once. */
  readonly rule: string
  readonly pointer: string
  readonly what: string
  readonly instead: string
}

/**
 * Turns failures of the official schema into mistakes, errors first.
 *
 * An ERROR is a place that the gateway reads (`readPlaces` below: paths, methods, servers, the
 * name and place of parameters, security) and that is missing or has a wrong value. Everything
 * else is a WARNING: providers often cannot mend a document quickly, and a bad example, a missing
 * description or an unknown key does not keep a gateway from routing.
 *
 * @param base Where the checked value would stand in a document: '' for a whole one.
 */
export function violations(failures: readonly Failure[], base = ''): Violation[] {
  const found = new Map<string, Violation>()
  for (const leaf of failures.flatMap(explain)) {
    for (const violation of describe(leaf, base)) {
      const key = `${violation.pointer} ${violation.what}`
      if (!found.has(key)) found.set(key, violation)
    }
  }
  const all = [...found.values()]
  return [
    ...all.filter((one) => one.level === 'error'),
    ...all.filter((one) => one.level !== 'error'),
  ]
}

type Shape = { readonly [name: string]: Shape }

const server: Shape = { url: {}, variables: { '*': { default: {}, enum: { '*': {} } } } }
const servers: Shape = { '*': server }
const parameter: Shape = { $ref: {}, name: {}, in: {} }
const parameters: Shape = { '*': parameter }
const security: Shape = { '*': { '*': { '*': {} } } }
const operation: Shape = { parameters, security, servers }
const pathItem: Shape = {
  $ref: {},
  parameters,
  servers,
  get: operation,
  put: operation,
  post: operation,
  delete: operation,
  options: operation,
  head: operation,
  patch: operation,
  trace: operation,
  query: operation,
  additionalOperations: { '*': operation },
}

/** What the gateway itself reads of a document, apart from its own `x-` keys. */
const readPlaces: Shape = {
  openapi: {},
  paths: { '*': pathItem },
  security,
  servers,
  components: { parameters, pathItems: { '*': pathItem } },
}

/** Of the failing keywords those that mean a value is missing or wrong, and not just untidy. */
const grave = new Set(['type', 'required', 'enum', 'const', 'pattern'])

function isRead(pointer: string): boolean {
  let shape: Shape | undefined = readPlaces
  for (const name of names(pointer) ?? []) shape = shape?.[name] ?? shape?.['*']
  return shape !== undefined
}

/** The leaves that explain a failure; of alternatives the one that was probably meant. */
function explain(failure: Failure): Failure[] {
  if (failure.causes.length === 0) return [failure]
  if (failure.keyword !== 'oneOf' && failure.keyword !== 'anyOf') {
    return preferTypes(failure.causes.flatMap(explain))
  }
  const branches = branchesOf(failure)
  const best = branches.toSorted((a, b) => badness(a, failure) - badness(b, failure))[0] ?? []
  const isChoice = branches.every((branch) => branch.every((leaf) => isMissing(leaf, failure)))
  if (!isChoice || branches.length < 2) return best.map((leaf) => widen(leaf, branches))
  const expected = branches.flat().flatMap((leaf) => leaf.expected)
  return [{ ...failure, keyword: 'either', expected, causes: [] }]
}

function branchesOf({ expected, causes, actual }: Failure): Failure[][] {
  const isReference = isRecord(actual) && Object.hasOwn(actual, '$ref')
  const uris = Array.isArray(expected) ? expected.map(String) : []
  // a branch may lie inside another one, so a cause belongs to the longest address that fits
  const byBranch = Map.groupBy(causes, ({ rule }) =>
    uris.reduce((best, uri) => (isWithin(rule, uri) && uri.length > best.length ? uri : best), ''),
  )
  const meant = uris.filter((uri) => /[Rr]eference$/.test(uri) === isReference)
  return (meant.length > 0 ? meant : uris)
    .map((uri) => byBranch.get(uri) ?? [])
    .filter((branch) => branch.length > 0)
    .map((branch) => preferTypes(branch.flatMap(explain)))
}

function isWithin(rule: string, uri: string): boolean {
  return rule === uri || rule.startsWith(`${uri}/`)
}

/** A branch for another type or another value of `in` was not meant. */
function badness(branch: readonly Failure[], { pointer }: Failure): number {
  const wrongType = branch.some((leaf) => leaf.keyword === 'type' && leaf.pointer === pointer)
  const wrongValue = branch.some(({ keyword }) => keyword === 'enum' || keyword === 'const')
  return (wrongType ? 10_000 : 0) + (wrongValue ? 1000 : 0) + Math.min(branch.length, 999)
}

function isMissing(leaf: Failure, { pointer }: Failure): boolean {
  return leaf.keyword === 'required' && leaf.pointer === pointer
}

/** `in` may be any of what the branches allow, and not only what the nearest one does. */
function widen(leaf: Failure, branches: readonly Failure[][]): Failure {
  if (leaf.keyword !== 'enum') return leaf
  const same = branches.flat().filter((o) => o.keyword === 'enum' && o.pointer === leaf.pointer)
  return { ...leaf, expected: [...new Set(same.flatMap(({ expected }) => expected))] }
}

/** Where the type is wrong, nothing else needs saying. */
function preferTypes(leaves: Failure[]): Failure[] {
  const wrong = new Set(leaves.filter((o) => o.keyword === 'type').map(({ pointer }) => pointer))
  return leaves.filter((leaf) => leaf.keyword === 'type' || !wrong.has(leaf.pointer))
}

function describe(leaf: Failure, base: string): Violation[] {
  // hyperjump writes the place of a name (`propertyNames`) as `*/pointer`
  const pointer = base + leaf.pointer.replace(/^\*/, '')
  const { keyword, rule } = leaf
  if (keyword === 'required' && Array.isArray(leaf.expected) && isRecord(leaf.actual)) {
    const { actual } = leaf
    return leaf.expected
      .map(String)
      .filter((name) => !Object.hasOwn(actual, name))
      .map((name) => ({
        level: isRead(step(pointer, name)) ? 'error' : 'warning',
        rule: `${rule} ${name}`,
        pointer,
        what: `'${place(step(pointer, name))}' is missing`,
        instead: `Add '${name}'.`,
      }))
  }
  const last = names(pointer)?.at(-1) ?? ''
  // extensions are other people's, also where the schema forgets to allow them
  if (keyword === 'false' && last.startsWith('x-')) return []
  const level = grave.has(keyword) && isRead(pointer) ? 'error' : 'warning'
  const { what, instead } = sentence(leaf, pointer)
  return [{ level, rule: keyword === 'false' ? `${rule} ${last}` : rule, pointer, what, instead }]
}

function sentence(leaf: Failure, pointer: string): { what: string; instead: string } {
  const { keyword, expected, actual } = leaf
  const subject = `'${place(pointer)}'`
  switch (keyword) {
    case 'type':
      return {
        what: `${subject} is ${typeName(actual)} and not ${list([expected].flat().map(withArticle))}`,
        instead: `Write ${list([expected].flat().map(withArticle))}.`,
      }
    case 'enum':
    case 'const':
      return {
        what: `${subject} is ${short(actual)}, which is not one of the values allowed there`,
        instead: `Write ${list([expected].flat().map(String))}.`,
      }
    case 'false':
      return {
        what: `${subject} is not known to this version of OpenAPI`,
        instead: `Remove it, mend its spelling, or write it as an extension that begins with 'x-'.`,
      }
    case 'either':
      return {
        what: `${subject} has neither ${list(
          [expected].flat().map((o) => `'${String(o)}'`),
          'nor',
        )}`,
        instead: `Add one of the two.`,
      }
    case 'pattern':
      return {
        what: `${short(actual)} at ${subject} does not have the form asked for`,
        instead: `Write text that matches ${String(expected).replace(/^\/|\/u?$/g, '')}.`,
      }
    case 'oneOf':
    case 'not':
      return {
        what: `${subject} has fields that exclude each other`,
        instead: 'Keep one of them.',
      }
    case 'uniqueItems':
      return { what: `${subject} lists the same thing twice`, instead: 'Remove one of them.' }
    default:
      return {
        what: `${subject} does not meet '${keyword}'`,
        instead: `See the OpenAPI schema: ${leaf.rule}.`,
      }
  }
}

function place(pointer: string): string {
  return names(pointer)?.join('.') || 'the document'
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return withArticle(Array.isArray(value) ? 'array' : typeof value)
}

function withArticle(type: unknown): string {
  return type === 'null' ? 'null' : `${/^[aio]/.test(String(type)) ? 'an' : 'a'} ${String(type)}`
}

function list(items: readonly string[], word = 'or'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1) ?? ''}`
}

/** Enough of a value to recognize it. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
