import type { Command } from 'commander'
import { type LocalFlags, withLocalFlags } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'
import { Runner, UserError } from '../local/runner.ts'
import { stopOnSignals } from '../local/signals.ts'

/** How long requests under way may take to end. */
const GRACE_MS = 10_000

export function addServe(program: Command): void {
  withLocalFlags(program.command('serve'))
    .description('run the gateway on this machine, for production')
    .action(async ({ var: variables, upstream, ...flags }: LocalFlags) => {
      const runner = new Runner({
        ...flags,
        variables,
        upstream,
        isMinified: true,
        graceMs: GRACE_MS,
      })
      stopOnSignals(() => runner.stop())
      const compiled = await runner.start(printMessages)
      if (!compiled.isGood) {
        await runner.stop()
        throw new UserError(summary(compiled))
      }
      console.log(`${summary(compiled)} on http://${flags.host}:${runner.port}`)
      await runner.ended
      process.exitCode = 1
    })
}
