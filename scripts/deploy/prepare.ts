import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { parse as parseToml } from 'smol-toml'
import { type Compiled, compile } from '../compile/compile.ts'
import { repository } from '../compile/plugins.ts'
import { printMessages, summary } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'

/** What wrangler.toml says of the Worker. */
export interface Project {
  readonly toml: Readonly<Record<string, unknown>>
  readonly worker: string
  /** `[secrets] required`. */
  readonly required: readonly string[]
}

/** @throws UserError when there is no wrangler.toml, or it names no Worker */
export function project(): Project {
  const toml = wranglerToml()
  const worker = toml['name']
  if (typeof worker !== 'string' || worker === '') {
    throw new UserError(
      'wrangler.toml has no \'name\'.\nThe Worker, its URL and its previews are called by it.\nWrite name = "my-gateway" at its top.',
    )
  }
  const { required = [] } = (toml['secrets'] ?? {}) as { required?: unknown }
  if (!Array.isArray(required) || !required.every((one) => typeof one === 'string')) {
    throw new UserError(
      '\'required\' in [secrets] of wrangler.toml is not a list of names.\nThe secrets that it names are looked for before anything is uploaded.\nWrite required = ["ADMIN_TOKEN"].',
    )
  }
  return { toml, worker, required: required as readonly string[] }
}

/** Everything that can be found wrong without asking Cloudflare. */
export async function compiledAndChecked(): Promise<Compiled> {
  const compiled = await compile()
  printMessages(compiled)
  if (!compiled.isGood) throw new UserError(`${summary(compiled)}. Nothing was uploaded.`)
  await checkTypes()
  console.log(`Checked: ${summary(compiled)}; types`)
  return compiled
}

function wranglerToml(): Readonly<Record<string, unknown>> {
  const file = join(repository, 'wrangler.toml')
  if (!existsSync(file)) {
    throw new UserError(
      'There is no wrangler.toml.\nIt names the Worker and what it is bound to.\nTake it back from Git: git checkout wrangler.toml',
    )
  }
  try {
    return parseToml(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UserError(
      `wrangler.toml is broken: ${(error as Error).message}\nIt names the Worker and what it is bound to.\nMend it there.`,
    )
  }
}

/** As `npm run check` does; the options of every route are typed calls, so this checks the config, too. */
async function checkTypes(): Promise<void> {
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  try {
    await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false'], { cwd: repository })
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string }
    throw new UserError(
      `The types do not fit, so nothing was uploaded:\n${stdout.trim() || message}\nMend what is named; 'npm run check' tells the same.`,
    )
  }
}
