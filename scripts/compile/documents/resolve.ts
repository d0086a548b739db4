import { statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Messages } from '../messages.ts'
import { isObject, member, names, step, valueAt } from './pointer.ts'
import { readSource, type Source } from './source.ts'

/** A value and where it stands. */
export interface Found {
  readonly value: unknown
  readonly source: Source
  readonly pointer: string
}

/** A reference to a reference to a reference; nobody writes more than a few. */
const hopsMax = 100

/** Every file that the documents of one run reach, read once; and the following of `$ref`. */
export class Resolver {
  readonly #root: string
  readonly #messages: Messages
  readonly #byUri = new Map<string, Source | undefined>()
  readonly #told = new Set<string>()

  constructor(root: string, messages: Messages) {
    this.#root = root
    this.#messages = messages
  }

  /** A file named by the config folder itself, not by a reference. */
  read(path: string): Source | undefined {
    const source = readSource(this.#root, path, this.#messages)
    if (source) this.#byUri.set(source.uri, source)
    return source
  }

  /** Takes a source that was read elsewhere; references find it by its URI. */
  add(source: Source): void {
    this.#byUri.set(source.uri, source)
  }

  /**
   * The value, what its `$ref` leads to, what that one's leads to, and so on through any number
   * of files; the last has no `$ref`. Undefined when it leads nowhere; then there is a message,
   * once for each such target. A recursive schema is no circle here: nobody goes inside.
   *
   * @param level Of the message: an error where routing depends on the value.
   */
  follow(start: Found, level: 'error' | 'warning'): readonly Found[] | undefined {
    const chain = [start]
    const passed = new Set<string>()
    for (let here = start; ;) {
      const ref = isObject(here.value) ? member(here.value, '$ref') : undefined
      if (typeof ref !== 'string') return chain
      passed.add(`${here.source.uri}#${here.pointer}`)
      const next = this.#step(ref, here, level)
      if (!next) return undefined
      if (passed.has(`${next.source.uri}#${next.pointer}`) || chain.length > hopsMax) {
        const why = `The references go in a circle, or on for more than ${hopsMax} steps.`
        this.#tell('ref-cycle', ref, start, level, why, 'Let one of them hold the value itself.')
        return undefined
      }
      chain.push(next)
      here = next
    }
  }

  #step(ref: string, from: Found, level: 'error' | 'warning'): Found | undefined {
    const hash = ref.indexOf('#')
    const path = hash === -1 ? ref : ref.slice(0, hash)
    const fragment = hash === -1 ? '' : ref.slice(hash + 1)
    const source = path === '' ? from.source : this.#file(path, ref, from, level)
    if (!source) return undefined
    const pointer = decodeFragment(fragment)
    const value = pointer === undefined ? undefined : valueAt(source.value, pointer)
    if (pointer !== undefined && value !== undefined) return { value, source, pointer }
    const why = `'${source.file}' has nothing at '#${fragment}'.`
    this.#tell('dead-ref', ref, from, level, why, 'Mend the pointer, or add what it names.')
    return undefined
  }

  #file(path: string, ref: string, from: Found, level: 'error' | 'warning'): Source | undefined {
    const known = URL.canParse(path, from.source.uri)
      ? this.#byUri.get(new URL(path, from.source.uri).href)
      : undefined
    if (known) return known
    if (from.source.isSealed) {
      const why = 'It is not among the copies in sources.lock, and nothing else is read.'
      const instead =
        'Run `npx cardea sync`; what it cannot fetch has to be mended in the original.'
      this.#tell('remote-ref', ref, from, level, why, instead)
      return undefined
    }
    const url = fileUrl(path, from.source)
    if (!url) {
      const why = 'Nothing is fetched from the network, so that a build is the same every time.'
      const instead = 'Download the file into the config folder and refer to it there.'
      this.#tell('remote-ref', ref, from, level, why, instead)
      return undefined
    }
    const local = localFile(url)
    if (local === undefined) {
      const why = 'There is no such file.'
      this.#tell('dead-ref', ref, from, level, why, 'Mend the path, or add the file.')
      return undefined
    }
    const uri = pathToFileURL(local).href
    if (!this.#byUri.has(uri)) {
      this.#byUri.set(uri, readSource(this.#root, local, this.#messages))
    }
    return this.#byUri.get(uri)
  }

  #tell(
    code: 'dead-ref' | 'remote-ref' | 'ref-cycle',
    ref: string,
    from: Found,
    level: 'error' | 'warning',
    why: string,
    instead: string,
  ): void {
    // a component that is missing is often named a hundred times: told at the first place
    const key = `${level} ${code} ${from.source.uri} ${ref}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    const at = from.source.at(step(from.pointer, '$ref'))
    this.#messages[level](code, at, `The reference '${ref}' cannot be followed.`, why, instead)
  }
}

/** The local file a reference names; undefined when it names something on the network. */
function fileUrl(path: string, source: Source): URL | undefined {
  try {
    const url = new URL(path, source.uri)
    url.search = ''
    return url.protocol === 'file:' && url.host === '' ? url : undefined
  } catch {
    return undefined
  }
}

/** The path of a regular file, or of a link to one. */
function localFile(url: URL): string | undefined {
  try {
    const path = fileURLToPath(url)
    return statSync(path).isFile() ? path : undefined
  } catch {
    return undefined
  }
}

/** A pointer in a URL is percent-encoded (RFC 6901 §6); some documents forget that. */
function decodeFragment(fragment: string): string | undefined {
  let pointer = fragment
  try {
    pointer = decodeURIComponent(fragment)
  } catch {
    // a bare `%` was meant literally
  }
  return names(pointer) && pointer
}
