import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '../local/make-folder.ts'
import { UserError } from '../local/user-error.ts'

/** File name → content, below one folder. */
export type Files = ReadonlyMap<string, Buffer | string>

type Write = (path: string, content: Buffer | string) => void

/**
 * Replaces a folder by other files, all or nothing: they are written beside it, and then the two change places.
 * Whoever is interrupted before that leaves the old folder as it was.
 *
 * @param write is given by tests, which let the disk be full
 * @throws UserError when the disk is full or the folder may not be written
 */
export function replaceFolder(folder: string, files: Files, write: Write = writeFileSync): void {
  const beside = join(dirname(folder), `.${basename(folder)}.${process.pid}.new`)
  const before = beside.replace(/new$/, 'old')
  const clean = () => rmSync(beside, { recursive: true, force: true })
  const stop = (signal: NodeJS.Signals) => {
    clean()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  makeFolder(dirname(folder))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    clean()
    for (const [name, content] of files) {
      const path = join(beside, name)
      makeFolder(dirname(path))
      write(path, content)
    }
    const isThere = existsSync(folder)
    if (isThere) renameSync(folder, before)
    try {
      renameSync(beside, folder)
    } catch (error) {
      if (isThere) renameSync(before, folder)
      throw error
    }
    rmSync(before, { recursive: true, force: true })
  } catch (error) {
    clean()
    throw diskError(error, folder)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** Undoes what an interrupted run left: puts the old folder back, removes what was never finished. */
export function recoverFolder(folder: string): void {
  const parent = dirname(folder)
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return
  const left = new RegExp(`^\\.${basename(folder).replaceAll('.', '\\.')}\\.(\\d+)\\.(new|old)$`)
  for (const name of readdirSync(parent)) {
    const [, pid, kind] = left.exec(name) ?? []
    if (pid === undefined || isRunning(Number(pid))) continue
    if (kind === 'old' && !existsSync(folder)) renameSync(join(parent, name), folder)
    else rmSync(join(parent, name), { recursive: true, force: true })
  }
}

/** Every file below the folder; an empty map when there is none. */
export function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>()
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return files
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path))
  }
  return files
}

/**
 * Writes one file, all or nothing.
 * @throws UserError when the disk is full or the file may not be written
 */
export function replaceFile(
  path: string,
  content: Buffer | string,
  write: Write = writeFileSync,
): void {
  const beside = `${path}.${process.pid}.new`
  makeFolder(dirname(path))
  try {
    write(beside, content)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw diskError(error, path)
  }
}

/** Whether another process of that id runs. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free some space, then run the command again.',
  EDQUOT: 'Your share of the disk is used up. Free some space, then run the command again.',
  EACCES: 'Check who owns the folder, and its permissions.',
  EPERM: 'Check who owns the folder, and its permissions.',
  EROFS: 'The disk can only be read. Run the command where the repository can be written.',
}

function diskError(error: unknown, path: string): UserError {
  if (error instanceof UserError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const hint = HINTS[code] ?? 'Another command may be writing there. Run the command again.'
  return new UserError(
    `${path} cannot be written: ${code || message}.\nWhat was there before is still there, whole.\n${hint}`,
  )
}
