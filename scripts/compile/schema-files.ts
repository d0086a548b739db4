import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isObject, member } from './documents/pointer.ts'
import { readSource, type Source } from './documents/source.ts'
import { Messages } from './messages.ts'

/** More files than a person keeps by hand. */
const FILES_MAX = 1000

/**
 * Reads a file of JSON Schema and every local file it refers to, the file itself first.
 * @throws Error with a sentence when one of them cannot be read
 */
export function readSchemaFile(root: string, path: string): readonly [Source, ...Source[]] {
  const first = read(root, path)
  const files = new Map([[first.uri, first]])
  for (const source of files.values()) {
    for (const uri of filesIn(source)) {
      if (files.has(uri) || files.size >= FILES_MAX) continue
      files.set(uri, read(root, fileURLToPath(uri)))
    }
  }
  const [, ...others] = files.values()
  return [first, ...others]
}

function read(root: string, path: string): Source {
  const messages = new Messages()
  const source = readSource(root, path, messages)
  const [message] = messages.all
  if (source !== undefined && messages.errors === 0) return source
  const { file, line, column } = message?.at ?? { file: path, line: 1, column: 1 }
  throw new Error(`${file}:${line}:${column} ${message?.what.replace(/\.$/, '') ?? 'is unusable'}`)
}

/** The files that references name. Where `$id` names another base, what is not there is left to the compiler. */
function filesIn(source: Source): readonly string[] {
  const found = new Set<string>()
  const queue: unknown[] = [source.value]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (Array.isArray(next)) queue.push(...next)
    if (!isObject(next)) continue
    for (const keyword of ['$ref', '$dynamicRef']) {
      const ref = member(next, keyword)
      const uri = typeof ref === 'string' ? localFile(ref, source.uri) : undefined
      if (uri !== undefined) found.add(uri)
    }
    queue.push(...Object.values(next))
  }
  found.delete(source.uri)
  return [...found]
}

function localFile(ref: string, base: string): string | undefined {
  if (ref.startsWith('#') || !URL.canParse(ref, base)) return undefined
  const url = new URL(ref, base)
  url.hash = ''
  url.search = ''
  try {
    return url.protocol === 'file:' && statSync(fileURLToPath(url)).isFile() ? url.href : undefined
  } catch {
    return undefined
  }
}
