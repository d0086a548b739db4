import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { parse as parseToml } from 'smol-toml'
import { beside, wranglerFile } from '../compile/wrangler-file.ts'
import { UserError } from './user-error.ts'

/** What `wrangler.toml` says of variables: the config folder's own file, one beside it, or the repository's. */
export interface Declared {
  /** Name → text; what is no text is JSON. */
  readonly vars: Readonly<Record<string, string>>
  /** Names of secrets. */
  readonly required: readonly string[]
}

export function declaredVariables(config: string): Declared {
  const file = wranglerFile(config)
  const toml = existsSync(file) ? parseToml(readFileSync(file, 'utf8')) : {}
  const { vars = {}, secrets } = toml as {
    vars?: Record<string, unknown>
    secrets?: { required?: unknown }
  }
  const required = Array.isArray(secrets?.required) ? (secrets.required as unknown[]) : []
  const texts = Object.entries(vars).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return {
    vars: Object.fromEntries(texts),
    required: required.filter((one) => typeof one === 'string'),
  }
}

/** `.dev.vars`, from the first of the same folders that has one. */
export function devVariables(config: string): Readonly<Record<string, string>> {
  const file = beside(config, '.dev.vars')
  return file ? definedOf(parseEnv(readFileSync(file, 'utf8'))) : {}
}

/**
 * Secrets of the environment: `NAME`, or `NAME_FILE` with the path of a file that holds nothing else, as
 * containers and systemd's credentials hand them over. One line end at the end of a file does not count.
 *
 * @throws UserError when both are set, or the file cannot be read
 */
export function environmentSecrets(
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const [value, file] = [environment[name], environment[`${name}_FILE`]]
    if (value !== undefined && file !== undefined) {
      throw new UserError(
        `Both ${name} and ${name}_FILE are set.\nOnly one of them can be the secret.\nUnset one: ${name}_FILE keeps the value out of the process's environment.`,
      )
    }
    if (value !== undefined) found[name] = value
    if (file !== undefined) found[name] = secretIn(file, `${name}_FILE`)
  }
  return found
}

function secretIn(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(
      `${variable} names '${file}', which cannot be read (${code}).\nThe secret would be missing, and what needs it would refuse every request.\nMake the file, readable by this user only, or correct the path.`,
    )
  }
}

const definedOf = (
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).filter((one): one is [string, string] => one[1] !== undefined),
  )
