/** `npm test` and `npm run test:long`: every check and every test, and one line that counts them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const isLong = process.argv.includes('--long')
const scratch = mkdtempSync(join(tmpdir(), 'cardea-test-'))
const report = join(scratch, 'report.json')

const checks: Readonly<Record<string, readonly string[]>> = {
  formatter: ['prettier', '--check', '--log-level', 'warn', '.'],
  linter: ['oxlint', '--quiet'],
  'types of the Worker and its tests': ['tsc', '-p', 'test/tsconfig.json'],
  'types of the scripts and their tests': ['tsc', '-p', 'scripts/tsconfig.json'],
  'generated docs': ['node', 'scripts/docs.ts', '--check'],
}

/** What workerd and the bundler say of themselves in test mode; it hides what matters. */
const NOISE =
  /^(failed to invoke drain\(\)|NOSENTRY |Sourcemap for |console warning; message = Called \.text\(\))/

let passed = 0
let failed = 0
if (!isLong) {
  for (const [name, command] of Object.entries(checks)) {
    const { code, output } = await run(command)
    if (code === 0) passed++
    else failed++
    console.log(`${code === 0 ? '✓' : '✗'} ${name}${code === 0 ? '' : `\n${output}`}`)
  }
}
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const tests = await run(
  ['vitest', 'run', '--project', 'worker', '--project', 'node', ...reporters],
  {
    isShown: true,
    // said in both cases: the long run has a test that runs `npm test`, which has to be the short one
    environment: { CARDEA_TEST_LONG: isLong ? '1' : '0' },
  },
)
const counted = read(report)
passed += counted.numPassedTests
// a file that cannot be loaded has no tests to fail; the exit code still says so
failed += counted.numFailedTests || (tests.code === 0 ? 0 : 1)
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

interface Counted {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

function read(file: string): Counted {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counted
  } catch {
    return { numPassedTests: 0, numFailedTests: 0 }
  }
}

function run(
  [program = '', ...args]: readonly string[],
  more: {
    readonly isShown?: boolean
    readonly environment?: Readonly<Record<string, string>>
  } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...more.environment },
  })
  let output = ''
  const take = (chunk: Buffer) => (output += chunk.toString())
  for (const stream of [child.stdout, child.stderr]) {
    if (more.isShown) createInterface(stream).on('line', show)
    else stream.on('data', take)
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: String(error) }))
    child.once('close', (code) => resolve({ code, output }))
  })
}

function show(line: string): void {
  if (!NOISE.test(line)) console.log(line)
}
