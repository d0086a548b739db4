import { UserError } from './user-error.ts'

/**
 * Why workerd has ended before it listened. What it says of a disk that refuses is a stack trace of its own; people get the
 * reason, the folder and what to do. Everything else is passed on as it was said.
 *
 * @param said the last of what it wrote, and the shell before it
 * @param state folder of the state, where that is known
 */
export function startFailure(said: string, state: string | undefined): UserError {
  const reason = REFUSED.exec(said)?.[0]
  if (reason === undefined) {
    return new UserError(
      `workerd did not start.\nNothing answers requests. It said:\n${said.trim()}\nIf that names no setting of yours, report it with the config.`,
    )
  }
  const where = state === undefined ? 'its state' : `the state in '${state}'`
  return new UserError(
    `workerd cannot write ${where}: ${reason}.\nKeys and counts would be lost, so nothing was started.\n${hintOf(reason)}, then start again.`,
  )
}

/** SQLite's result codes (sqlite.org/rescode.html), the extended one where there is one, and errors of the system. */
const REFUSED =
  /SQLITE_(?:IOERR|FULL|CANTOPEN|READONLY|PERM)_\w+|SQLITE_(?:IOERR|FULL|CANTOPEN|READONLY|PERM)\b(?! \(extended: SQLITE_(?:IOERR|CANTOPEN|READONLY)_)|No space left on device|Disk quota exceeded|Read-only file system|Permission denied/

const hintOf = (reason: string): string =>
  HINTS.find(([pattern]) => pattern.test(reason))?.[1] ??
  'Look whether the disk is full and this user may write to that folder'

const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/FULL|No space|quota/, 'Free some space'],
  [/Permission|PERM/, 'Let this user write there, or name another folder: --state DIR'],
  [/Read-only|READONLY/, 'Mount it for writing, or name another folder: --state DIR'],
]
