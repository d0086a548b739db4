import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'

/**
 * Config in, `gateway.ts` or messages out. A case is a folder with a config and an `expected.txt`; adding a
 * case is adding a folder. `UPDATE_GOLDEN=1 npx vitest run test/golden` writes what is missing or changed:
 * read the difference before you commit it.
 */
const cases = join(import.meta.dirname, 'cases')
let results: Record<string, string>

beforeAll(() => {
  const script = join(import.meta.dirname, 'compile-all.ts')
  results = JSON.parse(
    execFileSync(process.execPath, [script], { encoding: 'utf8' }),
  ) as typeof results
})

it.each(readdirSync(cases))('%s', (name) => {
  const file = join(cases, name, 'expected.txt')
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, results[name]!)
  expect(existsSync(file), `${file} is missing`).toBe(true)
  expect(results[name]).toBe(readFileSync(file, 'utf8'))
})
