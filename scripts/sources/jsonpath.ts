import { jsonpath } from 'json-p3'
import parseGrammar from 'jsonpath-rfc9535/parser'

/** A query of RFC 9535, parsed. */
export interface Query {
  readonly text: string
  /** The path of each selected node, in order, each once. */
  locations(root: unknown): readonly Location[]
}

/** Names and indexes from the root; `[]` is the root itself. */
export type Location = readonly (string | number)[]

/** Of documents; `readSource` refuses what nests deeper, and `copy` may nest one into another. */
const DEPTH_MAX = 2_000

const environment = new jsonpath.JSONPathEnvironment({ maxRecursionDepth: DEPTH_MAX })

/** RFC 9535 §2.4.4 counts Unicode scalar values; the library counts UTF-16 code units. */
const length = environment.functionRegister.get('length')!
environment.functionRegister.set('length', {
  argTypes: length.argTypes,
  returnType: length.returnType,
  call: (value: unknown) =>
    typeof value === 'string' ? Array.from(value).length : (length.call(value) as unknown),
})

/** @throws QueryError when the text is not a query of RFC 9535 */
export function parseQuery(text: string): Query {
  const query = compiled(text)
  return {
    text,
    locations: (root) => once(query.query(root as never).nodes.map(({ location }) => location)),
  }
}

export class QueryError extends Error {
  /** What to write instead: a sentence. */
  readonly instead: string
  /** The same query as RFC 9535 writes it, where one slip is all that is wrong. */
  readonly repaired: string | undefined

  constructor(reason: string, instead: string, repaired?: string) {
    super(reason)
    this.instead = instead
    this.repaired = repaired
  }
}

/**
 * One parser for the grammar, because the one that evaluates takes more than the RFC has, such as `(@.a == 1) == true`,
 * and an overlay should mean the same to every tool; and that one for the types of functions and the range of indexes.
 */
function compiled(text: string): jsonpath.JSONPathQuery {
  const repaired = withoutDashes(text)
  try {
    return parsed(text)
  } catch (error) {
    if (repaired !== text && isQuery(repaired)) {
      throw new QueryError(
        "a name after a dot has no '-' in RFC 9535",
        `Write ${repaired}.`,
        repaired,
      )
    }
    throw new QueryError(
      reasonOf(error),
      `Write a query of RFC 9535, as $.paths['/orders'].get or $.paths.*[?@.operationId == 'x'].`,
    )
  }
}

function parsed(text: string): jsonpath.JSONPathQuery {
  const grammar = parseGrammar(text)
  const query = environment.compile(text)
  checkTests(grammar)
  return query
}

/** RFC 9535 §2.4.3: a test is of functions that say yes or no; the library overlooks others behind `!`. */
function checkTests(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const { type, expression } = node as {
    type?: string
    expression?: { type: string; name: string }
  }
  if (type === 'TestExpr' && expression?.type === 'FunctionExpr') {
    const isLogical = expression.name === 'match' || expression.name === 'search'
    if (!isLogical) throw new Error(`result of ${expression.name}() must be compared`)
  }
  for (const below of Object.values(node) as unknown[]) checkTests(below)
}

function isQuery(text: string): boolean {
  try {
    parsed(text)
    return true
  } catch {
    return false
  }
}

/** RFC 9535 §2.5.1.1 has no `-` in a name after a dot, and people write `.x-internal`. */
function withoutDashes(text: string): string {
  const parts =
    /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(\.\.?)([\p{L}_][\p{L}\p{N}_]*-[\p{L}\p{N}_-]*)/gsu
  return text.replace(parts, (part, dots?: string, name?: string) =>
    name === undefined ? part : `${dots === '..' ? '..' : ''}['${name}']`,
  )
}

/** What is wrong and at which character, counted from 1. */
function reasonOf(error: unknown): string {
  if (error instanceof jsonpath.JSONPathError) {
    const reason = error.message.split(" ('", 1)[0]!.replace('()  must', '() must')
    return `${reason}, at character ${error.token.index + 1}`
  }
  const { found, location } = error as {
    readonly found?: string | null
    readonly location?: { readonly start: { readonly offset: number } }
  }
  if (location === undefined) return (error as Error).message
  if (typeof found !== 'string') return 'it ends too early'
  return `'${found}' at character ${location.start.offset + 1} is not expected`
}

/** `$['a','a']` selects one node twice (§2.3.5.2); what is done to a node is done to it once. */
function once(locations: readonly Location[]): readonly Location[] {
  if (locations.length < 2) return locations
  const seen = new Set<string>()
  return locations.filter((one) => {
    const key = JSON.stringify(one)
    return !seen.has(key) && seen.add(key)
  })
}
