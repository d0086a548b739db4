import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { cloned, runIn } from '../harness/clone.ts'

const limit = { timeout: 1_200_000 }

it(
  'every check and test passes after everything in config/ has been replaced, even by what is broken',
  limit,
  async () => {
    const { folder, remove } = cloned()
    try {
      rmSync(join(folder, 'config'), { recursive: true })
      mkdirSync(join(folder, 'config'))
      writeFileSync(join(folder, 'config/broken.oas.json'), '{ "openapi": "3.1.2", ')
      runIn(folder, 'git', 'init', '-q')
      runIn(folder, 'git', 'add', '-A')
      const lines = (await testsOf(folder)).trim().split('\n')
      const failures = lines.filter((line) => /^ *(?:✗|×|FAIL)|Error: /.test(line))
      expect(lines.at(-1), failures.join('\n')).toMatch(/^\d{4,} passed, 0 failed$/)
    } finally {
      remove()
    }
  },
)

/** Some minutes, in which this process has to go on answering Vitest. */
async function testsOf(folder: string): Promise<string> {
  const bin = join(folder, 'node_modules/.bin')
  const ran = promisify(execFile)('node', ['test/run.ts'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, NO_COLOR: '1' },
  })
  return ran.then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  )
}
