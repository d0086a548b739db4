import type { Command } from 'commander'
import { compile, shown } from '../compile/compile.ts'
import { configFlag } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'

export function addCompile(program: Command): void {
  program
    .command('compile')
    .description('turn config/ into the gateway module, or tell all that is wrong with it')
    .addOption(configFlag())
    .option('--check', 'only check, write nothing', false)
    .option('--strict', 'treat warnings as errors', false)
    .option('--var <NAME...>', 'names of variables that are declared elsewhere', [])
    .action(async ({ config, check, strict, var: variables }: Flags) => {
      const started = performance.now()
      const names = variables.map((one) => one.split('=', 1)[0]!)
      const compiled = await compile({ config, variables: names, isStrict: strict, isDry: check })
      printMessages(compiled)
      const took = `${Math.round(performance.now() - started)} ms`
      const where = compiled.isGood && !check ? ` → ${shown(compiled.folder)}/gateway.ts` : ''
      console.log(`${summary(compiled)}${where} (${took})`)
      if (compiled.isGood && !check) await compiled.writeSchemas()
      // `wrangler dev` holds every request for as long as its build command fails; told that all is well it
      // goes on with the last good gateway. A deploy must fail.
      if (!compiled.isGood && process.env['WRANGLER_COMMAND'] !== 'dev') process.exitCode = 1
    })
}

interface Flags {
  readonly config: string
  readonly check: boolean
  readonly strict: boolean
  readonly var: readonly string[]
}
