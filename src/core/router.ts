/**
 * Finds the route of a path. Compile writes the trie as one JSON text (parsing it is the fastest way to
 * start), this file walks it. Concrete before templated, at every segment; the cost of a match grows with
 * the segments of the path, not with the number of routes.
 */
export interface Trie {
  /** Literal segments. */
  readonly l?: Readonly<Record<string, Trie>>
  /** Segments that mix text and parameters, most literal characters first: the text around each parameter. */
  readonly m?: readonly (readonly [pieces: readonly string[], next: Trie])[]
  /** A segment that is one parameter, `{id}`. */
  readonly p?: Trie
  /** The rest of the path, `{rest+}`. */
  readonly r?: Ends
  /** Routes that end here. */
  readonly e?: Ends
}

/** Method, or `*` for any, → index of the route. */
type Ends = Readonly<Record<string, number>>

/**
 * @param values receives the raw values of the parameters, in template order
 * @returns the route's index, or -1. A template whose path matches but whose methods do not is passed over,
 * so GET on `/orders/search` that only has POST finds `/orders/{id}`. Among those that take the method the
 * most concrete path wins, also where it takes any method: an open `GET /{rest+}` must not answer in the
 * place of a guarded `/internal/{rest+}`.
 */
export function find(trie: Trie, method: string, path: string, values: string[]): number {
  return descend(trie, method, path, 1, values)
}

/** The methods that some route takes at this path, for `Allow` (RFC 9110 §10.2.1). */
export function allowed(trie: Trie, path: string): readonly string[] {
  const seen = new Set<string>()
  descend(trie, '', path, 1, [], seen)
  if (seen.delete(ANY)) for (const name of USUAL) seen.add(name)
  if (seen.has('GET')) seen.add('HEAD')
  if (seen.size > 0) seen.add('OPTIONS')
  return [...seen].toSorted()
}

const ANY = '*'
const USUAL = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** With `seen`, visits every match and notes its methods instead of stopping at the first. */
function descend(
  at: Trie,
  method: string,
  path: string,
  start: number,
  values: string[],
  seen?: Set<string>,
): number {
  if (start > path.length) return choose(at.e, method, seen)
  const slash = path.indexOf('/', start)
  const end = slash < 0 ? path.length : slash
  const segment = path.slice(start, end)
  const depth = values.length

  // parsed JSON inherits from Object.prototype: '/constructor' must not match
  if (at.l !== undefined && Object.hasOwn(at.l, segment)) {
    const route = descend(at.l[segment]!, method, path, end + 1, values, seen)
    if (route >= 0) return route
    values.length = depth
  }
  if (segment !== '' && at.m !== undefined) {
    for (const [pieces, next] of at.m) {
      if (take(pieces, segment, values)) {
        const route = descend(next, method, path, end + 1, values, seen)
        if (route >= 0) return route
      }
      values.length = depth
    }
  }
  if (segment !== '' && at.p !== undefined) {
    values.push(segment)
    const route = descend(at.p, method, path, end + 1, values, seen)
    if (route >= 0) return route
    values.length = depth
  }
  if (start === path.length) return -1 // `/files/` has no rest
  const rest = choose(at.r, method, seen)
  if (rest >= 0) values.push(path.slice(start))
  return rest
}

/** With `seen` nothing is chosen. */
function choose(ends: Ends | undefined, method: string, seen: Set<string> | undefined): number {
  if (ends === undefined) return -1
  if (seen !== undefined) {
    for (const name of Object.keys(ends)) seen.add(name)
    return -1
  }
  if (Object.hasOwn(ends, method)) return ends[method]!
  // RFC 9110 §9.3.2: HEAD is GET without the content
  if (method === 'HEAD' && Object.hasOwn(ends, 'GET')) return ends['GET']!
  // §9.3.8: an upstream answers TRACE with the request as it came, so with what policies have put into it
  return method !== 'TRACE' && Object.hasOwn(ends, ANY) ? ends[ANY]! : -1
}

/**
 * Splits `a-b.json` by the pieces `['', '-', '.json']`. Every value ends at the first occurrence of the next
 * piece, none is empty. Linear, where a regular expression would backtrack.
 */
function take(pieces: readonly string[], segment: string, values: string[]): boolean {
  const last = pieces.length - 1
  const end = segment.length - pieces[last]!.length
  if (!segment.startsWith(pieces[0]!) || !segment.endsWith(pieces[last]!)) return false
  let at = pieces[0]!.length
  for (let i = 1; i <= last; i++) {
    const next = i === last ? end : segment.indexOf(pieces[i]!, at + 1)
    if (next <= at || next > end) return false
    values.push(segment.slice(at, next))
    at = next + pieces[i]!.length
  }
  return true
}

/** Names of a template's parameters, in order: `/{base}...{head}/{rest+}` → `base`, `head`, `rest`. */
export function parameterNames(template: string): readonly string[] {
  return Array.from(template.matchAll(/\{([^{}]+?)\+?\}/g), (found) => found[1]!)
}
