import { join } from 'node:path'
import { type Document, loadDocuments } from '../compile/documents/document.ts'
import { member } from '../compile/documents/pointer.ts'
import { readSource, type Source } from '../compile/documents/source.ts'
import { Messages } from '../compile/messages.ts'
import { UserError } from '../local/user-error.ts'
import { assemble } from './assemble.ts'
import { type Change, diff, nameOf } from './diff.ts'
import { fetchDocument } from './fetch.ts'
import { type Files, readFolder } from './folder.ts'
import { gather, LOCK_FOLDER } from './gather.ts'
import { lostGuards, routesByKey } from './guards.ts'
import {
  checkOutcome,
  type LockedSource,
  type Originals,
  type readLock,
  readOriginals,
  sha256,
} from './lock.ts'
import { hashesOf, readOverlays, tellUnmatched } from './locked.ts'
import type { Overlay } from './overlay-document.ts'
import type { SourceEntry } from './sources-file.ts'

export interface SyncOptions {
  /** Sources to sync; the others stay as they are. Empty: all. */
  readonly names?: readonly string[]
  /** Takes the copies of the last sync instead of fetching. */
  readonly isOffline?: boolean
  /** Makes an action that selects nothing an error. */
  readonly isCheck?: boolean
  /** Whether operations may lose policies. */
  readonly allowsLostPolicies?: boolean
  /** Of each file. Default: 30 s. */
  readonly timeoutMs?: number
}

export interface SyncedSource {
  readonly name: string
  readonly document: string
  readonly isNew: boolean
  readonly routes: number
  readonly changes: readonly Change[]
}

type Old = NonNullable<ReturnType<typeof readLock>>

/** What one source becomes. */
export interface Made {
  readonly lock: LockedSource
  readonly files: Files
  readonly synced: SyncedSource
}

/**
 * Fetches and prepares one source. Undefined when it cannot be used; then there is an error.
 *
 * @param old the lock of the last sync, if it has this source
 * @throws UserError when it cannot be fetched
 */
export function syncSource(
  root: string,
  entry: SourceEntry,
  old: Old | undefined,
  options: SyncOptions,
  messages: Messages,
): Promise<Made | undefined> {
  return new SourceSync(root, entry, old, options, messages).run()
}

class SourceSync {
  readonly #root: string
  readonly #entry: SourceEntry
  readonly #old: Old | undefined
  readonly #options: SyncOptions
  readonly #messages: Messages

  constructor(
    root: string,
    entry: SourceEntry,
    old: Old | undefined,
    options: SyncOptions,
    messages: Messages,
  ) {
    this.#root = root
    this.#entry = entry
    this.#old = old
    this.#options = options
    this.#messages = messages
  }

