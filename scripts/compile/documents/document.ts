import { Messages, type Message } from '../messages.ts'
import { lint } from './lint.ts'
import { check, type Part, type Version } from './metaschema.ts'
import { isObject, member, step, type JsonObject } from './pointer.ts'
import { walkRefs, type Kind } from './refs.ts'
import { Resolver, type Found } from './resolve.ts'
import type { Source } from './source.ts'
import { violations } from './violations.ts'

/** One OpenAPI description and the files it refers to. */
export interface Document {
  readonly source: Source
  readonly version: Version
  readonly value: JsonObject
  /** Every file reached, its own first. A change of any of them changes the document. */
  readonly sources: ReadonlySet<Source>
  /** Path keys that cannot be routed; there is a warning for each, and they are left out. */
  readonly unusable: ReadonlySet<string>
  /**
   * Follows a value's `$ref`, if it has one. Undefined when it leads nowhere; the message has
   * been given, an error for a path item and a warning for anything else.
   */
  resolve(value: unknown, source: Source, pointer: string): Found | undefined
  /**
   * The fields of the path item at a key of `paths`. With `$ref` the fields beside it win over
   * those it leads to, and each keeps the place where it really stands.
   */
  pathItem(path: string): ReadonlyMap<string, Found> | undefined
}

/**
 * Reads and checks OpenAPI documents; whatever is wrong is among the messages, with its place.
 * A document that is not returned has at least one error. One that is returned may have errors
 * too: compile goes on so that one run tells everything, and writes nothing.
 *
 * When no error was given, what the gateway reads (see `violations`) has the form that OpenAPI
 * says. Everything else may still have any form: read it as `unknown`.
 *
 * @param root The config folder.
 * @param files Relative to it: `routes.oas.json`, `more/petstore.oas.yaml`.
 * @param more `sourced` are documents that were read already, `parts` what their references lead to.
 */
export async function loadDocuments(
  root: string,
  files: readonly string[],
  messages: Messages,
  more: Partial<Record<'sourced' | 'parts', readonly Source[]>> = {},
): Promise<Document[]> {
  const { sourced = [], parts = [] } = more
  const documents: Document[] = []
  const own = new Messages()
  const resolver = new Resolver(root, own)
  for (const source of [...parts, ...sourced]) resolver.add(source)
  for (const file of [...files, ...sourced]) {
    const source = typeof file === 'string' ? resolver.read(file) : file
    const document = await load(resolver, source, own)
    if (document) documents.push(document)
    forward(own, messages)
  }
  return documents
}

/** Messages with one code past this many are counted and not told. */
const messagesMax = 20

async function load(
  resolver: Resolver,
  source: Source | undefined,
  messages: Messages,
): Promise<Document | undefined> {
  const version = source && versionOf(source, messages)
  if (!version) return undefined
  const { value } = source
  const sources = new Set([source])
  const follow: Follow = (start, level) => {
    const chain = resolver.follow(start, level)
    for (const found of chain ?? []) sources.add(found.source)
    return chain
  }
  const resolve: Document['resolve'] = (node, from, pointer) =>
    follow({ value: node, source: from, pointer }, 'warning')?.at(-1)
  const pathItem: Document['pathItem'] = (path) => {
    const node = member(member(value, 'paths'), path)
    return fieldsOf({ value: node, source, pointer: step('/paths', path) }, follow)
  }
  const document = {
    source,
    version,
    value,
    sources,
    unusable: new Set<string>(),
    resolve,
    pathItem,
  }
  await checkPart(document, { value, source, pointer: '' }, 'document', messages)
  await checkRefs(document, follow, messages)
  return { ...document, unusable: lint(document, messages) }
}

function versionOf(source: Source, messages: Messages): Version | undefined {
  const openapi = member(source.value, 'openapi')
  const at = source.at('/openapi')
  const text = String(openapi)
  // unquoted in YAML, `3.0` is the number 3
  const version = /^3(?:\.([012]))?(?:\.\d+(?:-.+)?)?$/.exec(text)
  if (version && (typeof openapi === 'string' || typeof openapi === 'number')) {
    const short = `3.${version[1] ?? '0'}` as Version
    if (/^3\.\d\.\d/.test(text)) return short
    messages.warning(
      'openapi-version',
      at,
      `'openapi' is ${JSON.stringify(openapi)}, which is not a full version.`,
      `It is read as OpenAPI ${short}.`,
      `Write "openapi": "${short}.${short === '3.0' ? 4 : 0}", in quotes.`,
    )
    return short
  }
  if (member(source.value, 'swagger') !== undefined) {
    messages.error(
      'swagger-2',
      source.at('/swagger'),
      `This is a Swagger ${String(member(source.value, 'swagger'))} document.`,
      'Swagger describes bodies, servers and parameters differently; only OpenAPI 3 is read.',
      'Convert it: `npx cardea import FILE` writes an OpenAPI document from it.',
    )
    return undefined
  }
  messages.error(
    'openapi-version',
    at,
    openapi === undefined ? `'openapi' is missing.` : `'openapi' is ${JSON.stringify(openapi)}.`,
    'Without a version that is known here, the rest of the document cannot be understood.',
    'Write "openapi": "3.0.4", "3.1.2" or "3.2.0"; a file of shared parts needs another name.',
  )
  return undefined
}

