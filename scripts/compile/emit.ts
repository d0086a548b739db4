import { join, relative, sep } from 'node:path'
import type { GatewaySettings } from './config.ts'
import { repository } from './plugins.ts'
import type { CompiledRoute } from './routes.ts'
import type { Use } from './steps.ts'
import { buildTrie, type Indexed } from './trie.ts'
import { type CompiledValidators, Place } from './validators.ts'

export interface Gateway {
  readonly settings: GatewaySettings
  readonly routes: readonly CompiledRoute[]
  /** Policies of `gateway.json`, which also stand before 404 and 405. */
  readonly everywhere: readonly Use[]
  readonly validators: CompiledValidators
}

/** The generated files by name. */
export type Emitted = Readonly<Record<'gateway.ts' | 'trie.ts' | 'objects.ts', string>> & {
  /** Absent when no part asks for a validator. */
  readonly 'validators.ts'?: string
}

/**
 * Writes the gateway as TypeScript that a person can read: the parts in use, each with its options, and the
 * routes in the order of the documents.
 *
 * @param folder where the files will stand, for the import paths
 */
export function emit(
  { settings, routes, everywhere, validators }: Gateway,
  folder: string,
): Emitted {
  const module = new Module(folder, validators)
  const table = routes.map((route) => module.route(route))
  const unmatched = everywhere.map((use) => module.step(use)).join(', ')
  const all = routes.map(({ method, path, raw }, index) => ({ method, path, index, raw }))
  const outside = all.filter(({ raw }) => !raw.isInternal)
  const hasInternal = outside.length < all.length
  module.addStores(settings)
  // before the imports are read: settings may need one, too
  const settingsText = settingsOf(settings, module)
  const core = (name: string) => module.path(join(repository, 'src/core', name))
  const gateway = [
    '// Compiled from config/ by `cardea compile`. Do not edit: the next compile writes it anew.',
    `import { type Definition, handler, ${module.usesPolicies ? 'policy, ' : ''}route } from '${core('gateway.ts')}'`,
    `import unmatched from '${core('unmatched.ts')}'`,
    ...module.imports,
    ...(validators.module ? [`import * as validators from './validators.ts'`] : []),
    `import { ${hasInternal ? 'internalTrie, ' : ''}trie } from './trie.ts'`,
    '',
    ...module.declarations,
    '',
    'export const definition: Definition = {',
    `  settings: ${settingsText},`,
    hasInternal ? '  trie,\n  internalTrie,' : '  trie,',
    '  routes: [',
    ...table,
    '  ],',
    '  // what no route matches: 400, 404, 405, OPTIONS',
    `  unmatched: () => route('unmatched', '*', '', [${unmatched}], handler('unmatched', unmatched, {})),`,
    ...module.stores,
    '}',
    '',
  ]
  return {
    'gateway.ts': gateway.join('\n'),
    'trie.ts': trieModule(all, outside, core('router.ts')),
    'objects.ts': objectsModule(module),
    ...(validators.module && { 'validators.ts': validators.module(module.path(RUNTIME)) }),
  }
}

/** What every validator calls. */
const RUNTIME = join(repository, 'src/openapi/schema/runtime.ts')

/** One JSON text: parsing it is the fastest way to have ten thousand routes. */
function trieModule(all: readonly Indexed[], outside: readonly Indexed[], router: string): string {
  const parsed = (routes: readonly Indexed[]) =>
    `JSON.parse(${JSON.stringify(JSON.stringify(buildTrie(routes)))})`
  return [
    '// Compiled from config/ by `cardea compile`: where the router finds its routes.',
    `import type { Trie } from '${router}'`,
    '',
    `export const trie: Trie = ${parsed(outside)}`,
    ...(all.length > outside.length ? [`export const internalTrie: Trie = ${parsed(all)}`] : []),
    '',
  ].join('\n')
}

/** Which part needs which Durable Object class, and where the class stands. */
const objects = {
  Counters: { need: 'counters', file: 'counters.ts' },
  Registry: { need: 'keys', file: 'registry.ts' },
  Revocations: { need: 'keys', file: 'revocations.ts' },
} as const

