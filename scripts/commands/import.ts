import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Command, InvalidArgumentError } from 'commander'
import { shown } from '../compile/compile.ts'
import { configFlag } from '../local/flags.ts'
import { printMessages } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'
import { replaceFile } from '../sources/folder.ts'
import { importDocument, type Imported } from '../sources/import.ts'

export function addImport(program: Command): void {
  program
    .command('import')
    .description('copy an OpenAPI or Swagger 2.0 document into config/, converted if need be')
    .argument('<source>', 'file or https URL')
    .addOption(configFlag())
    .option('--name <name>', 'name of the new file, without .oas.json', fileName)
    .option('--force', 'overwrite a document of that name', false)
    .option('--allow-http', 'take http, too', false)
    .action(async (source: string, { config, name, force, allowHttp }: Flags) => {
      const imported = await importDocument(config, urlOf(source), { allowHttp, name })
      const { messages, files } = imported
      printMessages({ messages: messages.all })
      if (files.size === 0) {
        throw new UserError(
          `${source} cannot be read.\nNothing was written.\nMend what is told above, then import it again.`,
        )
      }
      write(config, imported, force)
      if (messages.errors === 0) return
      throw new UserError(
        `The document has ${messages.errors} error${messages.errors === 1 ? '' : 's'}.\nThe gateway cannot be compiled like this; the files were written all the same.\nMend them there: what is wrong is told above.`,
      )
    })
}

interface Flags {
  readonly config: string
  readonly name?: string
  readonly force: boolean
  readonly allowHttp: boolean
}

function fileName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text
  throw new InvalidArgumentError('Write letters, digits, dots and hyphens, as orders-v2.')
}

function urlOf(source: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return pathToFileURL(resolve(source))
  if (URL.canParse(source) && /^(https?|file):/i.test(source)) return new URL(source)
  throw new UserError(
    `'${source}' is neither a file nor a URL that can be fetched.\nDocuments come from disk, or over https.\nWrite a path, or a URL that begins with https://.`,
  )
}

function write(config: string, { name, files, isConverted }: Imported, isForced: boolean): void {
  const [main] = files.keys()
  const others = ['json', 'yaml', 'yml']
    .map((end) => join(config, `${name}.oas.${end}`))
    .filter(existsSync)
  const isSame = [...files].every(([file, content]) => {
    const path = join(config, file)
    return existsSync(path) && readFileSync(path).equals(Buffer.from(content))
  })
  if (isSame) return console.log(`${shown(join(config, main!))} is the same already.`)
  if (others.length > 0 && !isForced) {
    throw new UserError(
      `${shown(others[0]!)} is already there.\nNothing is overwritten, and nothing was written.\nChoose another name with --name, or overwrite it with --force.`,
    )
  }
  // what the document refers to comes first: an interruption leaves nothing that compile would read
  for (const [file, content] of [...files].toReversed()) replaceFile(join(config, file), content)
  for (const path of others) if (path !== join(config, main!)) rmSync(path)
  for (const file of files.keys()) console.log(`wrote ${shown(join(config, file))}`)
  const how = isConverted ? 'It was Swagger 2.0 and is OpenAPI 3.0 now. ' : ''
  console.log(`\n${how}Next: add "x-policies" where you want them, then run \`npx cardea dev\`.`)
  console.log('To keep the original where it is instead, see docs/sources.md.')
}
