#!/usr/bin/env node
import { Command } from 'commander'
import { addCompile } from './commands/compile.ts'
import { addConsumers } from './commands/consumers.ts'
import { addDev } from './commands/dev.ts'
import { addExplain } from './commands/explain.ts'
import { addKeys } from './commands/keys.ts'
import { addNew } from './commands/new.ts'
import { addServe } from './commands/serve.ts'
import { addStart } from './commands/start.ts'
import { UserError } from './local/runner.ts'

const program = new Command('cardea')
  .description('An API gateway that lives in a Git repository and runs at the edge.')
  .showHelpAfterError()
const commands = [addStart, addDev, addServe, addCompile, addExplain, addKeys, addConsumers, addNew]
for (const add of commands) add(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
