import type { AST } from '@eslint-community/regexpp'

/** Code points as inclusive ranges, in no particular order. */
export type Characters = readonly (readonly [first: number, last: number])[]

const LAST = 0x10ffff
export const ANY: Characters = [[0, LAST]]

const DIGIT: Characters = [[0x30, 0x39]]
const WORD: Characters = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const SPACE: Characters = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const LINE_END: Characters = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

/** What one element of a pattern can match: exactly, or more than it can (never less). */
export function charactersOf(
  element: AST.CharacterClassElement | AST.QuantifiableElement,
): Characters {
  switch (element.type) {
    case 'Character':
      return [[element.value, element.value]]
    case 'CharacterClassRange':
      return [[element.min.value, element.max.value]]
    case 'CharacterSet':
      return ofSet(element)
    case 'CharacterClass': {
      const inside = element.elements.map((one) => charactersOf(one))
      if (!element.negate) return inside.flat()
      // The complement of a superset would be a subset
      return element.elements.some(isInexact) ? ANY : complement(inside.flat())
    }
    default:
      return ANY
  }
}

function ofSet(set: AST.CharacterSet): Characters {
  if (set.kind === 'any') return complement(LINE_END)
  if (set.kind === 'property') return ANY
  const inside = { digit: DIGIT, word: WORD, space: SPACE }[set.kind]
  return set.negate ? complement(inside) : inside
}

const isInexact = ({ type, ...rest }: AST.CharacterClassElement): boolean =>
  type === 'CharacterSet'
    ? (rest as AST.CharacterSet).kind === 'property'
    : type !== 'Character' && type !== 'CharacterClassRange'

function complement(characters: Characters): Characters {
  const gaps: [number, number][] = []
  let next = 0
  for (const [first, last] of [...characters].toSorted(([a], [b]) => a - b)) {
    if (first > next) gaps.push([next, first - 1])
    next = Math.max(next, last + 1)
  }
  if (next <= LAST) gaps.push([next, LAST])
  return gaps
}

export const overlap = (left: Characters, right: Characters): boolean =>
  left.some(([a, b]) => right.some(([c, d]) => a <= d && c <= b))
