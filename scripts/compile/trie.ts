import { canonicalPath } from '../../src/core/path.ts'
import type { Trie } from '../../src/core/router.ts'

/** A segment of a path template, split. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter' }
  | { readonly kind: 'rest' }
  /** The text around each parameter: `{a}-{b}.json` → `['', '-', '.json']`. */
  | { readonly kind: 'mixed'; readonly pieces: readonly string[] }

/** More segments could make a match expensive: the router may try three ways at each. */
const SEGMENTS_MAX = 32

/**
 * Splits a path template into canonical segments.
 * @throws Error with the reason when no request could ever match it
 */
export function segments(template: string): readonly Segment[] {
  if (!template.startsWith('/')) throw new Error("it does not start with '/'")
  const parts = template.slice(1).split(/\/(?![^{}]*\})/)
  if (parts.length > SEGMENTS_MAX) throw new Error(`it has more than ${SEGMENTS_MAX} segments`)
  return parts.map((part, i) => segment(part, i === parts.length - 1))
}

function segment(text: string, isLast: boolean): Segment {
  const pieces = text.split(/\{[^{}]*\}/)
  const names = Array.from(text.matchAll(/\{([^{}]*)\}/g), (found) => found[1]!)
  if (pieces.some((piece) => /[{}]/.test(piece))) throw new Error('its braces do not match')
  if (names.some((name) => name === '' || name === '+')) throw new Error('a parameter has no name')
  if (names.length === 0) return { kind: 'literal', text: literal(text) }
  if (names.some((name) => name.endsWith('+'))) {
    if (names.length > 1 || pieces.some(Boolean) || !isLast) {
      throw new Error(
        "'{name+}' takes the rest of the path, so it has to be its whole last segment",
      )
    }
    return { kind: 'rest' }
  }
  if (pieces.length === 2 && pieces[0] === '' && pieces[1] === '') return { kind: 'parameter' }
  if (pieces.slice(1, -1).includes('')) throw new Error('two parameters stand side by side')
  // a letter in front keeps `..` between two parameters from looking like a dot segment
  return { kind: 'mixed', pieces: pieces.map((piece) => literal(`x${piece}`).slice(1)) }
}

/** In the form in which the router sees it: a space in a template is `%20` in a request. */
function literal(text: string): string {
  const escaped = text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(/[?#]/g, encodeURIComponent)
  const canonical = canonicalPath(`/${escaped}`)
  if (canonical === undefined) throw new Error('the gateway refuses such a path from clients')
  return canonical.slice(1)
}

/** The same for all templates that match the same paths. */
export function shape(template: string): string {
  return segments(template)
    .map((one) => {
      if (one.kind === 'literal') return one.text
      if (one.kind === 'mixed') return one.pieces.join('{}')
      return one.kind === 'rest' ? '{+}' : '{}'
    })
    .join('/')
}

/** A route as the router knows it: `index` is its place in the generated list. */
export interface Indexed {
  readonly method: string
  readonly path: string
  readonly index: number
}

/** What the router walks. */
export function buildTrie(routes: readonly Indexed[]): Trie {
  const root: Growing = {}
  for (const { method, path, index } of routes) {
    let at = root
    const parts = segments(path)
    const isGreedy = parts.at(-1)?.kind === 'rest'
    for (const part of parts) if (part.kind !== 'rest') at = step(at, part)
    const ends = isGreedy ? (at.r ??= record()) : (at.e ??= record())
    ends[method] ??= index
  }
  return root
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
