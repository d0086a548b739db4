import type { Check } from './validator.ts'
import { fail, Findings, segment, type Finding } from './violation.ts'

/** Enough to tell alternatives apart; what is reported is bounded by the caller's own limit. */
const SAMPLE_MAX = 8

/** How an OpenAPI discriminator names alternatives. It helps to explain, and never decides. */
export interface Discriminator {
  readonly property: string
  /** Value of the property → index of the alternative. */
  readonly branches: ReadonlyMap<string, number>
  /** Of the alternative for every other value, and for none (`defaultMapping` of OpenAPI 3.2). */
  readonly other?: number
}

/**
 * Explains why a value matches none of its alternatives: by the alternative that the discriminator
 * names, else by the one that came closest.
 * @returns true when the caller has to stop, as `fail` does.
 */
export function explainNone(
  keyword: 'anyOf' | 'oneOf',
  checks: readonly Check[],
  value: unknown,
  pointer: string,
  findings: Findings | null,
  discriminator?: Discriminator,
): boolean {
  if (findings === null) return true
  const named = discriminator && namedBranch(discriminator, value, pointer, findings)
  if (named === 'refused') return isFull(findings)
  const check = named === undefined ? undefined : checks[named]
  if (check !== undefined) {
    const before = findings.list.length
    check(value, pointer, findings)
    if (findings.list.length > before) return isFull(findings)
  }
  return explainClosest(keyword, checks, value, pointer, findings)
}

const isFull = (findings: Findings): boolean => findings.list.length >= findings.max

/** The alternative's index, 'refused' when the property is missing or unknown, else undefined. */
function namedBranch(
  { property, branches, other }: Discriminator,
  value: unknown,
  pointer: string,
  findings: Findings,
): number | 'refused' | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (!Object.hasOwn(value, property)) {
    if (other !== undefined) return other
    fail(findings, pointer, 'required', property)
    return 'refused'
  }
  const name = (value as Record<string, unknown>)[property]
  const branch = typeof name === 'string' ? branches.get(name) : undefined
  if (branch !== undefined || other !== undefined) return branch ?? other
  fail(findings, pointer + segment(property), 'discriminator', [...branches.keys()])
  return 'refused'
}

function explainClosest(
  keyword: 'anyOf' | 'oneOf',
  checks: readonly Check[],
  value: unknown,
  pointer: string,
  findings: Findings,
): boolean {
  const samples = checks.map((check) => {
    const sample = new Findings(SAMPLE_MAX)
    check(value, pointer, sample)
    return sample.list
  })
  const types = commonTypes(samples, pointer)
  if (types !== 0) return fail(findings, pointer, 'type', types)
  if (fail(findings, pointer, keyword, 0)) return true
  const closest = samples.reduce<readonly Finding[] | undefined>(
    (best, sample) =>
      best === undefined || distance(sample, pointer) < distance(best, pointer) ? sample : best,
    undefined,
  )
  return (closest ?? []).some((one) => fail(findings, one.pointer, one.keyword, one.argument))
}

/** When every alternative refuses the type alone: the bits of all of them, else 0. */
function commonTypes(samples: readonly (readonly Finding[])[], pointer: string): number {
  let bits = 0
  for (const [first, ...others] of samples) {
    const isType = first?.keyword === 'type' && first.pointer === pointer && others.length === 0
    if (!isType) return 0
    bits |= first.argument as number
  }
  return bits
}

/** How far a value is from an alternative: a wrong type is far, a wrong tag says "not this one". */
function distance(findings: readonly Finding[], pointer: string): number {
  return findings.reduce((sum, { pointer: at, keyword }) => {
    if (at === pointer) return sum + (keyword === 'type' ? 1000 : 10)
    const isTag = keyword === 'const' || keyword === 'enum'
    return sum + (isTag && !at.includes('/', pointer.length + 1) ? 100 : 1)
  }, 0)
}
