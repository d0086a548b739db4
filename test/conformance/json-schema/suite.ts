import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Source } from '../../../scripts/schema/compile.ts'

/** One schema of the suite, and the values to try on it. */
export interface Case {
  /** File without `.json`, relative to the folder of its suite. */
  readonly file: string
  readonly description: string
  readonly schema: unknown
  readonly tests: readonly {
    readonly description: string
    readonly data: unknown
    readonly valid: boolean
  }[]
}

export interface Suite {
  readonly cases: readonly Case[]
  /** Other documents that schemas refer to. */
  readonly remotes: readonly Source[]
}

/** The revision of the official suite that is kept here; README.md has its origin. */
export const VENDORED = join(import.meta.dirname, 'official')

/** Our own cases, in the official suite's format: written from the specification. */
export function ownSuite(): Suite {
  return { cases: readCases(join(import.meta.dirname, 'cases')), remotes: [] }
}

/**
 * The official suite for draft 2020-12, from a checkout of
 * https://github.com/json-schema-org/JSON-Schema-Test-Suite.
 */
export function officialSuite(checkout: string): {
  required: Suite
  formats: Suite
  /** What an implementation may do as it likes, without formats; none in the revision kept here. */
  optional: Suite
} {
  const folder = join(checkout, 'tests/draft2020-12')
  if (!existsSync(folder)) throw new Error(`${folder} is not there`)
  const remotes = readRemotes(join(checkout, 'remotes'))
  return {
    required: { cases: readCases(folder, false), remotes },
    formats: { cases: readCases(join(folder, 'optional/format')), remotes },
    optional: { cases: readCases(join(folder, 'optional'), false), remotes },
  }
}

/** What reports call the tests of a suite, in the order in which they stand. */
export const namesOf = (suite: Suite): string[] =>
  suite.cases.flatMap((one) => one.tests.map((test) => testName(one, test)))

export const testName = (
  { file, description }: Case,
  test: { readonly description: string },
): string => `${file} | ${description} | ${test.description}`

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

function readCases(folder: string, isDeep = true): Case[] {
  const names = readdirSync(folder, { recursive: isDeep }) as string[]
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => {
      const cases = readJson(join(folder, name)) as Omit<Case, 'file'>[]
      return cases.map((one) => ({ ...one, file: name.replace(/\.json$/, '') }))
    })
}

/** Where the suite serves `remotes/`. */
export const REMOTES = 'http://localhost:1234/'

/** Those of other drafts are left out. */
function readRemotes(folder: string): Source[] {
  const names = readdirSync(folder, { recursive: true }) as string[]
  return names
    .filter((name) => name.endsWith('.json') && !/^draft(?!2020-12)/.test(name))
    .map((name) => {
      const path = relative(folder, join(folder, name)).replaceAll('\\', '/')
      return { uri: `${REMOTES}${path}`, value: readJson(join(folder, name)) }
    })
}
