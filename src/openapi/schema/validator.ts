import { fail, Findings, toViolation, type Validate, type Violation } from './violation.ts'
import { depthWithin } from './depth.ts'
import { LEVELS_MAX, OutOfWork, refillWork } from './work.ts'

/**
 * What the compiler generates for each schema. With `findings` null it says whether `value`
 * matches; otherwise it reports what does not, and false means that `findings` is full.
 * `pointer` is of use only with findings.
 */
export type Check = (value: unknown, pointer: string, findings: Findings | null) => boolean

/** The schemas `true` and `false`. */
export const always: Check = () => true
export const never: Check = (_value, pointer, findings) => !fail(findings, pointer, 'false')

const FINDINGS_MAX = 20

/**
 * Makes a generated check into what policies call. The first pass only decides; a second one
 * collects, and runs only when the value is invalid.
 * @param recursive whether the schema refers to itself or compares whole subtrees, so that the
 *   caller's nesting, not the schema's, decides how deep the check goes.
 */
export function validator(check: Check, recursive: boolean): Validate {
  return (value, limit = FINDINGS_MAX, goesOn = false) => {
    if (recursive && !depthWithin(value, LEVELS_MAX)) return refused('depth', LEVELS_MAX)
    try {
      if (!goesOn) refillWork()
      if (check(value, '', null)) return null
      const findings = new Findings(Math.max(1, limit))
      if (!goesOn) refillWork()
      check(value, '', findings)
      return findings.list.length === 0 ? refused('schema') : findings.list.map(toViolation)
    } catch (error) {
      // A stack that overflows all the same must refuse, not crash: RangeError is V8's word for it.
      if (error instanceof OutOfWork) return refused('work')
      if (error instanceof RangeError) return refused('depth', LEVELS_MAX)
      throw error
    }
  }
}

const refused = (keyword: string, argument?: unknown): readonly Violation[] => [
  toViolation({ pointer: '', keyword, argument }),
]
