import { type Exchange, type Slot, slot } from '../core/exchange.ts'
import { type Finding, FINDINGS_MAX } from './finding.ts'

/** What a validating policy found on one exchange. Read it in a `finish` hook, for metrics. */
export interface Report {
  /** `operationId`, or method and path. */
  readonly operation: string
  /** Configured name of the policy. */
  readonly policy: string
  readonly subject: 'request' | 'response'
  /** Whether the exchange was refused for it. */
  readonly isRejected: boolean
  /** At most 20. */
  readonly places: readonly Place[]
}

/** Where something was wrong, in words that are good labels: there are as many as the document has places. */
export interface Place {
  readonly in: Finding['in']
  readonly name?: string
  /** The pointer with `*` for every index, and for a name that the caller made up. */
  readonly pointer: string
  readonly keyword: string
}

/** `violations`: every report of an exchange, in the order of the policies. */
export const violations: Slot<readonly Report[]> = slot('violations')

export type Mode = 'reject' | 'report' | 'off'

/** What was found, parted by what is to be done about it. */
export class Outcome {
  readonly rejected: Finding[] = []
  readonly reported: Finding[] = []

  add(mode: Mode, findings: readonly Finding[]): void {
    if (mode === 'off' || findings.length === 0) return
    const list = mode === 'reject' ? this.rejected : this.reported
    for (const finding of findings) if (list.length < FINDINGS_MAX) list.push(finding)
  }
}

/** Keeps count of what one step has reported, for the life of the isolate. */
export class Reporter {
  readonly #operation: string
  readonly #subject: Report['subject']
  readonly #times = new Map<string, number>()

  constructor(operation: string, subject: Report['subject']) {
    this.#operation = operation
    this.#subject = subject
  }

  /** Leaves findings in the slot; what was only reported, and any answer, is logged, too. */
  tell(exchange: Exchange, { rejected, reported }: Outcome): void {
    this.#leave(exchange, rejected, true)
    this.#leave(exchange, reported, false)
    const logged = this.#subject === 'response' ? [...rejected, ...reported] : reported
    if (logged.length === 0) return
    exchange.log.warn(`${this.#subject}-invalid`, {
      operation: this.#operation,
      errors: logged.map((finding) => {
        const place = placeOf(finding)
        return { ...place, times: this.#count(JSON.stringify(place)) }
      }),
    })
  }

  #leave(exchange: Exchange, findings: readonly Finding[], isRejected: boolean): void {
    if (findings.length === 0) return
    const report: Report = {
      operation: this.#operation,
      policy: exchange.step ?? '',
      subject: this.#subject,
      isRejected,
      places: findings.map(placeOf),
    }
    exchange.set(violations, [...(exchange.get(violations) ?? []), report])
  }

  #count(key: string): number {
    const times = (this.#times.get(key) ?? 0) + 1
    if (times > 1 || this.#times.size < PLACES_MAX) this.#times.set(key, times)
    return times
  }
}

/** Names that callers make up must not fill the memory. */
const PLACES_MAX = 1000

function placeOf({ in: location, name, pointer, keyword }: Finding): Place {
  const isStranger = keyword === 'unknown'
  const general = pointer.replace(/\/\d+(?=\/|$)/g, '/*')
  return {
    in: location,
    ...(name !== undefined && { name: isStranger ? '*' : name }),
    pointer: MADE_UP.has(keyword) ? general.replace(/\/[^/]*$/, '/*') : general,
    keyword,
  }
}

const MADE_UP = new Set(['additionalProperties', 'unevaluatedProperties', 'propertyNames'])