  async run(): Promise<Made | undefined> {
    const { name, document } = this.#entry
    const overlays = readOverlays(this.#root, this.#entry, this.#messages)
    const found = this.#options.isOffline ? this.#locked() : await this.#fetched()
    if (!overlays || !found) return undefined
    const path = join(this.#root, LOCK_FOLDER, `${name}.oas.json`)
    const made = assemble(found.main, found.parts, overlays, path, this.#messages)
    const level = this.#options.isCheck ? 'error' : 'warning'
    tellUnmatched(made.unmatched, found.main.file, this.#messages, level)
    const now = await load(this.#root, made.source, found.parts, this.#messages)
    if (!now) return undefined
    const before = await this.#before(overlays)
    if (before?.guarded) this.#tellLost(before.guarded, now)
    const outcome = `${JSON.stringify(made.source.value, null, 2)}\n`
    const lock: LockedSource = {
      document,
      ...found.locks,
      overlays: hashesOf(this.#root, this.#entry),
      outcome: { file: `${name}.oas.json`, sha256: sha256(outcome) },
    }
    const last = before?.outcome ?? before?.guarded
    const changes = last ? diff(last, now.document) : []
    const files = new Map([...found.files, [lock.outcome.file, outcome] as const])
    const synced = { name, document, isNew: !last, routes: now.routes, changes }
    return { lock, files, synced }
  }

  async #fetched() {
    const { name, url, allowHttp } = this.#entry
    const { timeoutMs } = this.#options
    const headers = this.#headers()
    const options = { allowHttp, headers, ...(timeoutMs !== undefined && { timeoutMs }) }
    const gathered = await gather(
      this.#root,
      name,
      url,
      (one) => fetchDocument(one, options),
      this.#messages,
    )
    if (!gathered) return undefined
    const { main, parts } = gathered
    if (member(main.source.value, 'swagger') !== undefined) {
      this.#refuseSwagger(main.source)
      return undefined
    }
    const lockOf = ({ name, from, bytes }: (typeof parts)[number]) => ({
      file: name,
      from,
      sha256: sha256(bytes),
    })
    return {
      main: main.source,
      parts: parts.map(({ source }) => source),
      locks: { source: lockOf(main), parts: parts.map(lockOf) },
      files: [main, ...parts].map(({ name, bytes }) => [name, bytes] as [string, Buffer | string]),
    }
  }

  #refuseSwagger(source: Source): void {
    this.#messages.error(
      'swagger-2',
      source.at('/swagger'),
      'This is a Swagger 2.0 document.',
      'A source is read as OpenAPI 3; Swagger describes bodies, servers and parameters differently.',
      `Convert it once with \`npx cardea import ${this.#entry.document}\`, or ask for OpenAPI 3.`,
    )
  }

  #locked() {
    const { name, document } = this.#entry
    const locked = this.#old?.lock.sources[name]
    if (!this.#old || locked?.document !== document) {
      throw new UserError(
        `'${document}' was never synced as '${name}'.\nWithout the network only copies of an earlier sync can be taken.\nRun 'npx cardea sync' without --offline.`,
      )
    }
    const originals = readOriginals(this.#root, name, this.#old, this.#messages)
    if (!originals) return undefined
    const { source, parts } = locked
    const present = readFolder(join(this.#root, LOCK_FOLDER))
    const files = [source, ...parts].map(
      ({ file }) => [file, present.get(file)!] as [string, Buffer | string],
    )
    return { ...originals, locks: { source, parts }, files }
  }

  /** Secrets come from the environment, so that none of them is committed. */
  #headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.#entry.headers).map(([name, text]) => [
        name,
        text.replace(/\$env\.([A-Za-z_][A-Za-z0-9_]*)/g, (_, variable: string) => {
          const value = process.env[variable]
          if (value !== undefined) return value
          throw new UserError(
            `The variable ${variable} is not set.\nThe source '${this.#entry.name}' sends it in the header '${name}'. Nothing was changed.\nSet it: ${variable}=… npx cardea sync.`,
          )
        }),
      ]),
    )
  }

  /**
   * The outcome of the last sync, for the diff; and what the overlays of today make of the original of then, which
   * shows what the source alone took away.
   */
  async #before(overlays: readonly Overlay[]) {
    const locked = this.#old?.lock.sources[this.#entry.name]
    if (!this.#old || !locked) return undefined
    const quiet = new Messages()
    const originals = readOriginals(this.#root, this.#entry.name, this.#old, quiet)
    checkOutcome(this.#root, this.#entry.name, this.#old, quiet)
    for (const { code, at, what, why } of quiet.all.filter(({ level }) => level === 'error')) {
      const instead = 'It is written anew. Look at the whole of what changed before you commit.'
      this.#messages.warning(code, at, what, why, instead)
    }
    if (!originals) return undefined
    const path = `${LOCK_FOLDER}/${locked.outcome.file}`
    const copy = { file: locked.outcome.file, uri: originals.main.uri }
    const outcome = readSource(this.#root, path, quiet, copy)
    return {
      outcome: outcome && (await this.#quietly(outcome, originals)),
      guarded: await this.#quietly(
        assemble(originals.main, originals.parts, overlays, path, quiet).source,
        originals,
      ),
    }
  }

  async #quietly(source: Source, { parts }: Originals): Promise<Document | undefined> {
    return (await load(this.#root, source, parts, new Messages()))?.document
  }

  #tellLost(before: Document, now: { readonly document: Document }): void {
    for (const { before: route, after, lost } of lostGuards(before, now.document)) {
      const was = nameOf(route) === nameOf(after) ? '' : `, which was ${nameOf(route)},`
      const level = this.#options.allowsLostPolicies ? 'warning' : 'error'
      this.#messages[level](
        'lost-policies',
        after.at.source.at(after.at.pointer),
        `${nameOf(after)}${was} would lose its policies: ${lost.join(', ')}.`,
        'The source changed, and the overlay does not reach the operation as before.',
        'Mend the target in the overlay, or run sync with --allow-lost-policies if that is meant.',
      )
    }
  }
}

async function load(
  root: string,
  source: Source,
  parts: readonly Source[],
  messages: Messages,
): Promise<{ readonly document: Document; readonly routes: number } | undefined> {
  const [document] = await loadDocuments(root, [], messages, { sourced: [source], parts })
  return document && { document, routes: routesByKey(document).size }
}
