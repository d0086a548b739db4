import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp'

const NEVER = /(?!)/u
const foreign = new WeakMap<RegExp, string>()

/**
 * A pattern as JSON Schema wants it (2020-12 core §6.4): with `u`. One that is not legal so is written anew where
 * that changes nothing but the spelling, as in `[\w\-\:]`, and else compiled without. Never throws: an illegal
 * pattern becomes one that matches nothing, and the caller reports it.
 */
export function compilePattern(source: string): RegExp {
  const strict = compiled(source, 'u')
  if (strict !== undefined) return strict
  const loose = compiled(source, '')
  if (loose === undefined) return NEVER
  const { text, letter, nested } = spelled(source)
  const unicode = nested === undefined ? compiled(text, 'u') : undefined
  const part = nested ?? (unicode === undefined ? letter : undefined)
  if (part === undefined) return unicode ?? loose
  const pattern = /(?!)/u
  foreign.set(pattern, part)
  return pattern
}

export const isIllegal = (pattern: RegExp): boolean => pattern === NEVER

/**
 * What of a pattern other dialects understand, and JavaScript takes letter for letter: `\A`, `[[:alpha:]]`,
 * `{,3}`. Without Unicode mode nothing says so (ECMA-262 annex B.1.2), and the pattern matches another text.
 */
export const foreignPart = (pattern: RegExp): string | undefined => foreign.get(pattern)

function compiled(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

interface Spelled {
  /** The pattern as Unicode mode wants it written, where that can be done. */
  readonly text: string
  /** An escaped letter that is only the letter. */
  readonly letter: string | undefined
  /** A class in a class, or a repetition without its lower bound. */
  readonly nested: string | undefined
}

function spelled(source: string): Spelled {
  let letter: string | undefined
  let nested: string | undefined
  const pieces: { readonly start: number; readonly end: number; readonly text: string }[] = []
  // up to here braces belong to an escape that only Unicode mode knows
  let namedUntil = 0
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, { unicode: false })
  visitRegExpAST(pattern, {
    onCharacterEnter({ raw, start, end, value, parent }) {
      const isInClass = parent.type === 'CharacterClass' || parent.type === 'CharacterClassRange'
      const second = raw.slice(1)
      if (raw.startsWith('\\') && second.length === 1 && second.charCodeAt(0) === value) {
        if (/[a-z]/i.test(second)) {
          letter ??= raw
          namedUntil = end + (/^\{[\w=]+\}/.exec(source.slice(end))?.[0].length ?? 0)
        } else if (!isNeeded(second, isInClass)) pieces.push({ start, end, text: second })
      } else if (isLone(raw, parent.type) && start >= namedUntil) {
        pieces.push({ start, end, text: `\\${raw}` })
        nested ??= /^\{,\d+\}/.exec(source.slice(start))?.[0]
      }
    },
    onCharacterClassEnter(set) {
      if (isNested(set, source)) nested ??= set.raw
    },
  })
  return { text: replaced(source, pieces), letter, nested }
}

function replaced(
  source: string,
  pieces: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): string {
  let text = ''
  let at = 0
  for (const piece of pieces) {
    text += source.slice(at, piece.start) + piece.text
    at = piece.end
  }
  return text + source.slice(at)
}

/** Whether Unicode mode takes this character for syntax, and the older one for itself. */
const isLone = (raw: string, parent: AST.Character['parent']['type']): boolean =>
  parent === 'CharacterClass'
    ? raw === '-'
    : parent !== 'CharacterClassRange' && /^[\]{}]$/.test(raw)

/** ECMA-262 §22.2.1 IdentityEscape with `u`; half of a surrogate pair is left as it is. */
const isNeeded = (letter: string, isInClass: boolean): boolean =>
  /[\^$\\.*+?()[\]{}|/\ud800-\udfff]/.test(letter) || (isInClass && letter === '-')

/** A class with a bracket in it, where a class ends and another bracket follows: one class in another. */
const isNested = ({ elements, end }: AST.CharacterClass, source: string): boolean =>
  elements.length > 1 &&
  elements.some(({ raw }) => raw.startsWith('[')) &&
  /^(?:&&|--)?\[|^\]/.test(source.slice(end))
