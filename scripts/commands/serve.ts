import { type Command, InvalidArgumentError } from 'commander'
import { type LocalFlags, withLocalFlags } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'
import { Runner, UserError } from '../local/runner.ts'
import { stopOnSignals } from '../local/signals.ts'

export function addServe(program: Command): void {
  withLocalFlags(program.command('serve'))
    .description('run the gateway on this machine, for production')
    .option('--grace <seconds>', 'how long requests under way may take after SIGTERM', seconds, 10)
    .action(async ({ var: variables, upstream, grace, ...flags }: ServeFlags) => {
      const runner = new Runner({
        ...flags,
        variables,
        upstream,
        isMinified: true,
        graceMs: grace * 1000,
      })
      stopOnSignals((hurry) => runner.stop(hurry))
      const compiled = await runner.start(printMessages)
      if (!compiled.isGood) {
        await runner.stop()
        throw new UserError(summary(compiled))
      }
      console.log(`${summary(compiled)} on http://${flags.host}:${runner.port}`)
      await runner.ended
      if (runner.isStopping) return
      await runner.stop()
      throw new UserError(
        'workerd has ended by itself.\nNothing answers requests any more.\nStart again; a service manager does that by itself: Restart=on-failure, or restart: on-failure.',
      )
    })
}

interface ServeFlags extends LocalFlags {
  readonly grace: number
}

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Write a number of seconds.')
}
