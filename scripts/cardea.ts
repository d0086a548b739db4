#!/usr/bin/env node
import { Command } from 'commander'
import { addBuild } from './commands/build.ts'
import { addCompile } from './commands/compile.ts'
import { addConsumers } from './commands/consumers.ts'
import { addCounters } from './commands/counters.ts'
import { addDeploy } from './commands/deploy.ts'
import { addDev } from './commands/dev.ts'
import { addExplain } from './commands/explain.ts'
import { addImport } from './commands/import.ts'
import { addKeys } from './commands/keys.ts'
import { addNew } from './commands/new.ts'
import { addPreview } from './commands/preview.ts'
import { addRollback } from './commands/rollback.ts'
import { addServe } from './commands/serve.ts'
import { addStart } from './commands/start.ts'
import { addSync } from './commands/sync.ts'
import { UserError } from './local/runner.ts'
import { systemErrorText } from './local/system-error.ts'

const program = new Command('cardea')
  .description('An API gateway that lives in a Git repository and runs at the edge.')
  .showHelpAfterError()
const commands = [
  addStart,
  addDev,
  addServe,
  addCompile,
  addExplain,
  addKeys,
  addConsumers,
  addCounters,
  addNew,
  addSync,
  addImport,
  addDeploy,
  addRollback,
  addPreview,
  addBuild,
]
for (const add of commands) add(program)

try {
  await program.parseAsync()
} catch (error) {
  const text = error instanceof UserError ? error.message : systemErrorText(error)
  if (text === undefined) throw error
  console.error(text)
  process.exitCode = 1
}
