import { jsonpath } from 'json-p3'

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

/** @throws QueryError when the text is not a query of RFC 9535 */
export function parseQuery(text: string): Query {
  const dashed = dashedName(text)
  if (dashed !== undefined) {
    throw new QueryError(
      `'.${dashed}' is not a name in RFC 9535`,
      `Write ['${dashed}'] instead of .${dashed}, because a name after a dot has no '-'.`,
    )
  }
  try {
    const query = environment.compile(text)
    return {
      text,
      locations: (root) => once(query.query(root as never).nodes.map(({ location }) => location)),
    }
  } catch (error) {
    const [reason = ''] = (error as Error).message.split(" ('", 1)
    throw new QueryError(
      reason,
      `Write a query of RFC 9535, as $.paths['/orders'].get or $.paths.*[?@.operationId == 'x'].`,
    )
  }
}

export class QueryError extends Error {
  /** What to write instead: a sentence. */
  readonly instead: string

  constructor(reason: string, instead: string) {
    super(reason)
    this.instead = instead
  }
}

/**
 * RFC 9535 §2.5.1.1 has no `-` in a name after a dot; the library takes one, and other tools do not. An overlay
 * should mean the same to all of them.
 */
function dashedName(text: string): string | undefined {
  const plain = text.replace(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/gs, (quoted) =>
    ' '.repeat(quoted.length),
  )
  return /\.([\p{L}_][\p{L}\p{N}_]*-[\p{L}\p{N}_-]*)/u.exec(plain)?.[1]
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