/** wrangler.toml declares every class, so the Worker exports every class; unused ones are empty. */
function objectsModule(module: Module): string {
  const lines = Object.entries(objects).map(([name, { need, file }]) => {
    const isUsed = module.needs.has(need)
    const from = module.path(join(repository, 'durable-objects', isUsed ? file : 'unused.ts'))
    return `export { ${isUsed ? name : `Unused as ${name}`} } from '${from}'`
  })
  const head =
    '// Compiled from config/ by `cardea compile`: the Durable Object classes of this gateway.'
  return [head, ...lines, ''].join('\n')
}

function settingsOf({ trustedProxies, ...plain }: GatewaySettings, module: Module): string {
  const members = Object.entries(plain)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${literal(value)}`)
  if (trustedProxies) members.push(`trustedProxy: ${module.trustedProxies(trustedProxies)}`)
  return `{ ${members.join(', ')} }`
}

/** Collects imports and steps while routes are written; equal steps are written once. */
class Module {
  readonly declarations: string[] = []
  readonly #folder: string
  readonly #validators: CompiledValidators
  readonly #imports = new Map<string, string>()
  readonly #steps = new Map<string, string>()
  readonly #constants = new Map<string, string>()
  /** The last number behind each name: a thousand routes may have a step of the same one. */
  readonly #counts = new Map<string, number>()
  readonly #taken = new Set([
    'definition',
    'handler',
    'policy',
    'route',
    'trie',
    'unmatched',
    'validators',
    ...RESERVED,
  ])
  readonly needs = new Set<string>()
  readonly #stores: string[] = []
  usesPolicies = false

  constructor(folder: string, validators: CompiledValidators) {
    this.#folder = folder
    this.#validators = validators
  }

  get imports(): readonly string[] {
    return [...this.#imports].map(([path, name]) => `import ${name} from '${path}'`)
  }

  /** The stores that some part needs. */
  get stores(): readonly string[] {
    return this.#stores.length === 0 ? [] : [`  stores: [${this.#stores.join(', ')}],`]
  }

  /** Imports the stores that the parts need; before `imports` is read. */
  addStores({ keyPrefix }: GatewaySettings): void {
    if (this.needs.has('keys')) {
      this.#imports.set(this.path(join(repository, 'src/stores/keys/platform.ts')), '{ keysStore }')
      this.#stores.push(`keysStore(${quoted(keyPrefix)})`)
    }
    if (this.needs.has('counters')) {
      const path = this.path(join(repository, 'src/stores/counters/platform.ts'))
      this.#imports.set(path, '{ countersStore }')
      this.#stores.push('countersStore')
    }
  }

  path(file: string): string {
    const path = relative(this.#folder, file).replaceAll(sep, '/')
    return path.startsWith('.') ? path : `./${path}`
  }

  trustedProxies(ranges: readonly string[]): string {
    this.#imports.set(this.path(join(repository, 'src/lib/address-set.ts')), '{ addressSet }')
    return `addressSet(${literal(ranges)})`
  }

  route({ id, method, path, policies, handler, raw }: CompiledRoute): string {
    const steps = policies.map((use) => this.step(use))
    const preflight = policies
      .map((use, i) => (use.provides.includes('preflight') ? steps[i]! : ''))
      .filter(Boolean)
    const more = [
      ...(preflight.length > 0 ? [`preflight: [${preflight.join(', ')}]`] : []),
      ...(raw.encodedSlash ? ['encodedSlash: true'] : []),
    ]
    const options = more.length > 0 ? `, { ${more.join(', ')} }` : ''
    const { source, pointer } = raw.at
    const call = `route(${quoted(id)}, ${quoted(method)}, ${quoted(path)}, [${steps.join(', ')}], ${this.step(handler)}${options})`
    return `    // ${source.file}#${oneLine(pointer)}\n    () => ${call},`
  }

  step({ kind, name, plugin, options, derived, needs }: Use): string {
    const key = JSON.stringify([kind, name, plugin.path, options, derived])
    const known = this.#steps.get(key)
    if (known !== undefined) return known
    if (kind === 'policy') this.usesPolicies = true
    for (const need of needs) this.needs.add(need)
    const id = this.#identifier(name, '')
    const use = this.#use(plugin.path, plugin.name, kind)
    const more = derived === undefined ? '' : `, ${this.#derived(derived)}`
    this.#steps.set(key, id)
    const call = `const ${id} = ${kind}(${quoted(name)}, ${use}, `
    const shown = derived === undefined ? literal(options) : this.#shared(name, options)
    const oneLine = `${call}${shown}${more})`
    const lines = Object.entries(options).map(
      ([key, one]) => `  ${propertyName(key)}: ${literal(one)},`,
    )
    const isWide = oneLine.length > WIDTH && lines.length > 0 && derived === undefined
    this.declarations.push(isWide ? `${call}{\n${lines.join('\n')}\n})` : oneLine)
    return id
  }

  /** Options of a part that derives something from each operation: written once, not once for each. */
  #shared(name: string, options: Use['options']): string {
    const text = literal(options)
    return text.length < WIDTH / 2 ? text : this.#constant(name, 'Options', `${text} as const`)
  }

  #constant(name: string, suffix: string, text: string): string {
    const known = this.#constants.get(text)
    if (known !== undefined) return known
    const id = this.#identifier(name, suffix)
    this.#constants.set(text, id)
    this.declarations.push(`const ${id} = ${text}`)
    return id
  }

  /** A function, so that a step that never starts costs nothing. JSON is the fastest where no code is in it. */
  #derived(derived: unknown): string {
    if (!holdsPlace(derived)) return `() => JSON.parse(${quoted(JSON.stringify(derived))})`
    const inner: Special = (value) => (value === derived ? undefined : this.#withPlaces(value))
    return `() => (${literal(derived, inner)})`
  }

  /** What a validator belongs to is often the same for many routes: a parameter of all, an error's answer. */
  readonly #withPlaces: Special = (value) => {
    if (value instanceof Place) return `validators.${this.#validators.nameOf(value)}`
    const place = Object.values(value).find((one) => one instanceof Place)
    if (place === undefined) return undefined
    const { name, range } = value as { readonly name?: unknown; readonly range?: unknown }
    const text = literal(value, (one) => (one === value ? undefined : this.#withPlaces(one)))
    return this.#constant(String(name ?? range ?? 'schema'), 'Rule', text)
  }

  #use(path: string, name: string, kind: string): string {
    const from = this.path(path)
    const known = this.#imports.get(from)
    if (known !== undefined) return known
    const id = this.#identifier(name, kind === 'policy' ? 'Policy' : 'Handler')
    this.#imports.set(from, id)
    return id
  }

  #identifier(name: string, suffix: string): string {
    const camel = name.replace(
      /[^A-Za-z0-9]+(.)?/g,
      (_, next?: string) => next?.toUpperCase() ?? '',
    )
    const base = (/^[A-Za-z]/.test(camel) ? camel : `_${camel}`) + suffix
    let id = base
    let count = this.#counts.get(base) ?? 1
    while (this.#taken.has(id)) id = `${base}${++count}`
    this.#counts.set(base, count)
    this.#taken.add(id)
    return id
  }
}

