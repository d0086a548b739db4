import { compileSchemas } from '../../../scripts/schema/compile.ts'
import { startIsolate } from '../../harness/isolate.ts'
import { REMOTES, testName, type Case, type Suite } from './suite.ts'

export interface Outcome {
  readonly required: number
  /** Name of the test → what happened instead. */
  readonly failures: ReadonlyMap<string, string>
}

const RUNTIME = `${import.meta.dirname}/../../../src/openapi/schema/runtime.ts`

/**
 * Compiles every schema of a suite and tries its values in workerd, each with the boolean pass and
 * the one that collects.
 * @param formats whether `format` is asserted: the required part of the suite wants it silent.
 */
export async function runSuite(suite: Suite, formats: boolean): Promise<Outcome> {
  const files: Record<string, string> = {}
  const failures = new Map<string, string>()
  const imports: string[] = []
  const runs: { test: string; check: string; data: unknown; valid: boolean }[] = []
  for (const [index, one] of suite.cases.entries()) {
    const compiled = await compileCase(one, suite, index, formats)
    for (const test of one.tests) {
      const name = testName(one, test)
      if (typeof compiled === 'string') failures.set(name, compiled)
      else runs.push({ test: name, check: `c${index}`, data: test.data, valid: test.valid })
    }
    if (typeof compiled === 'string') continue
    files[`case${index}.mjs`] = compiled.module
    imports.push(`import { validate_schema as c${index} } from './case${index}.mjs'`)
  }
  const checks = imports.map((line) => /as (c\d+)/.exec(line)?.[1]).join(', ')
  // Parsed, not written as literals: those would lose __proto__
  files['runs.mjs'] = `export default JSON.parse(${JSON.stringify(JSON.stringify(runs))})`
  files['main.mjs'] = [...imports, `const checks = { ${checks} }`, WORKER].join('\n')
  const isolate = await startIsolate(files)
  try {
    const verdicts = (await (await fetch(isolate.url)).json()) as Record<string, string>
    for (const [name, verdict] of Object.entries(verdicts)) failures.set(name, verdict)
  } finally {
    await isolate.stop()
  }
  const required = suite.cases.reduce((sum, { tests }) => sum + tests.length, 0)
  return { required, failures }
}

async function compileCase(
  { schema }: Case,
  { remotes }: Suite,
  index: number,
  formats: boolean,
): Promise<{ module: string } | string> {
  const uri = `https://suite.test/${index}`
  // Most schemas name none, and reading all of them again each time would take half of the run
  const named = JSON.stringify(schema).includes(REMOTES) ? remotes : []
  const compiled = await compileSchemas(
    {
      sources: [{ uri, value: schema }, ...named],
      roots: [{ id: 'schema', uri, dialect: '2020-12' }],
    },
    { runtime: RUNTIME, formats },
  )
  if (compiled.exports.size === 1) return compiled
  return `not compiled: ${compiled.messages.map(({ what }) => what).join(' ')}`
}

const WORKER = `
import runs from './runs.mjs'
export default {
  fetch() {
    const failures = {}
    for (const { test, check, data, valid } of runs) {
      try {
        const found = checks[check](data)
        if ((found === null) !== valid) failures[test] = valid ? 'refused' : 'accepted'
        else if (found?.some((one) => one.keyword === 'schema')) failures[test] = 'unexplained'
      } catch (error) {
        failures[test] = 'threw ' + error
      }
    }
    return Response.json(failures)
  },
}`
