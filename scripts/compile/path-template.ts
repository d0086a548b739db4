import { canonicalPath } from '../../src/core/path.ts'

/** A path template, read once for all who ask: what is wrong with it, its parameters, what the router matches. */
export interface PathTemplate {
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** Between the slashes, in the form in which the router sees them. */
  readonly segments: readonly Segment[]
}

export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter' }
  | { readonly kind: 'rest' }
  /** The text around each parameter: `{a}-{b}.json` → `['', '-', '.json']`. */
  | { readonly kind: 'mixed'; readonly pieces: readonly string[] }

/**
 * Reads `/a/{id}`, several parameters in one segment (`/{base}...{head}`), and our own `{rest+}`, which takes the
 * rest of the path with its slashes.
 *
 * @throws Error when no request could ever match it, with the reason as what follows “The path '/a'”
 */
export function readTemplate(template: string): PathTemplate {
  if (!template.startsWith('/')) throw new Error("does not begin with '/'")
  const parameters = parametersOf(template)
  const parts = template.slice(1).split('/')
  if (parts.length > SEGMENTS_MAX) throw new Error(`has more than ${SEGMENTS_MAX} segments`)
  return { parameters, segments: parts.map(segment) }
}

/** The same text for all templates that match the same paths. @throws Error as `readTemplate` */
export function shape(template: string): string {
  return readTemplate(template)
    .segments.map((one) => {
      if (one.kind === 'literal') return one.text
      if (one.kind === 'mixed') return one.pieces.join('{}')
      return one.kind === 'rest' ? '{+}' : '{}'
    })
    .join('/')
}

/** More segments could make a match expensive: the router may try three ways at each. */
const SEGMENTS_MAX = 32

/** Once its braces are read, no slash is inside a pair of them. */
function parametersOf(template: string): readonly string[] {
  const names: string[] = []
  for (let at = 0; at < template.length; at++) {
    if (template[at] === '}') throw new Error(`has a '}' without its '{'`)
    if (template[at] !== '{') continue
    const end = template.indexOf('}', at)
    if (end === -1) throw new Error(`has a '{' without its '}'`)
    const raw = template.slice(at + 1, end)
    if (/[{/]/.test(raw)) throw new Error(`has a '{' or '/' inside '{…}'`)
    const name = raw.replace(/\+$/, '')
    if (name === '') throw new Error('has a parameter without a name')
    if (names.includes(name)) throw new Error(`has the parameter '${name}' twice`)
    if (raw.endsWith('+') && !(end === template.length - 1 && template[at - 1] === '/')) {
      throw new Error(
        `has '{${raw}}', which takes the rest of the path and so has to be its whole last segment`,
      )
    }
    names.push(name)
    at = end
  }
  return names
}

function segment(text: string): Segment {
  const pieces = text.split(/\{[^{}]*\}/)
  if (pieces.length === 1) return { kind: 'literal', text: literal(text) }
  if (text.endsWith('+}')) return { kind: 'rest' }
  if (pieces.length === 2 && pieces[0] === '' && pieces[1] === '') return { kind: 'parameter' }
  if (pieces.slice(1, -1).includes('')) throw new Error('has two parameters side by side')
  // a letter in front keeps `..` between two parameters from looking like a dot segment
  return { kind: 'mixed', pieces: pieces.map((piece) => literal(`x${piece}`).slice(1)) }
}

/** In the form in which the router sees it: a space in a template is `%20` in a request. */
function literal(text: string): string {
  const escaped = text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(/[?#]/g, encodeURIComponent)
  const canonical = canonicalPath(`/${escaped}`)
  if (canonical === undefined) throw new Error('is one that the gateway refuses from clients')
  return canonical.slice(1)
}
