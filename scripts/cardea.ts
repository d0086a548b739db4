#!/usr/bin/env node
import { Command } from 'commander'
import { addCompile } from './commands/compile.ts'
import { addDev } from './commands/dev.ts'
import { addExplain } from './commands/explain.ts'
import { addNew } from './commands/new.ts'
import { addServe } from './commands/serve.ts'
import { addStart } from './commands/start.ts'
import { UserError } from './local/runner.ts'

const program = new Command('cardea')
  .description('An API gateway that lives in a Git repository and runs at the edge.')
  .showHelpAfterError()
for (const add of [addStart, addDev, addServe, addCompile, addExplain, addNew]) add(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
