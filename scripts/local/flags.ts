import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { option } from '../../src/core/option.ts'
import { checkOptions } from '../compile/options.ts'
import { repository } from '../compile/plugins.ts'

export interface LocalFlags {
  readonly config: string
  readonly state: string
  readonly host: string
  readonly port: number
  readonly var: Readonly<Record<string, string>>
  readonly upstream?: string
  /** Bytes. */
  readonly cacheSize: number
}

/** The flags that `dev`, `serve` and `start` share. */
export function withLocalFlags(command: Command): Command {
  return withBuildFlags(command)
    .option('--port <number>', 'port to listen on, 0 for any free one', port, 8787)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
}

/** Those of them that say what is built. */
export function withBuildFlags(command: Command): Command {
  return command
    .addOption(configFlag())
    .addOption(stateFlag())
    .option('--var <NAME=VALUE>', 'a variable, declared and set; may be repeated', variable, {})
    .option('--upstream <url>', 'sends every proxied route to this base URL', baseUrl)
    .addOption(
      new Option('--cache-size <size>', 'what `caches` may take of the disk')
        .argParser(size)
        .default(256 * 1024 * 1024, '256 MiB'),
    )
}

export const configFlag = (): Option =>
  new Option('--config <dir>', 'config folder, anywhere on the disk')
    .argParser((path) => resolve(path))
    .default(join(repository, 'config'), 'config')

export const stateFlag = (): Option =>
  new Option('--state <dir>', 'folder for state on disk')
    .argParser((path) => resolve(path))
    .default(join(repository, '.cardea'), '.cardea')

export function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

/** In the units of options of the config. */
function size(text: string): number {
  const { options } = checkOptions({ size: option.bytes('') }, { size: text })
  if (typeof options['size'] === 'number' && options['size'] > 0) return options['size']
  throw new InvalidArgumentError('Write a size like 64 MiB or 2 GiB.')
}

function variable(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('Write NAME=VALUE.')
  return { ...before, [name]: value! }
}

function baseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new InvalidArgumentError('Write an absolute http or https URL.')
}
