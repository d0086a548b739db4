import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Location, Messages } from '../messages.ts'
import { parseJson } from './json.ts'
import type { Finding, Parsed } from './parsed.ts'
import { isObject, names, type JsonObject } from './pointer.ts'
import { parseYaml } from './yaml.ts'

/** One JSON or YAML file, read and found to be an object. */
export interface Source {
  /** Relative to the config folder, with `/`; `../shared.json` when it lies outside. */
  readonly file: string
  /** Absolute. */
  readonly path: string
  /** What relative references resolve against: the `file:` URL, or of a copy the URL of its original. */
  readonly uri: string
  readonly value: JsonObject
  /** Whether its references lead to copies only, never to whatever else lies on this machine's disk. */
  readonly isSealed?: boolean
  /**
   * Line and column of what a JSON Pointer leads to (its name, where it has one), or of the
   * nearest thing above it that exists. Both count from 1, columns in UTF-16 code units.
   */
  locate(pointer: string): { readonly line: number; readonly column: number }
  /** The same with file and pointer, as messages want it. */
  at(pointer: string): Location
}

/**
 * Reads a file of the config folder. Undefined when it cannot be used; then at least one error
 * with its place is among the messages. Never throws for what a file contains.
 *
 * @param root The config folder.
 * @param path Absolute, or relative to `root`. Any ending: `.json` is JSON, everything else YAML.
 * @param copy Says of a copy where the original is, and its bytes when they are at hand.
 */
export function readSource(
  root: string,
  path: string,
  messages: Messages,
  copy?: Copy,
): Source | undefined {
  const absolute = resolve(root, path)
  const file = copy?.file ?? relative(resolve(root), absolute).replaceAll(sep, '/')
  const start: Location = { file, pointer: '', line: 1, column: 1 }
  const read = copy?.bytes
    ? decode(copy.bytes, start, messages)
    : readText(absolute, start, messages)
  if (read === undefined) return undefined

  const text = withLineFeeds(read)
  const lines = lineIndex(text)
  const isJson = /\.json$/i.test(absolute)
  const parsed = parse(text, isJson)
  for (const finding of parsed.findings) {
    const at = { file, pointer: finding.pointer, ...lines(finding.offset) }
    tell(finding, at, messages)
  }
  if (parsed.value === undefined && parsed.findings.length > 0) return undefined
  const value = usable(parsed.value, start, messages)
  if (!value) return undefined

  const locate = (pointer: string) => lines(parsed.offset(names(pointer) ?? []))
  const at = (pointer: string): Location => ({ file, pointer, ...locate(pointer) })
  const uri = copy?.uri ?? pathToFileURL(absolute).href
  return { file, path: absolute, uri, value, isSealed: copy !== undefined, locate, at }
}

/** What messages and references go by, instead of where the copy lies. */
export interface Copy {
  readonly file: string
  readonly uri: string
  readonly bytes?: Buffer
}

/** Files larger than this are refused: 64 MiB. The largest public document we know has 45. */
export const bytesMax = 64 * 1024 * 1024

/** Nesting past this is an attack or a generator gone wild; recursive readers would overflow. */
const depthMax = 500

/** Values after YAML aliases are expanded. The largest public document we know has 1.5 million. */
const valuesMax = 10_000_000

function readText(path: string, at: Location, messages: Messages): string | undefined {
  let bytes: Buffer
  try {
    const stat = statSync(path)
    if (!stat.isFile()) {
      messages.error(
        'unreadable-file',
        at,
        `'${at.file}' is not a regular file.`,
        'Only regular files and links to them are read.',
        'Put a JSON or YAML file there.',
      )
      return undefined
    }
    if (stat.size > bytesMax) {
      messages.error(
        'file-too-large',
        at,
        `'${at.file}' has ${(stat.size / 1024 / 1024).toFixed(0)} MiB.`,
        'Files over 64 MiB are not read, so that a wrong file cannot exhaust the memory.',
        'Split the document, or leave examples out.',
      )
      return undefined
    }
    bytes = readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    messages.error(
      'unreadable-file',
      at,
      `'${at.file}' cannot be read (${code}).`,
      'The gateway is compiled from this file.',
      'Check the name and the permissions.',
    )
    return undefined
  }
  return decode(bytes, at, messages)
}

