import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type JsonObject, member, step } from '../compile/documents/pointer.ts'
import { readSource, type Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { LOCK_FOLDER } from './gather.ts'
import { uriOf } from './sources-file.ts'

/**
 * `sources.lock/lock.json`: what stands in the folder, where it is from, and its hashes. No times, so that the same
 * sources give the same bytes.
 */
export interface Lock {
  readonly generated: string
  readonly version: 1
  readonly sources: Readonly<Record<string, LockedSource>>
}

export interface LockedSource {
  /** As `sources.json` had it. */
  readonly document: string
  readonly source: LockedFile
  /** What its references lead to. */
  readonly parts: readonly LockedFile[]
  readonly overlays: readonly { readonly file: string; readonly sha256: string }[]
  /** The document with its overlays, for people and other tools. */
  readonly outcome: { readonly file: string; readonly sha256: string }
}

export interface LockedFile {
  readonly file: string
  /** Its URL, or its path relative to the config folder. */
  readonly from: string
  readonly sha256: string
}

export const LOCK_FILE = `${LOCK_FOLDER}/lock.json`
export const GENERATED =
  'by `npx cardea sync`; do not edit, change the overlay or the source and sync again'

export const sha256 = (bytes: Buffer | string): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Undefined when there is none, or when it cannot be used; then there is an error. */
export function readLock(root: string, messages: Messages): { lock: Lock; at: Source } | undefined {
  if (!existsSync(join(root, LOCK_FILE))) return undefined
  const told = messages.errors
  const at = readSource(root, LOCK_FILE, messages)
  if (at && messages.errors === told && isLock(at.value)) return { lock: at.value, at }
  if (messages.errors === told) {
    messages.error(
      'invalid-lock',
      (at ?? { at: () => ({ file: LOCK_FILE, pointer: '', line: 1, column: 1 }) }).at(''),
      `'${LOCK_FILE}' is not a lock file of this version of Cardea.`,
      'It is written by `cardea sync` and never edited.',
      'Run `npx cardea sync`; after a merge conflict take either side first.',
    )
  }
  return undefined
}

function isLock(value: JsonObject): value is JsonObject & Lock {
  const { version, sources } = value
  return version === 1 && isObject(sources) && Object.values(sources).every(isLockedSource)
}

function isLockedSource(value: unknown): boolean {
  const parts = member(value, 'parts')
  const overlays = member(value, 'overlays')
  return (
    typeof member(value, 'document') === 'string' &&
    [member(value, 'source'), ...(Array.isArray(parts) ? parts : [undefined])].every(
      (one) => isFile(one) && typeof member(one, 'from') === 'string',
    ) &&
    [member(value, 'outcome'), ...(Array.isArray(overlays) ? overlays : [undefined])].every(isFile)
  )
}

const isFile = (value: unknown): boolean =>
  typeof member(value, 'file') === 'string' && typeof member(value, 'sha256') === 'string'

/** The originals of a source, from their copies. */
export interface Originals {
  readonly main: Source
  readonly parts: readonly Source[]
}

/** Reads and verifies the copies. Undefined when one is missing or was changed; then there is an error. */
export function readOriginals(
  root: string,
  name: string,
  { lock, at }: { readonly lock: Lock; readonly at: Source },
  messages: Messages,
): Originals | undefined {
  const locked = lock.sources[name]!
  const told = messages.errors
  const pointer = step('/sources', name)
  const read = ({ file, from, sha256 }: LockedFile, below: string): Source | undefined => {
    const bytes = verified(root, file, sha256, at, pointer + below, messages)
    const copy = bytes && { file: from, uri: uriOf(root, from), bytes }
    return copy && readSource(root, `${LOCK_FOLDER}/${file}`, messages, copy)
  }
  const main = read(locked.source, '/source')
  const parts = locked.parts.map((one, i) => read(one, step('/parts', i)))
  if (!main || messages.errors > told) return undefined
  return { main, parts: parts.filter((one) => one !== undefined) }
}

/** Whether the outcome is what sync wrote; compile makes its own, and takes an edited one for a misunderstanding. */
export function checkOutcome(
  root: string,
  name: string,
  { lock, at }: { readonly lock: Lock; readonly at: Source },
  messages: Messages,
): void {
  const { file, sha256 } = lock.sources[name]!.outcome
  verified(root, file, sha256, at, step('/sources', name, 'outcome'), messages)
}

function verified(
  root: string,
  file: string,
  expected: string,
  at: Source,
  pointer: string,
  messages: Messages,
): Buffer | undefined {
  const bytes = /(^|\/)\.\.?(\/|$)|^\/|\\/.test(file) ? undefined : readCopy(root, file)
  if (bytes && sha256(bytes) === expected) return bytes
  messages.error(
    'lock-changed',
    at.at(pointer),
    bytes
      ? `'${LOCK_FOLDER}/${file}' was changed since it was written.`
      : `'${LOCK_FOLDER}/${file}' is missing.`,
    'Its hash is not the one in lock.json, so it is not what was fetched and checked.',
    'Run `npx cardea sync`; to change the document, write an overlay.',
  )
  return undefined
}

function readCopy(root: string, file: string): Buffer | undefined {
  try {
    return readFileSync(join(root, LOCK_FOLDER, file))
  } catch {
    return undefined
  }
}
