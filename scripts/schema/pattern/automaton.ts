import { RegExpParser, type AST } from '@eslint-community/regexpp'
import { ANY, charactersOf, type Characters } from './characters.ts'

/**
 * A pattern as positions and what may come after each (Glushkov's construction), with one entry
 * for each way to get there: a position that follows twice is an ambiguity.
 */
export interface Automaton {
  readonly characters: readonly Characters[]
  readonly follow: readonly (readonly number[])[]
  readonly start: readonly number[]
  /** Positions at which the match has succeeded, whatever comes next. */
  readonly accepting: ReadonlySet<number>
  /** Patterns inside lookarounds, which are matched on their own. */
  readonly inner: readonly Lookaround[]
}

export interface Lookaround {
  readonly automaton: Automaton
  /** Whether it is tried at more than one place of the text for each try of the pattern. */
  readonly isRepeated: boolean
}

/**
 * Above this, nested ones multiplied, a bounded repetition is taken for an unbounded one: with a
 * choice in each copy, the number of paths is a power of the number of copies.
 */
const COPIES_MAX = 16
/** `[a-f0-9]{32}` has no choice in it, and copies cost nothing but positions. */
const EXACT_COPIES_MAX = 128
const POSITIONS_MAX = 400

export class TooLarge extends Error {}

/** @throws {TooLarge} for patterns with more than 400 positions. */
export function automatonOf(source: string, isUnicode: boolean): Automaton {
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, { unicode: isUnicode })
  return new Construction().automaton(pattern.alternatives)
}

interface Fragment {
  readonly isNullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

const EMPTY: Fragment = { isNullable: true, first: [], last: [] }
const NOTHING: Fragment = { isNullable: false, first: [], last: [] }

class Construction {
  readonly #characters: Characters[] = []
  readonly #follow: number[][] = []
  readonly #inner: Lookaround[] = []
  /** Whether something other than the characters decides on the match. */
  #isConditional = false
  #hasLoop = false
  #loopDepth = 0
  /** Product of the bounded repetitions that we are inside of. */
  #copies = 1

  automaton(alternatives: readonly AST.Alternative[], isSearch = true): Automaton {
    const isAnchored = !isSearch || alternatives.every(startsAtStart)
    const whole = this.#either(alternatives)
    const start = isAnchored ? whole.first : [this.#searching(whole.first)]
    const matchesAtOnce = whole.isNullable && !this.#isConditional
    return {
      characters: this.#characters,
      follow: this.#follow,
      start: matchesAtOnce ? [] : start,
      accepting: new Set(this.#isConditional ? [] : whole.last),
      inner: this.#inner,
    }
  }

  /** A search tries every place in the text: as if the pattern began with `[^]*`. */
  #searching(first: readonly number[]): number {
    const position = this.#position(ANY)
    this.#follow[position]?.push(position, ...first)
    return position
  }

  #either(alternatives: readonly AST.Alternative[]): Fragment {
    const fragments = alternatives.map(({ elements }) =>
      elements.reduce((before, element) => this.#chain(before, this.#element(element)), EMPTY),
    )
    return {
      isNullable: fragments.some((one) => one.isNullable),
      first: fragments.flatMap((one) => one.first),
      last: fragments.flatMap((one) => one.last),
    }
  }

  #chain(left: Fragment, right: Fragment): Fragment {
    this.#connect(left.last, right.first)
    return {
      isNullable: left.isNullable && right.isNullable,
      first: left.isNullable ? [...left.first, ...right.first] : left.first,
      last: right.isNullable ? [...left.last, ...right.last] : right.last,
    }
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    for (const position of from) this.#follow[position]?.push(...to)
  }

  #element(element: AST.Element): Fragment {
    switch (element.type) {
      case 'Group':
      case 'CapturingGroup':
        return this.#either(element.alternatives)
      case 'Quantifier':
        return this.#repeat(element)
      case 'Assertion':
        return this.#assertion(element)
      case 'Backreference':
        // Whatever the group held: any text is more than that
        this.#isConditional = true
        return this.#loop(() => this.#single(ANY), 0)
      default:
        return this.#single(charactersOf(element))
    }
  }

  #single(characters: Characters): Fragment {
    const position = this.#position(characters)
    return { isNullable: false, first: [position], last: [position] }
  }

  #position(characters: Characters): number {
    if (this.#characters.length >= POSITIONS_MAX) throw new TooLarge('too many positions')
    this.#follow.push([])
    return this.#characters.push(characters) - 1
  }

  #repeat({ min, max, element }: AST.Quantifier): Fragment {
    if (max === 0) return EMPTY
    const once = (): Fragment => this.#element(element)
    const offersChoice = min !== max || hasChoice(element)
    const factor = this.#copies * max
    if (offersChoice ? factor > COPIES_MAX : max > EXACT_COPIES_MAX) return this.#loop(once, min)
    const outer = this.#copies
    if (offersChoice) this.#copies = factor
    let tail = NOTHING
    for (let copy = max; copy > 0; copy -= 1) {
      const whole = copy === max ? once() : this.#chain(once(), tail)
      tail = copy > min ? { ...whole, isNullable: true } : whole
    }
    this.#copies = outer
    return tail
  }

  #loop(once: () => Fragment, min: number): Fragment {
    this.#hasLoop = true
    this.#loopDepth += 1
    const body = once()
    this.#loopDepth -= 1
    this.#connect(body.last, body.first)
    return { ...body, isNullable: body.isNullable || min === 0 }
  }

  #assertion(assertion: AST.Assertion): Fragment {
    if (assertion.kind === 'start' && this.#characters.length === 0) return EMPTY
    this.#isConditional = true
    if (assertion.kind === 'lookahead' || assertion.kind === 'lookbehind') {
      const automaton = new Construction().automaton(assertion.alternatives, false)
      this.#inner.push({ automaton, isRepeated: this.#hasLoop || this.#loopDepth > 0 })
    }
    return EMPTY
  }
}

/** Whether the text does not decide how often something inside is repeated. */
function hasChoice(element: AST.Element): boolean {
  if (element.type === 'Quantifier')
    return element.min !== element.max || hasChoice(element.element)
  if (element.type !== 'Group' && element.type !== 'CapturingGroup') return false
  return element.alternatives.some(({ elements }) => elements.some(hasChoice))
}

function startsAtStart({ elements: [first] }: AST.Alternative): boolean {
  if (first?.type === 'Group' || first?.type === 'CapturingGroup') {
    return first.alternatives.every(startsAtStart)
  }
  return first?.type === 'Assertion' && first.kind === 'start'
}
