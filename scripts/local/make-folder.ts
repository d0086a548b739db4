import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UserError } from './user-error.ts'

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` tries for ever where the system calls a
 * parent missing that is there, as Linux does below /proc.
 *
 * @throws UserError when a file is in the way, or the system refuses
 */
export function makeFolder(path: string): void {
  const missing: string[] = []
  let at = resolve(path)
  for (let found = kindOf(at); found !== 'folder'; found = kindOf(at)) {
    if (found === 'file') throw inTheWay(path, at)
    missing.push(at)
    at = dirname(at)
  }
  for (const folder of missing.toReversed()) make(folder, path)
}

function kindOf(path: string): 'folder' | 'file' | undefined {
  const known = statSync(path, { throwIfNoEntry: false })
  return known && (known.isDirectory() ? 'folder' : 'file')
}

function make(folder: string, wanted: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // somebody else was faster
    if (code === 'EEXIST' && kindOf(folder) === 'folder') return
    throw new UserError(
      `The folder '${wanted}' cannot be made (${code}).\nThe system refuses '${folder}'.\n${HINTS[code] ?? 'Name another folder.'}`,
    )
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, then run the command again.',
  EDQUOT: 'Free some space, then run the command again.',
  EACCES: 'Let this user write there, or name another folder.',
  EPERM: 'Let this user write there, or name another folder.',
  EROFS: 'Name a folder on a disk that can be written to.',
}

const inTheWay = (path: string, file: string): UserError =>
  new UserError(
    path === file
      ? `'${path}' is a file.\nA folder is needed there.\nMove the file, or name another folder.`
      : `The folder '${path}' cannot be made.\n'${file}' is a file, and holds nothing.\nName another folder.`,
  )
