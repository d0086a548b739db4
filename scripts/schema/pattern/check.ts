import type { Pattern } from '../ir.ts'
import type { Faults } from '../messages.ts'
import { costOf, type Cost } from './cost.ts'

/**
 * What a match may cost at most, in steps of the matcher: about a tenth of a second. A pattern of
 * degree 2 needs a maxLength of 10,000 or less, one of degree 3 of 464.
 */
const STEPS_MAX = 1e8

/** The same few patterns come back in every schema of a document. */
const costs = new Map<string, Cost>()
const COSTS_MAX = 10_000

/**
 * Reports a pattern with which a caller can keep the gateway busy (catastrophic backtracking).
 * @param maxLength of the same schema object: the check applies it before the pattern.
 */
export function checkPattern(
  { source, flags }: Pattern,
  maxLength: number | undefined,
  at: string,
  faults: Faults,
): void {
  const cost = cachedCost(source, flags === 'u')
  if (cost.kind === 'exponential') {
    faults.error(
      'pattern-exponential',
      at,
      'This pattern can take exponential time: there are two ways to repeat over the same text.',
      'A request with some thirty characters would stop the gateway for minutes.',
      'Write the repetition so that each text can be matched in one way: (a+)+ is a+.',
    )
    return
  }
  const degree = cost.kind === 'polynomial' ? cost.degree : 4
  const lengthMax = Math.floor(STEPS_MAX ** (1 / degree))
  if (degree < 2 || (maxLength ?? Infinity) <= lengthMax) return
  faults.error(
    'pattern-polynomial',
    at,
    cost.kind === 'unknown'
      ? 'This pattern is too large to tell how long a match may take.'
      : `A match of this pattern can take time that grows with the length to the power of ${degree}.`,
    'A long text in a request would keep the gateway busy.',
    `Add "maxLength": ${lengthMax} or less beside it, or anchor the pattern with ^.`,
  )
}

function cachedCost(source: string, isUnicode: boolean): Cost {
  const key = `${isUnicode ? 'u' : ''}/${source}`
  const known = costs.get(key)
  if (known !== undefined) return known
  if (costs.size >= COSTS_MAX) costs.clear()
  const cost = costOf(source, isUnicode)
  costs.set(key, cost)
  return cost
}
