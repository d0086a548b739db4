import type { Command } from 'commander'
import { withReadinessFlags, withSecretFlags } from '../deploy/flags.ts'
import { previewDown, previewList, previewUp, type UpFlags } from '../deploy/preview.ts'

/** `cardea preview …`: one environment on Cloudflare for each branch. */
export function addPreview(program: Command): void {
  const preview = program
    .command('preview')
    .description('environments of branches, with counters, keys and secrets of their own')
  withReadinessFlags(withSecretFlags(preview.command('up')))
    .description('make the environment of a branch, or renew it')
    .option('--branch <name>', 'the branch it belongs to; when left out, the current one')
    .option('--since <ref>', 'show changes since the branch left this one; when left out, main')
    .option('--comment <file>', 'also write a comment for a pull request, in Markdown')
    .action((flags: UpFlags) => previewUp(flags))
  preview
    .command('list')
    .description('list them, with their URLs')
    .option('--json', 'as JSON', false)
    .action(({ json }: { readonly json: boolean }) => previewList(json))
  preview
    .command('down')
    .description('remove the environment of a branch and all it holds')
    .option('--branch <name>', 'the branch; when left out, the current one')
    .action(({ branch }: { readonly branch?: string }) => previewDown(branch))
}
