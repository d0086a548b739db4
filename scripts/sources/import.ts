import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { loadDocuments } from '../compile/documents/document.ts'
import {
  isObject,
  type JsonObject,
  member,
  names,
  step,
  valueAt,
} from '../compile/documents/pointer.ts'
import { readSource } from '../compile/documents/source.ts'
import { Messages } from '../compile/messages.ts'
import { UserError } from '../local/user-error.ts'
import { absoluteServers } from './assemble.ts'
import { fetchDocument } from './fetch.ts'
import { type File, gather, type Gathered } from './gather.ts'

export interface ImportOptions {
  readonly allowHttp: boolean
  readonly timeoutMs?: number
  /** Without the ending. Default: from the file's name, else from the title. */
  readonly name?: string | undefined
}

export interface Imported {
  readonly name: string
  /** File name in the config folder → content; the document comes first. */
  readonly files: ReadonlyMap<string, Buffer | string>
  readonly isConverted: boolean
  readonly messages: Messages
}

/**
 * Fetches a document and prepares it for a config folder: Swagger 2.0 becomes OpenAPI 3.0, relative servers become
 * absolute, and files that it refers to come along. Writes nothing.
 *
 * @param root the config folder, absolute
 * @throws UserError when it cannot be fetched, read or converted
 */
export async function importDocument(
  root: string,
  url: URL,
  options: ImportOptions,
): Promise<Imported> {
  const messages = new Messages()
  const { allowHttp, timeoutMs } = options
  const load = (one: URL) =>
    fetchDocument(one, { allowHttp, ...(timeoutMs !== undefined && { timeoutMs }) })
  const gathered = await gather(root, 'imported', url, load, messages)
  const none = { name: '', files: new Map<string, string>(), isConverted: false, messages }
  if (!gathered) return none
  const { main } = gathered
  const name = options.name ?? nameFrom(main.from, main.source.value)
  const isConverted = member(main.source.value, 'swagger') !== undefined
  const files = isConverted ? await converted(name, gathered) : prepared(name, gathered)
  await check(root, files, messages)
  return { name, files, isConverted, messages }
}

/** As it will stand there, so that messages name the lines of the new file. */
async function check(root: string, files: Imported['files'], messages: Messages): Promise<void> {
  const [main, ...parts] = [...files].map(([name, content]) => {
    const uri = new URL(name, 'file:///config/').href
    const copy = { file: name, uri, bytes: Buffer.from(content) }
    return readSource(root, name, messages, copy)
  })
  if (!main || messages.errors > 0) return
  const rest = parts.filter((one) => one !== undefined)
  await loadDocuments(root, [], messages, { sourced: [main], parts: rest })
}

async function converted(name: string, { main, parts }: Gathered): Promise<Map<string, string>> {
  const version = member(main.source.value, 'swagger')
  if (String(version) !== '2.0' && version !== 2) {
    throw new UserError(
      `${main.from} is Swagger ${String(version)}.\nOnly 2.0 can be converted.\nAsk its owner for a newer document.`,
    )
  }
  if (parts.length > 0) {
    throw new UserError(
      `${main.from} refers to other files: ${parts.map(({ from }) => from).join(', ')}.\nSwagger in several files cannot be converted piece by piece.\nBundle it into one file first, then import that.`,
    )
  }
  const swagger = structuredClone(main.source.value) as Record<string, unknown>
  dropSchemes(swagger)
  relocate(swagger, main.source.uri)
  // loaded when it is needed: no other command should wait for it
  const { default: swagger2openapi } = await import('swagger2openapi')
  try {
    const { openapi } = await swagger2openapi.convertObj(swagger, {
      patch: true,
      warnOnly: true,
      resolve: false,
    })
    // what it writes is 3.0, whose last version says it more clearly
    const value = { ...openapi, openapi: '3.0.4', ...hostedServers(swagger, openapi) }
    return new Map([[`${name}.oas.json`, `${JSON.stringify(value, null, 2)}\n`]])
  } catch (error) {
    throw new UserError(
      `${main.from} cannot be converted: ${(error as Error).message}.\nThe converter found something that Swagger 2.0 does not allow. Nothing was written.\nMend that in the document, then import it again.`,
    )
  }
}

/** The converter takes the first scheme for every one of an operation's own; hosts do not depend on them. */
function dropSchemes(swagger: JsonObject): void {
  const paths = member(swagger, 'paths')
  for (const item of Object.values(isObject(paths) ? paths : {})) {
    for (const operation of Object.values(isObject(item) ? item : {})) {
      if (isObject(operation)) delete (operation as Record<string, unknown>)['schemes']
    }
  }
}

