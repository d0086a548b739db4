import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { shown } from '../compile/compile.ts'
import { type Kind, Plugins, repository } from '../compile/plugins.ts'
import { configFlag } from '../local/flags.ts'
import { UserError } from '../local/user-error.ts'
import { replaceFile } from '../sources/folder.ts'
import { templates } from './new-templates.ts'

export function addNew(program: Command): void {
  program
    .command('new')
    .description('make a policy or handler of your own, with a passing test')
    .addArgument(new Argument('<kind>', 'what to make').choices(['policy', 'handler']))
    .argument('<name>', 'its name in kebab-case, as tenant-header')
    .addOption(configFlag())
    .action((kind: Kind, name: string, { config }: { config: string }) => {
      checkName(kind, name, config)
      const folder = join(config, FOLDERS[kind])
      const files = templates(kind, name).map(([file, text]) => [join(folder, file), text] as const)
      const taken = files.map(([path]) => path).find(existsSync)
      if (taken !== undefined) {
        throw new UserError(
          `${shown(taken)} is already there.\nNothing is overwritten, and nothing was written.\nChoose another name, or remove the file.`,
        )
      }
      write(files)
      for (const [path] of files) console.log(`wrote ${shown(path)}`)
      console.log(`\n${next(kind, name, config)}`)
    })
}

/** Both or none: the part without its test would not be made again. */
function write(files: readonly (readonly [path: string, text: string])[]): void {
  const written: string[] = []
  try {
    for (const [path, text] of files) {
      replaceFile(path, text)
      written.push(path)
    }
  } catch (error) {
    for (const path of written) rmSync(path)
    throw error
  }
}

const FOLDERS = { policy: 'policies', handler: 'handlers' } as const

/** One name for file, config, docs and metrics; 64 characters are more than any has. */
function checkName(kind: Kind, name: string, config: string): void {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 64) {
    const kebab = name
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '')
      .slice(0, 64)
    throw new UserError(
      `'${name}' is not a name for a ${kind}.\nIt becomes a file's name, and what config, logs and metrics say.\nWrite it in kebab-case: ${kebab || 'tenant-header'}.`,
    )
  }
  const builtIn = join(repository, 'src', FOLDERS[kind], name)
  if (existsSync(builtIn) && new Plugins(config).names(kind).includes(name)) {
    throw new UserError(
      `There is a built-in ${kind} '${name}'.\nYours would take its place on every route that names it.\nChoose another name.`,
    )
  }
}

function next(kind: Kind, name: string, config: string): string {
  const use =
    kind === 'policy'
      ? [
          `Next: name it in ${shown(join(config, 'policies.json'))}`,
          `    "${name}": { "policy": "${name}", "options": { "value": "acme" } }`,
          'and put it on a route, a path or the whole document:',
          `    "x-policies": ["${name}"]`,
        ]
      : [
          'Next: put it on a route, a path or the whole document:',
          `    "x-handler": { "handler": "${name}", "options": { "greeting": "Hello" } }`,
        ]
  const test =
    config === join(repository, 'config')
      ? 'npm run check compiles, checks types and runs the tests in config/.'
      : `Its test: CARDEA_CONFIG=${shown(config)} npx vitest run --project config`
  return [...use, test].join('\n')
}
