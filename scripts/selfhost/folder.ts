import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../local/make-folder.ts'
import { UserError } from '../local/user-error.ts'
import { isRunning } from '../sources/folder.ts'

/** The folder that a build makes or renews; `state/` and `tls/` in it stay as they are. */
export class TargetFolder {
  readonly #path: string
  readonly #isNew: boolean
  /** Where the new files are made, on the same disk. */
  readonly staging: string

  /** @throws UserError when it holds something else */
  constructor(path: string) {
    requireOwn(path)
    this.#path = path
    this.#isNew = !existsSync(path)
    this.staging = join(path, `${STAGING}${process.pid}`)
  }

  /**
   * Makes the folder, and removes from it what killed runs left.
   * @throws UserError when it cannot be made
   */
  prepare(): void {
    makeFolder(this.#path)
    for (const name of readdirSync(this.#path)) {
      const isLeft = name.startsWith(STAGING) && !isRunning(Number(name.slice(STAGING.length)))
      if (isLeft) rmSync(join(this.#path, name), { recursive: true })
    }
    makeFolder(this.staging)
  }

  /**
   * Lets the staged files take the place of the old ones. A gateway may run from the folder, and this may be killed:
   * the program that starts it goes first and comes last, so that it never starts files of two builds.
   *
   * @param first the name that tells such a folder
   * @param last the program that starts it
   */
  exchange(names: readonly string[], first: string, last: string): void {
    rmSync(join(this.#path, last), { force: true })
    const between = names.filter((name) => name !== first && name !== last)
    for (const name of [first, ...between, last]) {
      renameSync(join(this.staging, name), join(this.#path, name))
    }
  }

  /** Removes what was staged, and a folder that was made for nothing. */
  clean(): void {
    rmSync(this.staging, { recursive: true, force: true })
    const isEmpty = existsSync(this.#path) && readdirSync(this.#path).length === 0
    if (this.#isNew && isEmpty) rmdirSync(this.#path)
  }
}

const STAGING = '.new.'

/** Another file of this name may belong to somebody; one of ours is made anew. */
function requireOwn(path: string): void {
  const known = statSync(path, { throwIfNoEntry: false })
  if (known === undefined) return
  const isOwn =
    known.isDirectory() &&
    (existsSync(join(path, 'gateway.capnp')) ||
      readdirSync(path).every((name) => name.startsWith(STAGING)))
  if (isOwn) return
  throw new UserError(
    `'${path}' holds something else.\nOnly an empty folder, or one that this command made, is written to.\nName another one.`,
  )
}