/**
 * Swagger 2.0, “host” and “schemes”: without them those of the document's own address hold; a file has none, and
 * https is what it means today.
 */
function relocate(swagger: Record<string, unknown>, uri: string): void {
  const { protocol, host } = new URL(uri)
  const isFetched = /^https?:$/.test(protocol)
  if (isFetched) swagger['host'] ??= host
  const { schemes } = swagger
  if (Array.isArray(schemes) && schemes.length > 0) return
  const isHosted = swagger['host'] !== undefined || swagger['x-ms-parameterized-host'] !== undefined
  if (isHosted) swagger['schemes'] = [isFetched ? protocol.slice(0, -1) : 'https']
}

/** Azure's `x-ms-parameterized-host` stands in for the host; the converter gives servers of both. */
function hostedServers(swagger: JsonObject, { servers }: JsonObject): { servers?: unknown[] } {
  const template = member(swagger['x-ms-parameterized-host'], 'hostTemplate')
  if (typeof template !== 'string' || !Array.isArray(servers)) return {}
  const isHosted = (server: unknown) => String(member(server, 'url')).includes(template)
  return { servers: (servers as unknown[]).filter(isHosted) }
}

function prepared(name: string, gathered: Gathered): Map<string, Buffer | string> {
  const { main, parts, links } = gathered
  const targets = new Map<string, string>()
  for (const part of parts) {
    targets.set(part.source.uri, `${name}.parts/${part.name.split('/').at(-1)}`)
  }
  const own = `${name}.oas.${main.name.split('.').at(-1)}`
  targets.set(main.source.uri, own)
  const files = new Map<string, Buffer | string>()
  for (const file of [main, ...parts]) {
    const edits = links
      .filter(({ from }) => from === file.source)
      .map(({ pointer, to, fragment }) => ({
        pointer: step(pointer, '$ref'),
        value: between(targets.get(file.source.uri)!, targets.get(to.uri)!) + fragment,
      }))
    if (file === main) edits.push(...absoluteServers(main.source.value, main.source.uri))
    files.set(targets.get(file.source.uri)!, edited(file, edits))
  }
  return files
}

/** From one file of the config folder to another; there is one level of folders. */
function between(from: string, to: string): string {
  const isInside = from.includes('/')
  if (isInside && to.includes('/')) return `./${to.split('/').at(-1)}`
  return isInside ? `../${to}` : `./${to}`
}

export interface Edit {
  readonly pointer: string
  readonly value: string
}

/** Untouched where nothing is to change; comments of YAML stay in any case. */
function edited({ source, bytes, name }: File, edits: readonly Edit[]): Buffer | string {
  if (edits.length === 0) return bytes
  if (name.endsWith('.json')) {
    const value = structuredClone(source.value)
    for (const { pointer, value: text } of edits) {
      const path = names(pointer)!
      const holder = valueAt(value, step('', ...path.slice(0, -1))) as Record<string, unknown>
      holder[path.at(-1)!] = text
    }
    return `${JSON.stringify(value, null, 2)}\n`
  }
  const document = parseDocument(bytes.toString('utf8'), { merge: true })
  for (const { pointer, value } of edits) {
    const node = nodeAt(document, names(pointer)!)
    if (isScalar(node)) node.value = value
  }
  return document.toString({ lineWidth: 0 })
}

/** Names as JSON has them: a key `200:` of YAML is a number there. */
function nodeAt(document: ReturnType<typeof parseDocument>, path: readonly string[]): unknown {
  let node: unknown = document.contents
  for (const name of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isSeq(node)) node = node.items[Number(name)]
    else if (isMap(node)) {
      node = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === name)?.value
    } else return undefined
  }
  return node
}

/** `openapi.json` says nothing; then the title does. */
function nameFrom(from: string, value: JsonObject): string {
  const last = from.split(/[?#]/, 1)[0]!.split('/').at(-1)!
  const plain = slug(last.replace(/(\.oas)?\.(json|ya?ml)$/i, ''))
  const isTelling = plain !== '' && !/^(openapi|swagger|api|api-docs|index|spec|v?\d+)$/.test(plain)
  const title = member(member(value, 'info'), 'title')
  return (isTelling ? plain : slug(typeof title === 'string' ? title : '')) || 'imported'
}

function slug(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return plain.replace(/^-+|-+$/g, '').slice(0, 60)
}
