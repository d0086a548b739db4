import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isThere } from '../compile/config-files.ts'
import { isObject, type JsonObject, step } from '../compile/documents/pointer.ts'
import { readSource, type Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { unknownKeys } from '../compile/tell.ts'

/** An entry of `config/sources.json`. */
export interface SourceEntry {
  readonly name: string
  /** As written: a URL, or a path relative to the config folder. */
  readonly document: string
  /** The same, absolute. */
  readonly url: URL
  /** Paths relative to the config folder, in the order in which they apply. */
  readonly overlays: readonly string[]
  readonly allowHttp: boolean
  /** Sent with every request to the document's own origin. `$env.NAME` stands for a variable of the environment. */
  readonly headers: Readonly<Record<string, string>>
  /** Of the place in `sources.json`. */
  readonly source: Source
  readonly pointer: string
}

export const SOURCES_FILE = 'sources.json'

/** Reads `sources.json`; without one there are no sources. What is wrong with an entry leaves it out. */
export function readSourcesFile(root: string, messages: Messages): readonly SourceEntry[] {
  if (!isThere(join(root, SOURCES_FILE))) return []
  const source = readSource(root, SOURCES_FILE, messages)
  if (!source) return []
  const entries: SourceEntry[] = []
  for (const [name, value] of Object.entries(source.value)) {
    if (name === '$schema') continue
    const entry = readEntry(root, source, name, value, messages)
    if (entry) entries.push(entry)
  }
  return entries
}

const KEYS = ['document', 'overlay', 'allowHttp', 'headers']

function readEntry(
  root: string,
  source: Source,
  name: string,
  value: unknown,
  messages: Messages,
): SourceEntry | undefined {
  const pointer = step('', name)
  const refuse = (at: string, what: string, why: string, instead: string) => {
    messages.error('invalid-source', source.at(at), what, why, instead)
    return undefined
  }
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    return refuse(
      pointer,
      `'${name}' is not a name for a source.`,
      'It becomes the name of files in sources.lock.',
      'Write it in lower case, as "orders" or "orders-v2".',
    )
  }
  if (!isObject(value)) {
    return refuse(
      pointer,
      'The source is not an object.',
      'A source says where its document is, and which overlay goes on it.',
      'Write { "document": "../api/openapi.yaml", "overlay": "orders.overlay.yaml" }.',
    )
  }
  unknownKeys(messages, source, pointer, value, KEYS)
  const url = documentUrl(root, value['document'])
  if (typeof url === 'string') {
    return refuse(
      step(pointer, 'document'),
      url,
      'The document is fetched from there by `cardea sync`.',
      'Write an https URL, or a path relative to the config folder, as "../api/openapi.yaml".',
    )
  }
  const faults = faultsOf(value, url)
  for (const { key, what, instead } of faults) {
    refuse(step(pointer, key), what, 'The source cannot be fetched or prepared like this.', instead)
  }
  if (faults.length > 0) return undefined
  const { document, overlay = [], allowHttp = false, headers = {} } = value
  return {
    name,
    document: document as string,
    url,
    overlays: (Array.isArray(overlay) ? overlay : [overlay]) as string[],
    allowHttp: allowHttp as boolean,
    headers: headers as Record<string, string>,
    source,
    pointer,
  }
}

interface Fault {
  readonly key: string
  readonly what: string
  readonly instead: string
}

function faultsOf(value: JsonObject, url: URL): readonly Fault[] {
  const { overlay = [], allowHttp = false, headers = {} } = value
  const faults: Fault[] = []
  const isPath = (one: unknown) => typeof one === 'string' && one !== '' && !/^\w+:\/\//.test(one)
  if (!(Array.isArray(overlay) ? overlay.every(isPath) : isPath(overlay))) {
    faults.push({
      key: 'overlay',
      what: "'overlay' is not a path, nor a list of paths.",
      instead: 'Write "orders.overlay.yaml"; an overlay is a file of your own repository.',
    })
  }
  if (typeof allowHttp !== 'boolean') {
    faults.push({
      key: 'allowHttp',
      what: "'allowHttp' is not true or false.",
      instead: 'Write true.',
    })
  }
  if (!isObject(headers) || !Object.values(headers).every((one) => typeof one === 'string')) {
    faults.push({
      key: 'headers',
      what: "'headers' is not an object of texts.",
      instead: 'Write { "authorization": "$env.DOCS_TOKEN" }.',
    })
  }
  if (url.protocol === 'http:' && allowHttp !== true) {
    faults.push({
      key: 'document',
      what: `'${url.href}' is not https, so anybody on the way could change it.`,
      instead: 'Use https, or write "allowHttp": true beside it.',
    })
  }
  return faults
}

/** A sentence when it is none. */
function documentUrl(root: string, value: unknown): URL | string {
  if (typeof value !== 'string' || value === '') return "'document' is missing, or not text."
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    const path = resolve(root, value)
    const isCompiled = dirname(path) === root && /\.oas\.(json|ya?ml)$/.test(path)
    return isCompiled
      ? `'${value}' is compiled as it is, because it stands in the config folder.`
      : pathToFileURL(path)
  }
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return `'${value}' is not an https URL.`
  if (url.username !== '' || url.password !== '') {
    return 'The URL holds a password, which would be committed; use "headers" with "$env.NAME".'
  }
  url.hash = ''
  return url
}

/** What messages call a document: its URL, or its path relative to the config folder. */
export function labelOf(root: string, uri: string): string {
  if (!uri.startsWith('file:')) return uri
  return relative(resolve(root), fileURLToPath(uri)).replaceAll(sep, '/')
}

/** The other way round. */
export function uriOf(root: string, label: string): string {
  return /^https?:\/\//.test(label) ? label : pathToFileURL(resolve(root, label)).href
}
