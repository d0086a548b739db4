import type { Document } from './documents/document.ts'
import { methods } from './documents/methods.ts'
import { isObject, type JsonObject, member, step } from './documents/pointer.ts'
import type { Found } from './documents/resolve.ts'
import type { Messages } from './messages.ts'
import { distance } from './tell.ts'

/** One operation of a document as the gateway reads it, before policies and handler are looked up. */
export interface RawRoute {
  readonly document: Document
  /** Where it stands: the operation, or the path item for a handler that answers every method. */
  readonly at: Found
  readonly id: string
  /** Upper case; `*` for every method. */
  readonly method: string
  /** In the gateway's coordinates. */
  readonly path: string
  readonly basePath: string
  readonly server: string | undefined
  readonly operation: JsonObject
  /** `parameters` of the path item. */
  readonly itemParameters: Found | undefined
  /** `x-policies` of the document, the path item and the operation, outermost first. */
  readonly policyLists: readonly Found[]
  /** The innermost `x-handler`. */
  readonly handler: Found | undefined
  readonly isInternal: boolean
  readonly encodedSlash: boolean
  /** Whether OpenAPI's `security` asks for an authenticated caller. */
  readonly isSecured: boolean
}

/** The extensions that are ours. Every other `x-` key belongs to somebody else and is left alone. */
export const extensions = {
  'x-policies': 'document, path item, operation',
  'x-handler': 'document, path item, operation',
  'x-base-path': 'document',
  'x-internal': 'path item, operation',
  'x-reach': 'path item, operation',
  'x-encoded-slash': 'path item, operation',
} as const

/** All operations of a document. What cannot be routed is left out, with a warning. */
export function operationsOf(document: Document, messages: Messages): RawRoute[] {
  const root: Found = { value: document.value, source: document.source, pointer: '' }
  checkExtensions(root, messages)
  const basePath = basePathOf(root, messages)
  const routes: RawRoute[] = []
  const paths = member(document.value, 'paths')
  for (const path of isObject(paths) ? Object.keys(paths) : []) {
    if (path.startsWith('x-') || document.unusable.has(path)) continue
    const item = document.pathItem(path)
    if (item === undefined || tellAmbiguous(document, path, messages)) continue
    const place: Found = {
      value: Object.fromEntries(Array.from(item, ([name, found]) => [name, found.value])),
      source: document.source,
      pointer: step('/paths', path),
    }
    checkExtensions(place, messages)
    const context = { document, root, item, place, basePath, path: basePath + path }
    const found = operations(item)
    for (const [method, at] of found) {
      if (method === 'TRACE' || method === 'CONNECT') {
        messages.warning(
          'unsupported-method',
          at.source.at(at.pointer),
          `The gateway does not serve ${method}.`,
          'No Worker can send such a request, so the operation is left out.',
          'Remove it, or leave it for other readers of the document.',
        )
      } else if (isObject(at.value)) routes.push(rawRoute(context, method, at, at.value, messages))
    }
    if (found.length === 0 && item.has('x-handler')) {
      routes.push(rawRoute(context, '*', place, {}, messages))
    }
  }
  return routes
}

interface Context {
  readonly document: Document
  readonly root: Found
  readonly item: ReadonlyMap<string, Found>
  readonly place: Found
  readonly basePath: string
  readonly path: string
}

/** OpenAPI 3.2 §4.9: `additionalOperations` holds the methods that have no field of their own. */
function operations(item: ReadonlyMap<string, Found>): [method: string, at: Found][] {
  const found: [string, Found][] = []
  for (const method of methods) {
    const at = item.get(method)
    if (at) found.push([method.toUpperCase(), at])
  }
  const more = item.get('additionalOperations')
  for (const method of isObject(more?.value) ? Object.keys(more.value) : []) {
    const pointer = step(more!.pointer, method)
    found.push([method, { ...more!, value: member(more!.value, method), pointer }])
  }
  return found
}

