import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { UserError } from '../local/user-error.ts'

export interface SecretFlags {
  readonly secretsFile?: string
  readonly secretsFromEnv: boolean
}

/** Values to set with this version, by name. An empty variable is one that a CI job left out. */
export function givenSecrets(
  required: readonly string[],
  { secretsFile, secretsFromEnv }: SecretFlags,
): Readonly<Record<string, string>> {
  const environment = secretsFromEnv
    ? required.map((name) => [name, process.env[name]]).filter(([, value]) => value)
    : []
  return { ...Object.fromEntries(environment), ...(secretsFile && fileSecrets(secretsFile)) }
}

/**
 * @param present names that are set already, where the version will run
 * @param command how to set one beforehand, for the error text
 * @throws UserError with every name that is missing
 */
export function checkPresent(
  required: readonly string[],
  given: Readonly<Record<string, string>>,
  present: ReadonlySet<string>,
  {
    where,
    command,
  }: { readonly where: string; readonly command: ((name: string) => string) | undefined },
): void {
  const missing = required.filter((name) => !Object.hasOwn(given, name) && !present.has(name))
  if (missing.length === 0) return
  throw new UserError(
    [
      `${where} has no value for ${missing.map((name) => `'${name}'`).join(', ')}, which wrangler.toml requires.`,
      'What needs it would answer 503 to every request. Nothing was uploaded.',
      `Pass --secrets-file FILE with ${missing.map((name) => `${name}=…`).join(' ')} lines, or --secrets-from-env where the environment has them${command ? '; or:' : '.'}`,
      ...(command ? missing.map((name) => `  ${command(name)}`) : []),
    ].join('\n'),
  )
}

/** Hands values to wrangler in a file that only this user can read, and that is gone afterwards. */
export async function withSecretsFile<T>(
  values: Readonly<Record<string, string>>,
  use: (flags: readonly string[]) => Promise<T>,
): Promise<T> {
  if (Object.keys(values).length === 0) return use([])
  const folder = mkdtempSync(join(tmpdir(), 'cardea-secrets-'))
  const file = join(folder, 'secrets.json')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 })
    return await use(['--secrets-file', file])
  } finally {
    process.removeListener('exit', remove)
    remove()
  }
}

/** @throws UserError when the file is missing or holds anything but `NAME=value` lines or a JSON object of texts */
export function fileSecrets(file: string): Record<string, string> {
  if (!existsSync(file)) {
    throw new UserError(
      `There is no file '${file}'.\n--secrets-file names the values to set.\nWrite NAME=value lines into it, or JSON; and keep it out of Git.`,
    )
  }
  const text = readFileSync(file, 'utf8')
  const values: unknown = text.trimStart().startsWith('{') ? json(text, file) : parseEnv(text)
  const entries = Object.entries(values as Record<string, unknown>)
  if (
    entries.length > 0 &&
    entries.every(([, value]) => typeof value === 'string' && value !== '')
  ) {
    return Object.fromEntries(entries) as Record<string, string>
  }
  throw new UserError(
    `'${file}' does not hold secrets.\nEach must have a value that is a text.\nWrite NAME=value lines, or a JSON object of texts.`,
  )
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // the parser's own message would quote the file
    throw new UserError(
      `'${file}' is not JSON.\nIt begins with a brace, so it is read as JSON.\nMend it, or write NAME=value lines.`,
    )
  }
}
