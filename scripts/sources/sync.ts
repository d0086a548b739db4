import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Messages } from '../compile/messages.ts'
import { UserError } from '../local/user-error.ts'
import { type Files, readFolder } from './folder.ts'
import { LOCK_FOLDER } from './gather.ts'
import { GENERATED, type Lock, type LockedSource, readLock } from './lock.ts'
import { readSourcesFile, type SourceEntry, SOURCES_FILE } from './sources-file.ts'
import { type SyncedSource, type SyncOptions, syncSource } from './sync-source.ts'

export type { SyncedSource, SyncOptions }

export interface Synced {
  readonly messages: Messages
  readonly sources: readonly SyncedSource[]
  /** All that `sources.lock/` should hold. */
  readonly files: Files
  /** Names of files in `sources.lock/` that differ from that. */
  readonly stale: readonly string[]
}

/**
 * Fetches the sources of a config folder, applies their overlays, and says what is to be written and what changed.
 * Writes nothing.
 *
 * @param root the config folder, absolute
 * @throws UserError when there are no sources, or one cannot be fetched
 */
export async function sync(root: string, options: SyncOptions = {}): Promise<Synced> {
  const messages = new Messages()
  const entries = readSourcesFile(root, messages)
  checkNames(root, entries, options.names ?? [], messages)
  const old = readOld(root)
  const sources: SyncedSource[] = []
  const files = new Map<string, Buffer | string>(STATIC_FILES)
  const locks: Record<string, LockedSource> = {}
  for (const entry of entries) {
    const isWanted = !options.names?.length || options.names.includes(entry.name)
    const before = old && Object.hasOwn(old.lock.sources, entry.name) ? old : undefined
    if (!isWanted) {
      if (before) keep(root, before.lock.sources[entry.name]!, entry.name, files, locks)
      continue
    }
    const made = await syncSource(root, entry, before, options, messages)
    if (!made) continue
    locks[entry.name] = made.lock
    for (const [name, content] of made.files) files.set(name, content)
    sources.push(made.synced)
  }
  const lock: Lock = { generated: GENERATED, version: 1, sources: locks }
  files.set('lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  return { messages, sources, files, stale: staleFiles(root, files) }
}

const README = `# Generated

\`npx cardea sync\` writes this folder from \`sources.json\` and commits nothing by itself: please commit it, and never
edit it. Compile reads the copies here and refuses one that was changed. To change a document, write an overlay.
`

/** `-text` keeps Git from changing line ends, and with them the hashes. */
const STATIC_FILES: Files = new Map([
  ['.gitattributes', '* -text linguist-generated=true\n'],
  ['README.md', README],
])

/** A lock that cannot be read is as good as none: it is written anew. */
function readOld(root: string): ReturnType<typeof readLock> {
  return readLock(root, new Messages())
}

function checkNames(
  root: string,
  entries: readonly SourceEntry[],
  names: readonly string[],
  messages: Messages,
): void {
  if (entries.length === 0 && messages.errors === 0) {
    const file = join(root, SOURCES_FILE)
    const what = existsSync(file) ? `${file} names no source` : `There is no ${file}`
    throw new UserError(
      `${what}.\nIt says which documents come from elsewhere, and which overlays go on them.\nWrite { "orders": { "document": "../api/openapi.yaml", "overlay": "orders.overlay.yaml" } }.`,
    )
  }
  const unknown = names.find((name) => !entries.some((entry) => entry.name === name))
  if (unknown !== undefined && messages.errors === 0) {
    throw new UserError(
      `There is no source '${unknown}' in ${SOURCES_FILE}.\nNothing was fetched.\nThere are: ${entries.map(({ name }) => name).join(', ')}.`,
    )
  }
}

/** What is not synced this time stays, byte by byte. */
function keep(
  root: string,
  locked: LockedSource,
  name: string,
  files: Map<string, Buffer | string>,
  locks: Record<string, LockedSource>,
): void {
  const present = readFolder(join(root, LOCK_FOLDER))
  for (const { file } of [locked.source, locked.outcome, ...locked.parts]) {
    const content = present.get(file)
    if (content) files.set(file, content)
  }
  locks[name] = locked
}

function staleFiles(root: string, files: Files): readonly string[] {
  const present = readFolder(join(root, LOCK_FOLDER))
  const differs = [...files].filter(
    ([name, content]) => !present.get(name)?.equals(Buffer.from(content)),
  )
  const extra = [...present.keys()].filter((name) => !files.has(name))
  return [...differs.map(([name]) => name), ...extra]
}
