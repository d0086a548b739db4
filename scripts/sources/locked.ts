import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readSource, type Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { type Assembled, assemble } from './assemble.ts'
import { LOCK_FOLDER } from './gather.ts'
import { checkOutcome, LOCK_FILE, readLock, readOriginals, sha256 } from './lock.ts'
import { type Overlay, readOverlay } from './overlay-document.ts'
import type { Place } from './origins.ts'
import { readSourcesFile, type SourceEntry, SOURCES_FILE } from './sources-file.ts'

/** The documents that come from elsewhere, as compile reads them. */
export interface Locked {
  readonly sourced: readonly Source[]
  /** What their references lead to. */
  readonly parts: readonly Source[]
  /** Every file that went in, absolute. */
  readonly files: readonly string[]
}

/**
 * Reads the sources of a config folder from `sources.lock/`, and applies their overlays. Nothing is fetched. Whatever
 * is missing, edited or not in step with `sources.json` is among the messages.
 */
export function readLocked(root: string, messages: Messages): Locked {
  const entries = readSourcesFile(root, messages)
  const nothing = { sourced: [], parts: [], files: [] }
  if (entries.length === 0) return nothing
  const told = messages.errors
  const found = readLock(root, messages)
  if (!found) {
    if (messages.errors === told) tellUnsynced(entries[0]!, messages)
    return nothing
  }
  const sourced: Source[] = []
  const parts: Source[] = []
  const files = [join(root, SOURCES_FILE), join(root, LOCK_FILE)]
  for (const entry of entries) {
    files.push(...entry.overlays.map((path) => resolve(root, path)))
    const locked = found.lock.sources[entry.name]
    if (locked?.document !== entry.document) {
      tellUnsynced(entry, messages)
      continue
    }
    const originals = readOriginals(root, entry.name, found, messages)
    checkOutcome(root, entry.name, found, messages)
    const overlays = readOverlays(root, entry, messages)
    if (!originals || !overlays) continue
    const path = join(root, LOCK_FOLDER, locked.outcome.file)
    const { source, unmatched } = assemble(
      originals.main,
      originals.parts,
      overlays,
      path,
      messages,
    )
    tellUnmatched(unmatched, originals.main.file, messages)
    if (!isInStep(root, entry, locked.overlays)) tellOverlayNewer(entry, messages)
    sourced.push(source)
    parts.push(...originals.parts)
  }
  return { sourced, parts, files }
}

/** Undefined when one of them cannot be used; then there is an error. */
export function readOverlays(
  root: string,
  { overlays, source, pointer }: SourceEntry,
  messages: Messages,
): readonly Overlay[] | undefined {
  const read: Overlay[] = []
  for (const path of overlays) {
    if (!existsSync(resolve(root, path))) {
      messages.error(
        'overlay-missing',
        source.at(`${pointer}/overlay`),
        `There is no overlay '${path}'.`,
        'What it adds, policies perhaps, would be missing.',
        'Write the file, mend the path, which is relative to the config folder, or take it out.',
      )
      continue
    }
    const file = readSource(root, path, messages)
    const overlay = file && readOverlay(file, messages)
    if (overlay) read.push(overlay)
  }
  return read.length === overlays.length ? read : undefined
}

export function hashesOf(
  root: string,
  { overlays }: SourceEntry,
): readonly { readonly file: string; readonly sha256: string }[] {
  return overlays.map((file) => ({ file, sha256: sha256(readFileSync(resolve(root, file))) }))
}

export function tellUnmatched(
  unmatched: Assembled['unmatched'],
  document: string,
  messages: Messages,
  level: 'warning' | 'error' = 'warning',
): void {
  for (const { source, pointer } of unmatched satisfies readonly Place[]) {
    messages[level](
      'overlay-matches-nothing',
      source.at(`${pointer}/target`),
      `The action selects nothing in '${document}'.`,
      'What it adds is missing; the operation may have moved, or the target has a slip.',
      'Mend the target, or remove the action.',
    )
  }
}

function isInStep(
  root: string,
  entry: SourceEntry,
  locked: readonly { readonly file: string; readonly sha256: string }[],
): boolean {
  return (
    JSON.stringify(hashesOf(root, entry)) ===
    JSON.stringify(locked.map(({ file, sha256 }) => ({ file, sha256 })))
  )
}

function tellUnsynced({ name, document, source, pointer }: SourceEntry, messages: Messages): void {
  messages.error(
    'source-not-synced',
    source.at(pointer),
    `'${document}' is not in sources.lock as the document of '${name}'.`,
    'Compile fetches nothing, so that a build is the same every time.',
    'Run `npx cardea sync`, and commit config/sources.lock.',
  )
}

function tellOverlayNewer({ name, source, pointer }: SourceEntry, messages: Messages): void {
  messages.warning(
    'overlay-not-synced',
    source.at(`${pointer}/overlay`),
    `The overlays of '${name}' are not those of the last sync.`,
    'The gateway is compiled with those that are here now; the outcome in sources.lock is older.',
    'Run `npx cardea sync` before you commit.',
  )
}
