#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { Command } from 'commander'
import { tellError } from './local/tell-error.ts'

// the second start of a command takes half the time
enableCompileCache()

type Add = (program: Command) => void

/** Loaded when it is called: `cardea keys` needs no compiler. In the order in which `--help` lists them. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  start: async () => (await import('./commands/start.ts')).addStart,
  dev: async () => (await import('./commands/dev.ts')).addDev,
  serve: async () => (await import('./commands/serve.ts')).addServe,
  compile: async () => (await import('./commands/compile.ts')).addCompile,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  keys: async () => (await import('./commands/keys.ts')).addKeys,
  consumers: async () => (await import('./commands/consumers.ts')).addConsumers,
  counters: async () => (await import('./commands/counters.ts')).addCounters,
  new: async () => (await import('./commands/new.ts')).addNew,
  sync: async () => (await import('./commands/sync.ts')).addSync,
  import: async () => (await import('./commands/import.ts')).addImport,
  deploy: async () => (await import('./commands/deploy.ts')).addDeploy,
  rollback: async () => (await import('./commands/rollback.ts')).addRollback,
  preview: async () => (await import('./commands/preview.ts')).addPreview,
  backup: async () => (await import('./commands/backup.ts')).addBackup,
  restore: async () => (await import('./commands/backup.ts')).addRestore,
  build: async () => (await import('./commands/build.ts')).addBuild,
}

const program = new Command('cardea')
  .description('An API gateway that lives in a Git repository and runs at the edge.')
  .showHelpAfterError()
const asked = process.argv[2] ?? ''
const load = Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)
for (const one of load) (await one())(program)

// whoever reads the output may have seen enough: `cardea keys list | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})
process.on('uncaughtException', (error) => {
  tellError(error)
  process.exit(1)
})
try {
  await program.parseAsync()
} catch (error) {
  tellError(error)
  process.exitCode = 1
}