/** Of a line that a person reads without scrolling. */
const WIDTH = 100

/** Words that a name may not be in a module. */
const RESERVED =
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await implements interface package private protected public arguments eval undefined'.split(
    ' ',
  )

const holdsPlace = (value: unknown): boolean =>
  value instanceof Place ||
  (typeof value === 'object' && value !== null && Object.values(value).some(holdsPlace))

/** A value as TypeScript. Nothing of it can become code: texts and keys are JSON. */
function literal(value: unknown, special?: Special): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const own = special?.(value)
  if (own !== undefined) return own
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, special)).join(', ')}]`
  const members = Object.entries(value)
    // what a part derives is JSON, which has no undefined
    .filter(([, one]) => !special || one !== undefined)
    .map(([key, one]) => `${propertyName(key)}: ${literal(one, special)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Writes what is no plain data. */
type Special = (value: object) => string | undefined

/** `['__proto__']`, because `__proto__:` would set the prototype instead. */
function propertyName(key: string): string {
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : quoted(key)
}

/** Single quotes as in hand-written code, where the text is plain. */
const quoted = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) && !/['\\]/.test(text) ? `'${text}'` : JSON.stringify(text)

/** For a comment: nothing may end the line. */
const oneLine = (text: string): string => text.replace(/[\r\n\u2028\u2029]/g, ' ')
