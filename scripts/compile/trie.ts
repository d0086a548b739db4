import type { Trie } from '../../src/core/router.ts'
import { readTemplate, type Segment } from './path-template.ts'

/** What the router walks. @throws Error as `readTemplate` */
export function buildTrie(routes: readonly Indexed[]): Trie {
  const root: Growing = {}
  for (const { method, path, index } of routes) {
    let at = root
    const { segments: parts } = readTemplate(path)
    const isGreedy = parts.at(-1)?.kind === 'rest'
    for (const part of parts) if (part.kind !== 'rest') at = step(at, part)
    const ends = isGreedy ? (at.r ??= record()) : (at.e ??= record())
    ends[method] ??= index
  }
  return root
}

/** A route as the router knows it: `index` is its place in the generated list. */
export interface Indexed {
  readonly method: string
  readonly path: string
  readonly index: number
}

interface Growing {
  l?: Record<string, Growing>
  m?: [pieces: readonly string[], next: Growing][]
  p?: Growing
  r?: Record<string, number>
  e?: Record<string, number>
}

/** Without a prototype: a segment may be called `constructor`. */
const record = <T>(): Record<string, T> => Object.create(null) as Record<string, T>

function step(at: Growing, part: Exclude<Segment, { kind: 'rest' }>): Growing {
  if (part.kind === 'parameter') return (at.p ??= {})
  if (part.kind === 'literal') return ((at.l ??= record())[part.text] ??= {})
  const mixed = (at.m ??= [])
  const known = mixed.find(([pieces]) => pieces.join('{}') === part.pieces.join('{}'))
  if (known) return known[1]
  const next: Growing = {}
  mixed.push([part.pieces, next])
  // the most literal first; between equals the order must not depend on the document's
  mixed.sort(([a], [b]) => weight(b) - weight(a) || (a.join('{}') < b.join('{}') ? -1 : 1))
  return next
}

const weight = (pieces: readonly string[]): number => pieces.join('').length