type Unlinted = Omit<Document, 'unusable'>

async function checkPart(
  { source: main, version, value: root }: Unlinted,
  { value, source, pointer }: Found,
  part: Part,
  messages: Messages,
): Promise<void> {
  const failures = await check(value, version, part, member(root, 'jsonSchemaDialect'))
  // where such a part stands in a whole document, to know what of it the gateway reads
  const base = { document: '', pathItem: '/paths/~1', parameter: '/components/parameters/_' }[part]
  const byRule = Map.groupBy(violations(failures, base), ({ rule }) => rule)
  const shown = [...byRule.values()].filter(([first]) => first?.pointer !== '/openapi')
  for (const [first, ...others] of shown.slice(0, messagesMax)) {
    if (!first) continue
    const more = others.length > 0 ? ` (and at ${others.length} more places)` : ''
    messages[first.level](
      'invalid-openapi',
      source.at(pointer + first.pointer.slice(base.length)),
      `${first.what}${more}.`,
      first.level === 'error'
        ? `The gateway reads this place, and OpenAPI ${version} does not allow that there.`
        : `OpenAPI ${version} does not allow that; the gateway does not read it and runs without.`,
      first.instead,
    )
  }
  const rest = shown.length - messagesMax
  if (rest <= 0) return
  const level = shown[messagesMax]?.[0]?.level ?? 'warning'
  tellMore(level, 'invalid-openapi', main.at(''), rest, messages)
}

/** Follows every reference of the document, and of what those lead to in other files. */
async function checkRefs(document: Unlinted, follow: Follow, messages: Messages): Promise<void> {
  const { source, value } = document
  const open: (Found & { kind: Kind })[] = [{ value, source, pointer: '', kind: 'document' }]
  const entered = new Set<string>()
  const parts: (Found & { part: Part })[] = []
  for (let next = open.pop(); next; next = open.pop()) {
    const { source: from } = next
    walkRefs(next.value, next.kind, next.pointer, ({ ref, kind, pointer, node }) => {
      // `#name` is an anchor or a short name of JSON Schema's, which its own compiler knows
      const anchor = kind === 'schema' ? /^([^#]*)#[^/]/.exec(ref) : null
      if (anchor) {
        // the file that holds it has to be read all the same
        const file = anchor[1] && follow(fileOf(anchor[1], from, pointer), 'warning')?.at(-1)
        const key = file ? `${file.source.uri} ${kind}` : ''
        if (!file || file.source === source || entered.has(key)) return
        entered.add(key)
        open.push({ ...file, kind })
        return
      }
      const level = kind === 'pathItem' ? 'error' : 'warning'
      const target = follow({ value: node, source: from, pointer }, level)?.at(-1)
      if (!target || (target.source === source && isKnownPlace(target.pointer))) return
      const key = `${target.source.uri}#${target.pointer} ${kind}`
      if (entered.has(key)) return
      entered.add(key)
      open.push({ ...target, kind })
      if (kind === 'pathItem' || kind === 'parameter') parts.push({ ...target, part: kind })
    })
  }
  for (const part of parts) await checkPart(document, part, part.part, messages)
}

const fileOf = (path: string, source: Source, pointer: string): Found => ({
  value: { $ref: path },
  source,
  pointer,
})

/** Checked and walked with the document itself. */
function isKnownPlace(pointer: string): boolean {
  return /^\/(components|paths|webhooks)\//.test(pointer)
}

type Follow = Resolver['follow']

function fieldsOf(start: Found, follow: Follow): ReadonlyMap<string, Found> | undefined {
  const fields = new Map<string, Found>()
  const chain = follow(start, 'error')
  for (const { value, source, pointer } of chain ?? []) {
    if (!isObject(value)) continue
    for (const name of Object.keys(value)) {
      if (fields.has(name) || name === '$ref') continue
      fields.set(name, { value: value[name], source, pointer: step(pointer, name) })
    }
  }
  return isObject(chain?.at(-1)?.value) ? fields : undefined
}

function tellMore(
  level: 'error' | 'warning',
  code: string,
  at: Message['at'],
  count: number,
  messages: Messages,
): void {
  messages[level](
    code,
    at,
    `There are ${count} more messages of this kind.`,
    `Only the first ${messagesMax} are told.`,
    'Mend those and compile again to see the others.',
  )
}

/** Hands on what one document had to say, no more than a person reads. */
function forward(from: Messages, to: Messages): void {
  const byCode = Map.groupBy(from.all.splice(0), ({ level, code }) => `${level} ${code}`)
  for (const group of byCode.values()) {
    const shown = group.length > messagesMax + 1 ? group.slice(0, messagesMax) : group
    for (const { level, code, at, what, why, instead } of shown)
      to[level](code, at, what, why, instead)
    const [first] = group
    const at = first && { ...first.at, pointer: '', line: 1, column: 1 }
    if (first && at && shown.length < group.length) {
      tellMore(first.level, first.code, at, group.length - shown.length, to)
    }
  }
}
