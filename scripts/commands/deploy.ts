import type { Command } from 'commander'
import { deploy, type DeployFlags } from '../deploy/deploy.ts'
import { withReadinessFlags, withSecretFlags } from '../deploy/flags.ts'

export function addDeploy(program: Command): void {
  withReadinessFlags(withSecretFlags(program.command('deploy')))
    .description('check, upload and run the committed gateway on Cloudflare')
    .option('--dry-run', 'show all of that, upload nothing', false)
    .option('--allow-dirty', 'deploy what is not committed, too', false)
    .option('--since <commit>', 'show changes since this commit instead of the deployed one')
    .action((flags: DeployFlags) => deploy(flags))
}
