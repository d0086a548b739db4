import { type Command, InvalidArgumentError } from 'commander'

/** Where values for `[secrets] required` come from; without these, from what was set before. */
export function withSecretFlags(command: Command): Command {
  return command
    .option('--secrets-file <file>', 'values to set with this version: NAME=value lines, or JSON')
    .option('--secrets-from-env', 'set the required secrets that the environment has', false)
}

export interface ReadinessFlags {
  readonly url?: string
  /** Seconds. */
  readonly wait: number
}

/** Where and how long the new version is asked whether it starts. */
export function withReadinessFlags(command: Command): Command {
  return command
    .option('--url <url>', 'where it answers, when that is not where wrangler says', url)
    .option('--wait <seconds>', 'how long it may take to answer; 0 does not ask', seconds, 30)
}

function url(text: string): string {
  if (URL.canParse(text) && /^https?:/i.test(text)) return text
  throw new InvalidArgumentError('Write an absolute http or https URL.')
}

function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= 3600) return value
  throw new InvalidArgumentError('Write a number of seconds, at most 3600.')
}
