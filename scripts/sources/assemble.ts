import {
  isObject,
  type JsonObject,
  member,
  names,
  step,
  valueAt,
} from '../compile/documents/pointer.ts'
import { walkRefs } from '../compile/documents/refs.ts'
import type { Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { applyOverlays } from './overlay.ts'
import type { Overlay } from './overlay-document.ts'
import { Origins, type Place } from './origins.ts'

/** What a source becomes: the document that the gateway is compiled from. */
export interface Assembled {
  /** Its messages point into the original, or into the overlay that wrote the value. */
  readonly source: Source
  /** Actions that selected nothing. */
  readonly unmatched: readonly Place[]
}

/**
 * Makes the document of a source: path items from other files are taken in, so that overlays reach the operations,
 * relative servers become absolute, because the document moves, then the overlays apply.
 *
 * @param path of the file that holds the outcome
 */
export function assemble(
  main: Source,
  parts: readonly Source[],
  overlays: readonly Overlay[],
  path: string,
  messages: Messages,
): Assembled {
  const origins = new Origins()
  const value = origins.copy(main.value, { source: main, pointer: '' }) as Mutable
  takeInPathItems(value, main, parts, origins)
  for (const edit of absoluteServers(value, main.uri)) {
    const path = names(edit.pointer)!
    const server = valueAt(value, step('', ...path.slice(0, -1)))
    ;(server as Mutable)['url'] = edit.value
  }
  const unmatched = applyOverlays(value, origins, overlays, messages)
  dropEmptyFields(value)
  for (const overlay of overlays) checkExtends(overlay, main, messages)
  const placeOf = (pointer: string) => origins.find(value, pointer) ?? { source: main, pointer: '' }
  const at = (pointer: string) => {
    const place = placeOf(pointer)
    return place.source.at(place.pointer)
  }
  const { file, uri } = main
  const source: Source = { file, uri, path, value, isSealed: true, at, locate: at }
  return { source, unmatched }
}

/**
 * An overlay that mirrors a document may have `components:` with nothing after it, as the structured example of the
 * specification does. No field of OpenAPI's root may be null, so it means that there is nothing to add.
 */
function dropEmptyFields(root: Mutable): void {
  for (const [name, value] of Object.entries(root)) {
    if (value === null && !name.startsWith('x-')) delete root[name]
  }
}

type Mutable = Record<string, unknown>

/** A chain of path items that lead to each other; nobody writes more than a few. */
const HOPS_MAX = 100

function takeInPathItems(
  root: JsonObject,
  main: Source,
  parts: readonly Source[],
  origins: Origins,
): void {
  const byUri = new Map(parts.map((one) => [one.uri, one]))
  const paths = member(root, 'paths')
  for (const path of isObject(paths) ? Object.keys(paths) : []) {
    const item = member(paths, path)
    for (let hops = 0; isObject(item) && hops < HOPS_MAX; hops++) {
      const ref = item['$ref']
      const found = typeof ref === 'string' ? targetOf(ref, main, byUri) : undefined
      if (!found) break
      const copied = origins.copy(found.value, found.place) as Mutable
      walkRefs(copied, 'pathItem', '', ({ node, ref }) => {
        ;(node as Mutable)['$ref'] = rebased(ref, found.place.source.uri, main.uri)
      })
      delete (item as Mutable)['$ref']
      for (const name of Object.keys(copied)) {
        // what stands beside a reference wins over what it leads to
        if (Object.hasOwn(item, name)) continue
        ;(item as Mutable)[name] = copied[name]
        origins.note(item, name, {
          source: found.place.source,
          pointer: step(found.place.pointer, name),
        })
      }
    }
  }
}

function targetOf(
  ref: string,
  main: Source,
  byUri: ReadonlyMap<string, Source>,
): { readonly value: JsonObject; readonly place: Place } | undefined {
  if (!URL.canParse(ref, main.uri)) return undefined
  const url = new URL(ref, main.uri)
  const pointer = decode(url.hash.slice(1))
  url.hash = ''
  const source = byUri.get(url.href)
  const value = source && valueAt(source.value, pointer)
  return source && isObject(value) ? { value, place: { source, pointer } } : undefined
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

/** The same target, as written in the main document. */
function rebased(ref: string, from: string, main: string): string {
  if (!URL.canParse(ref, from)) return ref
  const url = new URL(ref, from)
  const { hash } = url
  url.hash = ''
  if (url.href === main) return hash || '#'
  const base = new URL(main)
  if (url.protocol !== base.protocol || url.host !== base.host) return url.href + hash
  // relative, because the folder of a file differs from one machine to the next
  const here = base.pathname.split('/').slice(0, -1)
  const there = url.pathname.split('/')
  let same = 0
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same++
  const up = '../'.repeat(here.length - same)
  return `${up === '' ? './' : up}${there.slice(same).join('/')}${url.search}${hash}`
}

/**
 * OpenAPI 3.1 §4.8.5: a relative server URL is relative to where the document is served.
 * @returns what such URLs are when the document moves
 */
export function absoluteServers(
  root: JsonObject,
  uri: string,
): { readonly pointer: string; readonly value: string }[] {
  if (!/^https?:/.test(uri)) return []
  const base = new URL(uri)
  const holders: [value: unknown, pointer: string][] = [[root, '']]
  for (const [path, item] of Object.entries(objectAt(root, 'paths'))) {
    const pointer = step('/paths', path)
    holders.push([item, pointer])
    for (const [name, operation] of Object.entries(isObject(item) ? item : {})) {
      holders.push([operation, step(pointer, name)])
    }
  }
  return holders.flatMap(([holder, pointer]) => {
    const servers = member(holder, 'servers')
    return (Array.isArray(servers) ? (servers as unknown[]) : []).flatMap((server, i) => {
      const url = member(server, 'url')
      const value = typeof url === 'string' ? absolute(url, base) : url
      if (typeof value !== 'string' || value === url) return []
      return [{ pointer: step(pointer, 'servers', i, 'url'), value }]
    })
  })
}

/** By hand where there are variables: `URL` would escape their braces. */
function absolute(url: string, base: URL): string {
  if (/^([a-z][a-z0-9+.-]*:|\{)/i.test(url)) return url
  if (url.startsWith('//')) return base.protocol + url
  if (url.startsWith('/')) return base.origin + url
  return /[{}]/.test(url)
    ? base.origin + new URL('.', base).pathname + url
    : new URL(url, base).href
}

function objectAt(value: unknown, name: string): JsonObject {
  const found = member(value, name)
  return isObject(found) ? found : {}
}

/** An overlay that says which document it is for should not lie on another. */
function checkExtends(
  { source, extends: target, base }: Overlay,
  main: Source,
  messages: Messages,
): void {
  if (target === undefined) return
  const href = URL.canParse(target, base) ? new URL(target, base).href : undefined
  // OpenAPI 3.2: a document may say itself what it is called
  const self = member(main.value, '$self')
  const isNamed = typeof self === 'string' && URL.canParse(self, main.uri)
  if (href === main.uri || (isNamed && href === new URL(self, main.uri).href)) return
  messages.warning(
    'overlay-extends',
    source.at('/extends'),
    `The overlay extends '${target}', and is applied to '${main.file}'.`,
    'It may be meant for another document.',
    "Mend 'extends', or leave it out.",
  )
}
