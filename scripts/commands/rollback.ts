import type { Command } from 'commander'
import { rollback, type RollbackFlags } from '../deploy/rollback.ts'

export function addRollback(program: Command): void {
  program
    .command('rollback')
    .description('run again on Cloudflare what ran before')
    .argument('[version]', 'a version or a commit; when left out, the code that ran before')
    .option('--dry-run', 'show what would change, change nothing', false)
    .option('--force', 'also when that brings old values of secrets back', false)
    .option('--message <text>', 'why, for the list of deployments')
    .action((version: string | undefined, flags: RollbackFlags) => rollback(version, flags))
}
