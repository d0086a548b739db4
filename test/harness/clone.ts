import { execFileSync } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repository } from './gateway.ts'

/** A copy of the repository as a clone would have it, sharing `node_modules`. */
export function cloned(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-clone-'))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  })
  for (const file of files.split('\n').filter((one) => one !== '')) {
    const [from, to] = [join(repository, file), join(folder, file)]
    const found = lstatSync(from, { throwIfNoEntry: false })
    if (found === undefined) continue
    mkdirSync(dirname(to), { recursive: true })
    // a link as it stands, also one that leads nowhere
    if (found.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else cpSync(from, to)
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs a program in a folder with the Node of `node_modules` first on PATH, as npm scripts do. */
export function runIn(folder: string, program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${join(repository, 'node_modules/.bin')}:${process.env['PATH']}`,
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
    },
  })
}
