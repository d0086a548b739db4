import { RegExpParser, type AST } from '@eslint-community/regexpp'
import { charactersOf, overlap, type Characters } from './characters.ts'

/**
 * A function that does what a simple pattern does, in a third of the time: what most patterns are,
 * such as `^[A-Z]{2}-\d+$`, is one character class after the other, and entering V8's regular
 * expressions costs more than running these.
 * @returns the source of `(s) => boolean`, undefined for everything that is not as simple.
 */
export function scannerOf(source: string, isUnicode: boolean): string | undefined {
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, { unicode: isUnicode })
  const [alternative, ...others] = pattern.alternatives
  if (alternative === undefined || others.length > 0) return undefined
  const [start, ...middle] = alternative.elements
  const end = middle.pop()
  if (!isAssertion(start, 'start') || !isAssertion(end, 'end')) return undefined
  const runs = middle.map(runOf)
  if (runs.length === 0 || runs.length > RUNS_MAX) return undefined
  const known = runs.filter((run) => run !== undefined)
  if (known.length < runs.length || !isDecided(known)) return undefined
  return `(s) => { let i = 0, c = 0, n = 0; ${known.map(emitRun).join('')}return i === s.length }`
}

const RUNS_MAX = 12

/** A character class and how often it is repeated. */
interface Run {
  readonly characters: Characters
  readonly min: number
  readonly max: number
}

const isAssertion = (element: AST.Element | undefined, kind: string): boolean =>
  element?.type === 'Assertion' && element.kind === kind

function runOf(element: AST.Element): Run | undefined {
  if (element.type !== 'Quantifier') return unitOf(element, 1, 1)
  return unitOf(element.element, element.min, element.max)
}

/** Only what is one UTF-16 unit, with and without the `u` flag. */
function unitOf(element: AST.Element, min: number, max: number): Run | undefined {
  if (!isExact(element)) return undefined
  const characters = charactersOf(element)
  const isUnit = characters.length > 0 && characters.every(([, last]) => last < 0xd800)
  return isUnit ? { characters, min, max } : undefined
}

function isExact(element: AST.Element): element is AST.Character | AST.CharacterClass {
  if (element.type === 'Character') return true
  if (element.type === 'CharacterSet') return isPlainSet(element)
  if (element.type !== 'CharacterClass' || element.negate) return false
  return element.elements.every(
    (one) =>
      one.type === 'Character' ||
      one.type === 'CharacterClassRange' ||
      (one.type === 'CharacterSet' && isPlainSet(one)),
  )
}

const isPlainSet = (set: AST.CharacterSet): boolean =>
  (set.kind === 'digit' || set.kind === 'word') && !set.negate

/** Whether a run may take all it can get: nothing after it could want the same character. */
function isDecided(runs: readonly Run[]): boolean {
  return runs.every(({ characters, min, max }, index) => {
    if (min === max) return true
    for (const next of runs.slice(index + 1)) {
      if (overlap(characters, next.characters)) return false
      if (next.min > 0) return true
    }
    return true
  })
}

function emitRun({ characters, min, max }: Run): string {
  const test = characters
    .map(([first, last]) => (first === last ? `c === ${first}` : `(c >= ${first} && c <= ${last})`))
    .join(' || ')
  if (min === 1 && max === 1) return `c = s.charCodeAt(i++); if (!(${test})) return false; `
  const limit = max === Number.POSITIVE_INFINITY ? '' : `n < ${max} && `
  // Past the end charCodeAt gives NaN, which is in no class
  const loop = `for (n = 0; ${limit}(c = s.charCodeAt(i), ${test}); n++) i++; `
  return min === 0 ? loop : `${loop}if (n < ${min}) return false; `
}
