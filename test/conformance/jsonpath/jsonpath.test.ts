import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Location, parseQuery } from '../../../scripts/sources/jsonpath.ts'

/** One case of the JSONPath Compliance Test Suite, `cts.schema.json` there. */
interface Case {
  readonly name: string
  readonly selector: string
  readonly document?: unknown
  readonly result?: readonly unknown[]
  /** Where the order of members is open: one of these. */
  readonly results?: readonly (readonly unknown[])[]
  readonly invalid_selector?: boolean
}

/** The suite comes with the package that we take the grammar from. */
function officialSuite(): readonly Case[] {
  const parser = fileURLToPath(import.meta.resolve('jsonpath-rfc9535/package.json'))
  const folder = join(dirname(parser), 'src/__tests__/jsonpath-compliance-test-suite')
  const { tests } = JSON.parse(readFileSync(join(folder, 'cts.json'), 'utf8')) as {
    readonly tests: readonly Case[]
  }
  return tests
}

const valueAt = (root: unknown, location: Location): unknown =>
  location.reduce((value, name) => (value as Record<string | number, unknown>)[name], root)

/** The RFC selects a node as often as it is named; an overlay does to it once what it does (jsonpath.ts). */
const SELECTED_TWICE = [
  'basic, multiple selectors, index and slice, overlapping',
  'basic, multiple selectors, duplicate index',
  'basic, multiple selectors, wildcard and index',
  'basic, multiple selectors, wildcard and name',
  'basic, multiple selectors, wildcard and slice',
  'basic, multiple selectors, multiple wildcards',
  'filter, multiple selectors, overlapping',
  'filter, multiple selectors, filter and wildcard',
  'filter, multiple selectors, comparison filter, index and slice',
]

function outcomeOf({ selector, document, result, results }: Case): string {
  try {
    const found = parseQuery(selector).locations(document)
    const values = JSON.stringify(found.map((one) => valueAt(document, one)))
    const allowed = (results ?? [result]).map((one) => JSON.stringify(one))
    return allowed.includes(values) ? 'held' : `selected ${values}`
  } catch (error) {
    return `refused: ${(error as Error).message}`
  }
}

test('every query of the official suite selects what it should, and those that are none are refused', () => {
  const cases = officialSuite()
  const failures = cases.filter((one) => {
    const outcome = outcomeOf(one)
    return one.invalid_selector ? !outcome.startsWith('refused') : outcome !== 'held'
  })
  expect(failures.map(({ name }) => name)).toEqual(SELECTED_TWICE)
  expect(cases).toHaveLength(687)
})
