import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Messages } from './messages.ts'

/**
 * Whether something of that name is there. A link that leads nowhere is: reading it tells so, where passing over it
 * would leave out the policies in it.
 */
export const isThere = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false }) !== undefined

/**
 * The OpenAPI documents of a config folder, by their names. A file whose name is nearly one that is read is an error:
 * what stands in it would be missing.
 *
 * @param hasOthers whether documents come from elsewhere, so that there may be none here
 */
export function documentsIn(
  root: string,
  messages: Messages,
  { hasOthers }: { readonly hasOthers: boolean },
): readonly string[] {
  const names = namesIn(root)
  for (const name of names ?? []) tellMisnamed(name, messages)
  const found = (names ?? []).filter((name) => /\.oas\.(json|yaml|yml)$/.test(name))
  if (found.length === 0 && !hasOthers) tellNone(root, names, messages)
  return found.toSorted()
}

/** Undefined when there is no such folder. */
function namesIn(root: string): readonly string[] | undefined {
  try {
    return readdirSync(root).toSorted()
  } catch {
    return undefined
  }
}

function tellMisnamed(name: string, messages: Messages): void {
  const [, own] = /^(policies|gateway|sources)\.(?:json5?|jsonc|ya?ml|toml)$/i.exec(name) ?? []
  const isOwn = own !== undefined && name !== `${own.toLowerCase()}.json`
  const isDocument = /\.oas\.(json5?|jsonc|ya?ml|toml)$/i.test(name)
  if (!isOwn && (!isDocument || /\.oas\.(json|yaml|yml)$/.test(name))) return
  messages.error(
    'misnamed-file',
    place(name),
    `'${name}' is not read.`,
    'Its name is nearly one that is, and what stands in it would be missing.',
    isOwn
      ? `Write it as JSON, in '${own.toLowerCase()}.json'.`
      : "Write it as JSON or YAML, with a name that ends in '.oas.json' or '.oas.yaml'.",
  )
}

function tellNone(root: string, names: readonly string[] | undefined, messages: Messages): void {
  const near = names?.find((name) => /\.(json|ya?ml)$/i.test(name) && mayBeDocument(root, name))
  messages.error(
    'no-document',
    place('.'),
    names === undefined
      ? `'${root}' is not a folder that can be read.`
      : `There is no OpenAPI document in '${root}'.`,
    'A gateway is compiled from the documents of its config folder.',
    near === undefined
      ? "Put one there with a name that ends in '.oas.json' or '.oas.yaml'."
      : `'${near}' looks like one: rename it to '${near.replace(/\.(?=\w+$)/, '.oas.')}'.`,
  )
}

/** By its first kilobyte. */
function mayBeDocument(root: string, name: string): boolean {
  const start = Buffer.alloc(1024)
  try {
    const file = openSync(join(root, name), 'r')
    try {
      return /^\s*\{?\s*["']?openapi["']?\s*:/m.test(
        start.toString('utf8', 0, readSync(file, start)),
      )
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}

const place = (file: string) => ({ file, pointer: '', line: 1, column: 1 })
