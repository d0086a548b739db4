import { segment, type Violation } from './schema/violation.ts'

/** One reason why a request or a response is not as described. Never holds a value that somebody sent. */
export interface Finding {
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'querystring' | 'body' | 'status'
  /** Of the parameter or header; absent for a body. A name that the document does not know is cut. */
  readonly name?: string
  /** RFC 6901, into the value; '' is the whole of it. */
  readonly pointer: string
  /** The keyword of JSON Schema that refused, or one of our own: `required`, `unknown`, `json`, … */
  readonly keyword: string
  readonly detail: string
}

/** What is wrong with a text before there is a value to validate. */
export interface Fault {
  readonly keyword: string
  readonly detail: string
  readonly pointer?: string
}

export type Reading = { readonly value: unknown } | Fault

/** Of one message: a caller mends a few and comes back. */
export const FINDINGS_MAX = 20

/** Findings of a parameter. */
export function ofParameter(
  { in: location, name }: Pick<Finding, 'in' | 'name'>,
  faults: readonly (Fault | Violation)[],
): readonly Finding[] {
  return faults.map(({ keyword, detail, pointer = '' }) => ({
    in: location,
    ...(name !== undefined && { name }),
    pointer,
    keyword,
    detail,
  }))
}

export const ofBody = (faults: readonly (Fault | Violation)[]): readonly Finding[] =>
  ofParameter({ in: 'body' }, faults)

/** A name that somebody sent, short enough to be told back. */
export const shortName = (name: string): string => segment(name).slice(1)