function rawRoute(
  { document, root, item, place, basePath, path }: Context,
  method: string,
  at: Found,
  operation: JsonObject,
  messages: Messages,
): RawRoute {
  if (at !== place) checkExtensions(at, messages)
  const own = (name: string): Found | undefined =>
    at !== place && Object.hasOwn(operation, name)
      ? { value: operation[name], source: at.source, pointer: step(at.pointer, name) }
      : undefined
  const above = (name: string): Found | undefined =>
    Object.hasOwn(document.value, name)
      ? { value: document.value[name], source: root.source, pointer: step('', name) }
      : undefined
  const nearest = (name: string) => own(name) ?? item.get(name)
  const id = operation['operationId']
  return {
    document,
    at,
    id: typeof id === 'string' && id !== '' ? id : `${method} ${path}`,
    method,
    path,
    basePath,
    server: serverOf([own('servers'), item.get('servers'), above('servers')]),
    operation,
    itemParameters: item.get('parameters'),
    policyLists: [above('x-policies'), item.get('x-policies'), own('x-policies')].filter(
      (one) => one !== undefined,
    ),
    handler: nearest('x-handler') ?? above('x-handler'),
    isInternal: choice(nearest('x-reach'), 'internal', 'public', messages),
    encodedSlash: choice(nearest('x-encoded-slash'), 'allow', 'refuse', messages),
    isSecured: isSecured(own('security') ?? above('security')),
  }
}

/** `servers[0]` of the innermost non-empty list, its variables replaced by their defaults. */
function serverOf(lists: readonly (Found | undefined)[]): string | undefined {
  const list = lists.find((one) => Array.isArray(one?.value) && one.value.length > 0)
  const server: unknown = (list?.value as unknown[] | undefined)?.[0]
  const url = member(server, 'url')
  if (typeof url !== 'string') return undefined
  const filled = url.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const fallback = member(member(member(server, 'variables'), name), 'default')
    return fallback === undefined ? whole : String(fallback)
  })
  const parsed = URL.canParse(filled) ? new URL(filled) : undefined
  return parsed && /^https?:$/.test(parsed.protocol) && !/[{}]|%7B/i.test(parsed.host)
    ? filled
    : undefined
}

/** `security: []` and an alternative that is `{}` ask for nothing (OpenAPI §4.8.30). */
function isSecured(found: Found | undefined): boolean {
  const list = Array.isArray(found?.value) ? (found.value as unknown[]) : []
  return list.length > 0 && list.every((one) => isObject(one) && Object.keys(one).length > 0)
}

function choice(found: Found | undefined, on: string, off: string, messages: Messages): boolean {
  if (found === undefined || found.value === on || found.value === off) return found?.value === on
  messages.error(
    'invalid-extension',
    found.source.at(found.pointer),
    `${JSON.stringify(found.value)} is not a value of '${found.pointer.split('/').at(-1)}'.`,
    'What it was meant to do would be missing.',
    `Write "${on}" or "${off}".`,
  )
  return false
}

function basePathOf(root: Found, messages: Messages): string {
  const value = member(root.value, 'x-base-path')
  if (value === undefined || value === '/') return ''
  if (typeof value === 'string' && /^(\/[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+$/.test(value)) return value
  messages.error(
    'invalid-extension',
    root.source.at('/x-base-path'),
    `${JSON.stringify(value)} is not a base path.`,
    'The paths of this document are mounted below it.',
    'Write a path without a slash at its end, as "/v1".',
  )
  return ''
}

function tellAmbiguous(document: Document, path: string, messages: Messages): boolean {
  if (!/[#?]/.test(path)) return false
  messages.warning(
    'path-with-query',
    document.source.at(step('/paths', path)),
    `The path '${path}' holds '${path.includes('#') ? '#' : '?'}'.`,
    'Routes are found by path alone, so its operations are left out.',
    'Describe what stands behind it as query parameters of one operation.',
  )
  return true
}

/** `x-policy` instead of `x-policies` would leave a route unguarded, silently. */
function checkExtensions(found: Found, messages: Messages): void {
  if (!isObject(found.value)) return
  for (const key of Object.keys(found.value)) {
    if (!/^x[-_]/i.test(key) || Object.hasOwn(extensions, key)) continue
    const plain = key.toLowerCase().replaceAll('_', '-')
    const known = Object.keys(extensions)
    const near =
      plain === 'x-policy' ? 'x-policies' : known.find((one) => distance(plain, one) <= 1)
    if (near === undefined) continue
    messages.error(
      'misspelt-extension',
      found.source.at(step(found.pointer, key)),
      `'${key}' is nearly one of our extensions.`,
      'Spelt like this nobody reads it, and the route would run without what it says.',
      `Write '${near}', or use a name that is less like it.`,
    )
  }
}
