import type { Command } from 'commander'

/** Where values for `[secrets] required` come from; without these, from what was set before. */
export function withSecretFlags(command: Command): Command {
  return command
    .option('--secrets-file <file>', 'values to set with this version: NAME=value lines, or JSON')
    .option('--secrets-from-env', 'set the required secrets that the environment has', false)
}
