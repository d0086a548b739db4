import { createHash } from 'node:crypto'
import { isObject, valueAt } from '../compile/documents/pointer.ts'
import { type Kind, walkRefs } from '../compile/documents/refs.ts'
import { readSource, type Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { UserError } from '../local/user-error.ts'
import { type Fetched, MissingError } from './fetch.ts'
import { labelOf } from './sources-file.ts'

/** A document and the files that its references lead to, as they were found. */
export interface Gathered {
  readonly main: File
  readonly parts: readonly File[]
  /** Every reference from one file to another of them. */
  readonly links: readonly Link[]
}

export interface Link {
  readonly from: Source
  /** Of the object with the `$ref`. */
  readonly pointer: string
  readonly to: Source
  /** With `#`, or empty. */
  readonly fragment: string
}

export interface File {
  readonly source: Source
  readonly bytes: Buffer
  /** In `sources.lock/`. */
  readonly name: string
  /** Its URL, or its path relative to the config folder. */
  readonly from: string
}

export type Load = (url: URL) => Promise<Fetched>

const PARTS_MAX = 1_000
const TOTAL_BYTES_MAX = 256 * 1024 * 1024

/**
 * Loads a document and follows its references to other files: from a file to files, from a URL to the same origin.
 * Others are left as they are, and compile says that they lead nowhere.
 *
 * @param root the config folder
 * @param name of the source
 * @throws UserError from `load`, or when there are too many files
 */
export async function gather(
  root: string,
  name: string,
  url: URL,
  load: Load,
  messages: Messages,
): Promise<Gathered | undefined> {
  const found = await load(url)
  const main = read(root, found.url.href, found.bytes, (end) => `${name}.source.${end}`, messages)
  if (!main) return undefined
  return new Walk(root, name, load, messages).from(main)
}

interface Open {
  readonly source: Source
  readonly pointer: string
  readonly kind: Kind
}

class Walk {
  readonly #root: string
  readonly #name: string
  readonly #load: Load
  readonly #messages: Messages
  readonly #files = new Map<string, File | undefined>()
  readonly #links: Link[] = []
  #bytes = 0

  constructor(root: string, name: string, load: Load, messages: Messages) {
    this.#root = root
    this.#name = name
    this.#load = load
    this.#messages = messages
  }

  async from(main: File): Promise<Gathered> {
    this.#files.set(main.source.uri, main)
    this.#bytes = main.bytes.byteLength
    const open: Open[] = [{ source: main.source, pointer: '', kind: 'document' }]
    const entered = new Set<string>()
    for (let next = open.pop(); next; next = open.pop()) {
      for (const { node, target, kind } of refsOf(next)) {
        const { hash } = target
        target.hash = ''
        const file = await this.#file(target, main.source)
        if (!file) continue
        if (file.source !== next.source) {
          this.#links.push({ from: next.source, pointer: node, to: file.source, fragment: hash })
        }
        const pointer = decode(hash.slice(1))
        const key = `${kind} ${file.source.uri}#${pointer}`
        // the document itself is walked from its root
        const isWalked = file === main && /^\/(components|paths|webhooks)\//.test(pointer)
        if (isWalked || entered.has(key)) continue
        entered.add(key)
        open.push({ source: file.source, pointer, kind })
      }
    }
    const all = [...this.#files.values()].filter((one) => one !== undefined && one !== main)
    const parts = (all as File[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return { main, parts, links: this.#links }
  }

  async #file(url: URL, main: Source): Promise<File | undefined> {
    if (this.#files.has(url.href)) return this.#files.get(url.href)
    // a stranger's document must not make this machine read its own files, or call other hosts
    const isNear = url.protocol === 'file:' ? main.uri.startsWith('file:') : isSameOrigin(url, main)
    if (!isNear) return undefined
    if (this.#files.size > PARTS_MAX) throw this.#tooMany(`${PARTS_MAX} files`)
    const file = await this.#fetch(url)
    this.#bytes += file?.bytes.byteLength ?? 0
    if (this.#bytes > TOTAL_BYTES_MAX) throw this.#tooMany('256 MiB')
    this.#files.set(url.href, file)
    return file
  }

  async #fetch(url: URL): Promise<File | undefined> {
    try {
      const { bytes } = await this.#load(url)
      const label = labelOf(this.#root, url.href)
      const naming = (end: string) => `${this.#name}/${partName(label)}.${end}`
      return read(this.#root, url.href, bytes, naming, this.#messages)
    } catch (error) {
      if (error instanceof MissingError) return undefined
      throw error
    }
  }

  #tooMany(what: string): UserError {
    return new UserError(
      `The source '${this.#name}' reaches more than ${what}.\nIt may go on for ever, so it is not followed further. Nothing was changed.\nBundle it into one document first.`,
    )
  }
}

const isSameOrigin = (url: URL, main: Source): boolean => url.origin === new URL(main.uri).origin

function refsOf({
  source,
  pointer,
  kind,
}: Open): readonly { readonly node: string; readonly target: URL; readonly kind: Kind }[] {
  const found: { node: string; target: URL; kind: Kind }[] = []
  walkRefs(valueAt(source.value, pointer), kind, pointer, ({ ref, kind, pointer: node }) => {
    if (URL.canParse(ref, source.uri)) {
      found.push({ node, target: new URL(ref, source.uri), kind })
    }
  })
  return found
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

function read(
  root: string,
  uri: string,
  bytes: Buffer,
  naming: (end: 'json' | 'yaml') => string,
  messages: Messages,
): File | undefined {
  const name = naming(isJson(uri, bytes) ? 'json' : 'yaml')
  const from = labelOf(root, uri)
  const copy = { file: from, uri, bytes }
  const source = readSource(root, `${LOCK_FOLDER}/${name}`, messages, copy)
  if (source && isObject(source.value)) return { source, bytes, name, from }
  return undefined
}

export const LOCK_FOLDER = 'sources.lock'

/** What begins with a brace is JSON, whatever the server calls it, unless its name says YAML. */
function isJson(uri: string, bytes: Buffer): boolean {
  const { pathname } = new URL(uri)
  if (/\.ya?ml$/i.test(pathname)) return false
  return /\.json$/i.test(pathname) || /^\uFEFF?\s*\{/.test(bytes.toString('utf8', 0, 1000))
}

/** Unique by where it is from, readable by its last name. */
function partName(label: string): string {
  const hash = createHash('sha256').update(label).digest('hex').slice(0, 8)
  const last = label.split(/[?#]/, 1)[0]!.split('/').at(-1)!
  const plain = last.replace(/\.(json|ya?ml)$/i, '').replace(/[^A-Za-z0-9_-]+/g, '-')
  return `${hash}-${plain.slice(0, 40) || 'part'}`
}
