import { basename, relative } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/**
 * Calls back after files below some folders are saved: once they have settled, one call at a time. However they
 * are saved: many editors, and Git, put another file in the place of the old one, which Node's own recursive
 * watch on Linux notices only the first time.
 */
export class Saves {
  readonly #onSave: (file: string) => Promise<void>
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #waiting: string | undefined
  #busy: Promise<void> | undefined

  /** @param onSave gets the path of the last file, from its watched folder on; must not reject */
  constructor(onSave: (file: string) => Promise<void>) {
    this.#onSave = onSave
  }

  /** With all that is below it. Resolves when nothing that is saved from now on is missed. */
  async watch(folder: string): Promise<void> {
    if ([...this.#watchers.keys()].some((known) => isBelow(known, folder))) return
    const watcher = watch(folder, { ignoreInitial: true, ignored: isNoise })
    this.#watchers.set(folder, watcher)
    watcher.on('all', (_, path) => this.#note(relative(folder, path)))
    await new Promise<void>((resolve) => void watcher.once('ready', resolve))
  }

  /** Until then saves are only noted. */
  begin(): void {
    this.#busy = Promise.resolve()
    this.#next()
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    await Promise.all(Array.from(this.#watchers.values(), (watcher) => watcher.close()))
  }

  #note(file: string): void {
    this.#waiting = file
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#next(), SETTLE_MS)
  }

  #next(): void {
    const file = this.#waiting
    if (file === undefined || this.#busy === undefined) return
    this.#waiting = undefined
    this.#busy = this.#busy.then(() => this.#onSave(file))
  }
}

/** Editors save in several steps. Longer than 50 ms: of two changes within that time chokidar tells the first only. */
const SETTLE_MS = 60

/** What editors and compile itself write beside the files that count, and what nobody edits. */
const NOISE = /^(generated|node_modules|\.git)$|\.(new|old)$|~$|\.sw.$|^sed\w{6}$|\.test\.ts$|\.md$/
const isNoise = (path: string): boolean => NOISE.test(basename(path))

const isBelow = (folder: string, path: string): boolean => !relative(folder, path).startsWith('..')
