import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../compile/plugins.ts'
import { UserError } from '../local/user-error.ts'

export interface Commit {
  /** All 40 (or 64) hexadecimal digits. */
  readonly hash: string
  readonly subject: string
}

export interface Head extends Commit {
  /** Files that the gateway is made of and that differ from the commit. */
  readonly changed: readonly string[]
}

/** What the repository stands at; undefined without Git or without a commit. */
export function head(): Head | undefined {
  const commit = commitOf('HEAD')
  return commit && { ...commit, changed: changedFiles() }
}

/** @returns undefined for what this clone does not have */
export function commitOf(reference: string): Commit | undefined {
  if (reference.startsWith('-')) return undefined
  const text = git('log', '-1', '--format=%H%n%s', '--end-of-options', reference, '--')
  const [hash, subject] = text?.split('\n') ?? []
  return hash ? { hash, subject: subject ?? '' } : undefined
}

/** The commit that a branch grew from; undefined when the two have none in common, or one is not here. */
export function forkPoint(reference: string): Commit | undefined {
  const base = commitOf(reference)
  const hash = base && git('merge-base', base.hash, 'HEAD')?.trim()
  return hash ? commitOf(hash) : undefined
}

/** The branch that is checked out; a CI job, which checks out a commit, says it in a variable. */
export function currentBranch(): string | undefined {
  const { env } = process
  return (
    git('symbolic-ref', '--quiet', '--short', 'HEAD')?.trim() ||
    env['GITHUB_HEAD_REF'] ||
    env['CI_COMMIT_BRANCH'] ||
    env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME'] ||
    env['WORKERS_CI_BRANCH'] ||
    undefined
  )
}

/** The branch that others grow from: what the remote calls its own, or `main`. */
export function mainBranch(): string {
  return git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD')?.trim() || 'main'
}

/** Branches of this clone and of its remotes, without the remote's name. */
export function branches(): readonly string[] {
  const text = git('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes') ?? ''
  const names = text.split('\n').map((ref) => ref.replace(/^refs\/(heads|remotes\/[^/]+)\//, ''))
  return [...new Set(names.filter((name) => name !== '' && name !== 'HEAD'))]
}

/**
 * Writes the user's part of the repository as it was at a commit, touching neither the working tree nor the index.
 *
 * @param folder an empty one, which receives `config/`, `wrangler.toml` and whatever else is the user's
 */
export function extract(commit: Commit, folder: string): void {
  mkdirSync(folder, { recursive: true })
  const inside = git('rev-parse', '--show-prefix')?.trim() ?? ''
  const root = git('rev-parse', '--show-toplevel')?.trim() ?? repository
  const options = {
    cwd: root,
    env: { ...process.env, GIT_INDEX_FILE: join(folder, '.index') },
    stdio: 'pipe',
  } as const
  try {
    execFileSync('git', ['read-tree', `${commit.hash}:${inside}`], options)
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--full-name'], options)
    const files = listed
      .toString()
      .split('\0')
      .filter((file) => !OURS.test(file))
    const checkout = ['checkout-index', '--stdin', '-z', `--prefix=${folder}/`]
    execFileSync('git', checkout, { ...options, input: files.join('\0') })
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer }
    const [said] = String(stderr).trim().split('\n')
    throw new UserError(
      `Git could not write the commit ${commit.hash.slice(0, 12)} to ${folder}:\n  ${said}\nIt is compiled there to tell what changes. Nothing was uploaded.\nMake room there, or set TMPDIR to another folder.`,
    )
  }
}

/** What no config may refer to. */
const OURS = /^$|^(src|scripts|durable-objects|test|docs|\.github|\.ci)\//

/** How many files of Cardea itself differ between two commits; undefined when that cannot be told. */
export function ownFilesChanged(from: Commit, to: Commit): number | undefined {
  const text = git('diff', '--name-only', from.hash, to.hash, '--', 'src', 'durable-objects')
  return text?.split('\n').filter((line) => line !== '').length
}

/** A new file counts where it would become part of the gateway; a note beside it does not. */
function changedFiles(): readonly string[] {
  const text = git('status', '--porcelain', '-z', '--untracked-files=all', '--no-renames') ?? ''
  const inside = git('rev-parse', '--show-prefix')?.trim() ?? ''
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => ({ isNew: line.startsWith('??'), file: line.slice(3) }))
    .filter(({ file }) => file.startsWith(inside))
    .map(({ isNew, file }) => ({ isNew, file: file.slice(inside.length) }))
    .filter(({ isNew, file }) => !isNew || /^(config|src|durable-objects)\//.test(file))
    .map(({ file }) => file)
}

/** @returns undefined when Git says no, or is not there */
function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch {
    return undefined
  }
}
