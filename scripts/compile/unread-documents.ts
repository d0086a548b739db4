import { closeSync, type Dirent, openSync, readdirSync, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isObject, member } from './documents/pointer.ts'
import type { Source } from './documents/source.ts'
import type { Messages } from './messages.ts'

/**
 * Tells of OpenAPI documents in a config folder that are not read: in a subfolder, or with a name of another form. Their operations
 * are missing from the gateway, and nothing else would say so.
 *
 * @param read every file that went in, also by reference
 * @param paths more of them, absolute
 */
export function tellUnread(
  root: string,
  read: Iterable<Pick<Source, 'path' | 'uri'>>,
  paths: Iterable<string>,
  messages: Messages,
): void {
  // with an error, what would have referred to it may not have been read
  if (messages.errors > 0) return
  const known = new Set([...paths, ...[...read].flatMap(({ path, uri }) => [path, ...local(uri)])])
  const unread = filesBelow(root).filter(
    (file) => !known.has(join(root, file)) && isDocument(join(root, file)),
  )
  const more = unread.length - MESSAGES_MAX
  unread.slice(0, MESSAGES_MAX).forEach((file, i) => {
    const isLast = i === MESSAGES_MAX - 1 && more > 0
    const name = basename(file).replace(/(\.oas)?\.(json|ya?ml)$/i, '.oas.$2')
    messages.warning(
      'document-not-read',
      { file, pointer: '', line: 1, column: 1 },
      `'${file}' is an OpenAPI document that is not read${isLast ? `; there are ${more} more` : ''}.`,
      "Documents are the '*.oas.json' and '*.oas.yaml' directly in the config folder; what this one describes is missing.",
      `${file.includes('/') ? `Move it up as '${name}'` : `Rename it to '${name}'`}, name it in sources.json, or keep it outside the config folder.`,
    )
  })
}

const MESSAGES_MAX = 20

/** Relative to the root, with `/`, in the order of their names. Links to folders are not followed. */
function filesBelow(root: string): readonly string[] {
  const files: string[] = []
  const folders = ['']
  let entries = 0
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of entriesOf(join(root, folder))) {
      if (++entries > ENTRIES_MAX) return files
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!NOT_LOOKED_INTO.test(path)) folders.push(path)
      } else if (entry.isFile() && /\.(json|ya?ml)$/i.test(entry.name)) files.push(path)
    }
  }
  return files
}

/** A config folder that is a whole home directory is not walked to its end. */
const ENTRIES_MAX = 5_000

/** Code of one's own, which may have fixtures; copies that compile reads in its own way; what no person keeps by hand. */
const NOT_LOOKED_INTO = /^(policies|handlers|sources\.lock)$|(^|\/)(\.[^/]*|node_modules)$/

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )
  } catch {
    // what this user may not read is not the gateway's
    return []
  }
}

/** By its first 64 KiB: the name stands on the outside, which in YAML is the left edge. */
function isDocument(path: string): boolean {
  const bytes = Buffer.alloc(64 * 1024)
  try {
    const file = openSync(path, 'r')
    try {
      const length = readSync(file, bytes)
      const text = bytes.toString('utf8', 0, length).replace(/^\uFEFF/, '')
      if (!path.toLowerCase().endsWith('.json')) return IN_YAML.test(text)
      return length < bytes.length ? isDocumentText(text) : IN_JSON.test(text)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}

/** JSON is YAML, too. */
const IN_YAML = /(?:^|[\r\n])(["']?)openapi\1\s*:\s*["']?3\.|^\s*\{\s*"openapi"\s*:\s*"3\./
/** Of a file that is too long to be parsed for this; in most it is the first name. */
const IN_JSON = /[{,]\s*"openapi"\s*:\s*"3\./

/** @throws SyntaxError */
function isDocumentText(json: string): boolean {
  const value: unknown = JSON.parse(json)
  const openapi = isObject(value) ? member(value, 'openapi') : undefined
  return typeof openapi === 'string' && openapi.startsWith('3.')
}

function local(uri: string): readonly string[] {
  try {
    return [fileURLToPath(uri)]
  } catch {
    return []
  }
}