function decode(bytes: Buffer, at: Location, messages: Messages): string | undefined {
  // the byte order mark is allowed by YAML and, for readers, by RFC 8259 §8.1
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (!isUtf8(bytes)) {
    messages.error(
      'invalid-encoding',
      { ...at, ...lineIndex(text)(Math.max(0, text.indexOf('\uFFFD'))) },
      `'${at.file}' is not UTF-8.`,
      'Bytes that are not UTF-8 could be read as other names than those written.',
      'Save the file as UTF-8.',
    )
    return undefined
  }
  if (text.trim() !== '') return text
  messages.error(
    'empty-file',
    at,
    `'${at.file}' is empty.`,
    'An empty file says nothing, so it was probably not saved.',
    'Write the document, or delete the file.',
  )
  return undefined
}

/**
 * A lone carriage return is a line break, too (YAML 1.2 §5.4), for which the parser does not take it; JSON has it between
 * tokens only. Every offset stays what it was.
 */
const withLineFeeds = (text: string): string => text.replace(/\r(?!\n)/g, '\n')

function parse(text: string, isJson: boolean): Parsed {
  try {
    return isJson ? parseJson(text) : parseYaml(text)
  } catch (error) {
    // a parser that overflows the stack has met nesting past any use
    const code = isJson ? 'invalid-json' : 'invalid-yaml'
    const detail = error instanceof RangeError ? 'The document nests too deep' : String(error)
    const finding: Finding = { code, offset: 0, pointer: '', detail }
    return { value: undefined, findings: [finding], offset: () => 0 }
  }
}

function tell({ code, detail }: Finding, at: Location, messages: Messages): void {
  switch (code) {
    case 'duplicate-key':
      return messages.error(
        code,
        at,
        `The name '${detail}' stands twice in one object.`,
        'Only the last one would count, and what the first one says would be lost silently.',
        'Merge the two, or rename one.',
      )
    case 'unknown-yaml-tag':
      return messages.warning(
        code,
        at,
        `${detail}.`,
        'The tag is ignored and the plain value is used.',
        'Remove the tag.',
      )
    case 'invalid-json':
      return messages.error(
        code,
        at,
        `The JSON is broken: ${detail}.`,
        'Nothing of the file can be read.',
        'Mend it there. JSON has no comments and no comma after the last member; a document in YAML, NAME.oas.yaml, may have both.',
      )
    case 'invalid-yaml':
      return messages.error(
        code,
        at,
        `The YAML is broken: ${detail}.`,
        'Nothing of the file can be read.',
        'Mend it there; text with special characters needs quotes, and one file holds one document.',
      )
  }
}

function usable(value: unknown, at: Location, messages: Messages): JsonObject | undefined {
  if (!isObject(value)) {
    messages.error(
      'not-an-object',
      at,
      `'${at.file}' holds ${describe(value)} where an object is expected.`,
      'Every file of the config is an object at its root.',
      'Begin the file with names and values.',
    )
    return undefined
  }
  const excess = exceeds(value)
  if (!excess) return value
  messages.error(
    'too-deep',
    at,
    excess === 'depth'
      ? `'${at.file}' nests deeper than ${depthMax} levels.`
      : `'${at.file}' has more than ${valuesMax.toLocaleString('en')} values once its aliases are expanded.`,
    'Reading it could exhaust the memory, so it is refused.',
    'Write references ($ref) instead of nesting or aliases.',
  )
  return undefined
}

/** Also true for a YAML alias inside its own anchor, which nests without end. */
function exceeds(root: unknown): 'depth' | 'values' | undefined {
  let count = 0
  const deep = (value: unknown, depth: number): boolean => {
    if (typeof value !== 'object' || value === null) return false
    if (depth > depthMax) return true
    for (const name in value) {
      if (++count > valuesMax) return true
      if (deep((value as JsonObject)[name], depth + 1)) return true
    }
    return false
  }
  if (!deep(root, 1)) return undefined
  return count > valuesMax ? 'values' : 'depth'
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

/** Offsets into lines and columns; the line starts are found when the first message asks. */
function lineIndex(text: string): (offset: number) => { line: number; column: number } {
  let starts: number[] | undefined
  return (offset) => {
    if (!starts) {
      starts = [0]
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
        starts.push(at + 1)
      }
    }
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
