import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Compiled } from '../compile/compile.ts'
import { repository } from '../compile/plugins.ts'
import { type LocalFlags, withLocalFlags } from '../local/flags.ts'
import { paint, printMessages, routeTable, summary } from '../local/print.ts'
import { Runner, UserError } from '../local/runner.ts'
import { Saves } from '../local/saves.ts'
import { stopOnSignals } from '../local/signals.ts'
import { systemErrorText } from '../local/system-error.ts'
import { ToldFaults, UNHEARD } from '../local/tell-faults.ts'

/** Requests under way are a developer's own; nobody waits for them. */
const GRACE_MS = 500

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
  { var: variables, upstream, cacheSize, ...flags }: LocalFlags,
  before: (compiled: Compiled) => Promise<void> = async () => undefined,
): Promise<{ readonly runner: Runner; readonly first: Compiled }> {
  const runner = new Runner({
    ...flags,
    variables,
    upstream,
    cacheBytesMax: cacheSize,
    isMinified: false,
    graceMs: GRACE_MS,
  })
  stopOnSignals((hurry) => runner.stop(hurry))
  const told = new ToldFaults('.dev.vars, the environment and --var')
  const saves = new Saves((file) => reload(runner, file, told))
  // watched from the beginning: what is saved while the gateway starts must not be missed
  await Promise.all([flags.config, join(repository, 'src')].map((folder) => saves.watch(folder)))
  try {
    const first = await runner.start(printMessages)
    // nothing listens then, and the signal's handler ends the process
    if (runner.isStopping) return { runner, first }
    if (first.isGood) await before(first)
    for (const file of first.files) await saves.watch(dirname(file))
    const url = `http://${flags.host}:${runner.port}`
    if (first.isGood) console.log(`${routeTable(first.routes)}\n\n${summary(first)} on ${url}`)
    else console.error(`${summary(first)}; waiting for a better config`)
    if (first.isGood) await printFaults(runner, first, told)
    saves.begin()
    await first.writeSchemas()
    return { runner, first }
  } catch (error) {
    await saves.end()
    await runner.stop()
    throw error
  }
}

async function reload(runner: Runner, file: string, told: ToldFaults): Promise<void> {
  const started = performance.now()
  try {
    const compiled = await runner.reload(printMessages)
    const took = `${Math.round(performance.now() - started)} ms`
    if (runner.isStopping) return
    if (!compiled.isGood) {
      return console.error(`${summary(compiled)}; the last good gateway goes on running`)
    }
    console.log(`reloaded after ${file}: ${summary(compiled)} (${took})`)
    await printFaults(runner, compiled, told)
  } catch (error) {
    const text = error instanceof UserError ? error.message : systemErrorText(error)
    if (text === undefined) throw error
    console.error(`${paint('red', text)}\nthe last good gateway goes on running`)
  }
}

async function printFaults(runner: Runner, compiled: Compiled, told: ToldFaults): Promise<void> {
  const faults = await runner.faults()
  if (runner.isStopping) return
  const texts = faults === undefined ? [UNHEARD] : told.texts(faults, compiled)
  for (const text of texts) console.error(paint('red', text))
}
