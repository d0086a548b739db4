import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from './user-error.ts'
import { LOCK } from './workerd.ts'

/**
 * Copies the databases of a state's folder while a gateway uses them: each is whole, and they are moments apart. An earlier back-up
 * of the same name is replaced by the new one when that is complete, so that an interruption leaves the earlier one.
 *
 * @param data `data` of the state's folder
 * @returns how many databases
 * @throws UserError when there is no state, or the target holds something else
 */
export function backUp(data: string, target: string): number {
  if (!PARTS.some((part) => existsSync(join(data, part)))) {
    throw new UserError(
      `There is no state in '${data}'.\nA back-up is a copy of what dev or serve have written there.\nName their folder: --state DIR.`,
    )
  }
  const [half, old] = [`${target}.new`, `${target}.old`]
  // what an interrupted run left
  if (!existsSync(target) && existsSync(old)) renameSync(old, target)
  requireOwn(target)
  for (const leftover of [half, old]) rmSync(leftover, { recursive: true, force: true })
  mkdirSync(half, { recursive: true, mode: 0o700 })
  const files = PARTS.flatMap((part) => databasesIn(data, part))
  for (const file of files) {
    mkdirSync(join(half, file, '..'), { recursive: true })
    copyWhole(join(data, file), join(half, file))
  }
  const note = { version: 1, made: new Date().toISOString(), files }
  writeFileSync(join(half, NOTE), `${JSON.stringify(note, null, 2)}\n`)
  if (existsSync(target)) renameSync(target, old)
  renameSync(half, target)
  rmSync(old, { recursive: true, force: true })
  return files.length
}

/**
 * Puts a back-up in the place of a state, which is moved aside.
 *
 * @returns where the state that stood there is now; undefined when there was none
 * @throws UserError when a gateway runs with it, or the back-up is not whole
 */
export function restore(data: string, source: string, now = new Date()): string | undefined {
  const files = noteIn(source)
  for (const file of files) requireWhole(join(source, file))
  requireIdle(data)
  const half = `${data}.new`
  rmSync(half, { recursive: true, force: true })
  for (const file of files) cpSync(join(source, file), join(half, file), { recursive: true })
  const aside = `${data}.before-${now.toISOString().replace(/[:.]/g, '-')}`
  const isThere = existsSync(data)
  if (isThere) renameSync(data, aside)
  renameSync(half, data)
  return isThere ? aside : undefined
}

/** In this order: what is between registry and store is a revocation that counts, never one that is lost. No cache. */
const PARTS = ['cardea-Revocations', 'cardea-Registry', 'cardea-KvStore', 'cardea-Counters']
/** Written last: a folder without it is no back-up, or half of one. */
const NOTE = 'backup.json'

/** @throws UserError with SQLite's reason; a full disk is one */
function copyWhole(from: string, to: string): void {
  try {
    const database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
    database.prepare('VACUUM INTO ?').run(to)
    database.close()
  } catch (error) {
    throw new UserError(
      `'${from}' could not be copied: ${(error as Error).message}.\nThere is no new back-up; an earlier one is as it was.\nMend that (a full disk: free some space), then run it again.`,
    )
  }
}

function databasesIn(data: string, part: string): readonly string[] {
  const folder = join(data, part)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.sqlite'))
  return names.map((name) => join(part, name))
}

function requireOwn(target: string): void {
  if (!existsSync(target) || existsSync(join(target, NOTE))) return
  throw new UserError(
    `'${target}' is there, and is no back-up.\nOnly an earlier back-up is replaced.\nName another folder.`,
  )
}

function noteIn(source: string): readonly string[] {
  try {
    const { files } = JSON.parse(readFileSync(join(source, NOTE), 'utf8')) as { files: string[] }
    return files
  } catch {
    throw new UserError(
      `'${source}' is no back-up, or half of one.\nOne that is whole has a file ${NOTE}.\nName a folder that cardea backup has made.`,
    )
  }
}

function requireWhole(file: string): void {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    const [row] = database.prepare('PRAGMA integrity_check').all()
    database.close()
    if (row?.['integrity_check'] === 'ok') return
  } catch {
    // told below
  }
  throw new UserError(
    `'${file}' is not a whole database.\nRestored, keys or counts would be missing; nothing was changed.\nTake another back-up.`,
  )
}

/** Where there is no `flock` nobody can tell, and the person is trusted to have stopped it. */
function requireIdle(data: string): void {
  const lock = join(data, LOCK)
  if (!existsSync(lock)) return
  if (spawnSync('flock', ['-n', lock, 'true']).status !== 1) return
  throw new UserError(
    `A gateway runs with the state in '${data}'.\nIt would write into files that are no longer there.\nStop it, restore, start it.`,
  )
}
