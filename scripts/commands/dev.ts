import { type FSWatcher, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Compiled } from '../compile/compile.ts'
import { repository } from '../compile/plugins.ts'
import { type LocalFlags, withLocalFlags } from '../local/flags.ts'
import { paint, printMessages, routeTable, summary } from '../local/print.ts'
import { Runner, UserError } from '../local/runner.ts'
import { stopOnSignals } from '../local/signals.ts'

/** Requests under way are a developer's own; nobody waits for them. */
const GRACE_MS = 500
/** Editors save in several steps. */
const SETTLE_MS = 30

export function addDev(program: Command): void {
  withLocalFlags(program.command('dev'))
    .description('run the gateway on this machine and recompile on save')
    .action(async (flags: LocalFlags) => {
      await develop(flags)
    })
}

/**
 * Starts, and recompiles on save. A config that is wrong at the start is waited for, too.
 *
 * @param before runs when the first config is good, before the table is printed
 */
export async function develop(
  { var: variables, upstream, ...flags }: LocalFlags,
  before: (compiled: Compiled) => Promise<void> = async () => undefined,
): Promise<{ readonly runner: Runner; readonly first: Compiled }> {
  const runner = new Runner({ ...flags, variables, upstream, isMinified: false, graceMs: GRACE_MS })
  stopOnSignals((hurry) => runner.stop(hurry))
  const saves = new Saves((file) => reload(runner, file))
  // watched from the beginning: what is saved while the gateway starts must not be missed
  for (const folder of [flags.config, join(repository, 'src')]) saves.watch(folder)
  try {
    const first = await runner.start(printMessages)
    if (first.isGood) await before(first)
    for (const file of first.files) saves.watch(dirname(file))
    const url = `http://${flags.host}:${runner.port}`
    if (first.isGood) console.log(`${routeTable(first.routes)}\n\n${summary(first)} on ${url}`)
    else console.error(`${summary(first)}; waiting for a better config`)
    saves.begin()
    await first.writeSchemas()
    return { runner, first }
  } catch (error) {
    saves.end()
    await runner.stop()
    throw error
  }
}

async function reload(runner: Runner, file: string): Promise<void> {
  const started = performance.now()
  try {
    const compiled = await runner.reload(printMessages)
    const took = `${Math.round(performance.now() - started)} ms`
    if (compiled.isGood) console.log(`reloaded after ${file}: ${summary(compiled)} (${took})`)
    else console.error(`${summary(compiled)}; the last good gateway goes on running`)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    console.error(`${paint('red', error.message)}\nthe last good gateway goes on running`)
  }
}

/** Calls back after files are saved: once they have settled, one call at a time. */
class Saves {
  readonly #onSave: (file: string) => Promise<void>
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #waiting: string | undefined
  #busy: Promise<void> | undefined

  constructor(onSave: (file: string) => Promise<void>) {
    this.#onSave = onSave
  }

  watch(folder: string): void {
    if ([...this.#watchers.keys()].some((known) => folder.startsWith(known))) return
    const watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file === null || NOISE.test(file)) return
      this.#waiting = file
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#next(), SETTLE_MS)
    })
    this.#watchers.set(folder, watcher)
  }

  /** Until then saves are only noted. */
  begin(): void {
    this.#busy = Promise.resolve()
    this.#next()
  }

  end(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    clearTimeout(this.#timer)
  }

  #next(): void {
    const file = this.#waiting
    if (file === undefined || this.#busy === undefined) return
    this.#waiting = undefined
    this.#busy = this.#busy.then(() => this.#onSave(file))
  }
}

/** What editors and compile itself write beside the files that count. */
const NOISE = /(^|\/)generated(\/|$)|\.new(\/|$)|~$|\.sw.$|^sed\w{6}$|\.test\.ts$|\.md$/
