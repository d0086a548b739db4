import { type AST, RegExpParser } from '@eslint-community/regexpp'

interface Lengths {
  readonly min: number
  readonly max: number
}

/**
 * Text that a regular expression (ECMA-262, as JSON Schema wants) matches, as good as it goes: the first
 * alternative, the smallest number of repetitions with which the length fits.
 *
 * @returns undefined when the expression is broken, or looks around in a way that could not be satisfied
 */
export function samplePattern(pattern: string, { min, max }: Lengths): string | undefined {
  const tree = parsed(pattern)
  if (tree === undefined) return undefined
  let nearest: string | undefined
  for (const repeat of [1, 0, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128]) {
    const text = new Writer(repeat).alternative(tree)
    if (text === undefined) break
    const wanted = text.length < min && isOpenEnded(pattern) ? text.padEnd(min, 'a') : text
    if (wanted.length <= max && wanted.length >= min && isMatch(tree, wanted)) return wanted
    nearest ??= isMatch(tree, text) ? text : undefined
  }
  const fits = ({ length }: string) => length >= min && length <= max
  return looksAround(tree)
    ? (GUESSES.find((guess) => fits(guess) && isMatch(tree, guess)) ?? nearest)
    : nearest
}

/** What lookaheads are mostly written for: rules for passwords. */
const GUESSES = ['a1', 'Abc1', 'Abcd12', 'Abcdef1!', 'Abcdefgh1234!@', 'Abcdefghijkl123456!@#$']

function parsed(pattern: string): AST.Pattern | undefined {
  for (const unicode of [true, false]) {
    try {
      return new RegExpParser().parsePattern(pattern, undefined, undefined, { unicode })
    } catch {
      // some patterns are legal only without `u`
    }
  }
  return undefined
}

/** Without `$` anything may follow. */
const isOpenEnded = (pattern: string): boolean => !pattern.includes('$')

/**
 * What was written from the tree matches by construction, unless the expression looks around. That is only
 * tried where backtracking stays small: no repetition within a repetition, and a short text.
 */
function isMatch(tree: AST.Pattern, text: string): boolean {
  if (!looksAround(tree)) return true
  return matches(tree.raw, text)
}

/** Whether it is sure that a pattern matches; false where to find out could take long. */
export function matches(pattern: string, text: string): boolean {
  const isNested = /[+*}]\)[+*{]/.test(pattern)
  if (text.length > (isNested ? 16 : 64)) return false
  try {
    return new RegExp(pattern).test(text)
  } catch {
    return false
  }
}

const looksAround = ({ raw }: AST.Pattern): boolean =>
  /\(\?<?[=!]|\\[bB]|[^\\[^]\^|\$[^)|]/.test(raw)

/** Longer than any value that an example wants. */
const LENGTH_MAX = 4_096

class Writer {
  readonly #repeat: number
  readonly #groups = new Map<AST.CapturingGroup, string>()
  #length = 0

  /** @param repeat how often to repeat what has no upper limit, within its limits */
  constructor(repeat: number) {
    this.#repeat = repeat
  }

  alternative(node: { readonly alternatives: readonly AST.Alternative[] }): string | undefined {
    let text = ''
    for (const element of node.alternatives[0]?.elements ?? []) {
      const part = this.#element(element)
      if (part === undefined || this.#length > LENGTH_MAX) return undefined
      text += part
    }
    return text
  }

  #element(node: AST.Element): string | undefined {
    switch (node.type) {
      case 'Character':
        return this.#counted(String.fromCodePoint(node.value))
      case 'CharacterSet':
      case 'CharacterClass':
        return this.#counted(member(node))
      case 'Group':
        return this.alternative(node)
      case 'CapturingGroup': {
        const text = this.alternative(node)
        if (text !== undefined) this.#groups.set(node, text)
        return text
      }
      case 'Quantifier':
        return this.#repeated(node)
      case 'Backreference':
        return this.#counted([node.resolved].flat().map((one) => this.#groups.get(one) ?? '')[0])
      case 'Assertion':
        return ''
      default:
        return undefined
    }
  }

  #repeated({ element, min, max }: AST.Quantifier): string | undefined {
    const times = Math.min(Math.max(min, this.#repeat), max)
    let text = ''
    for (let i = 0; i < times; i++) {
      const part = this.#element(element)
      if (part === undefined || this.#length > LENGTH_MAX) return undefined
      if (part === '') break
      text += part
    }
    return text
  }

  #counted(text: string | undefined): string | undefined {
    this.#length += text?.length ?? 0
    return text
  }
}

/** Plain characters first; then whatever a class that leaves those out is likely to hold. */
const CANDIDATES = [...'a0A1b_- .,:;/@#+*=()[]{}"\'<>?!%&$^|~`\\\té日\n']

function member(node: AST.CharacterSet | AST.CharacterClass): string | undefined {
  if (node.type === 'CharacterClass' && !node.negate) {
    // as a person would write an example: the class's own first character
    const [first] = node.elements
    if (first?.type === 'Character') return String.fromCodePoint(first.value)
    if (first?.type === 'CharacterClassRange') return String.fromCodePoint(first.min.value)
  }
  for (const flags of ['u', '']) {
    try {
      const one = new RegExp(`^(?:${node.raw})$`, flags)
      return CANDIDATES.find((character) => one.test(character))
    } catch {
      // as above
    }
  }
  return undefined
}
