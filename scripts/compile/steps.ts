import type { OptionSet } from '../../src/core/option.ts'
import type { Operation } from '../../src/core/operation.ts'
import type { Need, Provision } from '../../src/core/policy.ts'
import type { Config, NamedPolicy } from './config.ts'
import { useOf } from './config.ts'
import type { Found } from './documents/resolve.ts'
import type { Source } from './documents/source.ts'
import type { Messages } from './messages.ts'
import { nodeOf } from './nodes.ts'
import type { RawRoute } from './operations.ts'
import { checkOptions } from './options.ts'
import type { Kind, Plugin, Plugins } from './plugins.ts'
import { suggestion, tellFaults } from './tell.ts'
import type { Validators } from './validators.ts'

/** A policy or handler on a route, with its options checked. */
export interface Use {
  readonly kind: Kind
  /** The configured name: what problems, logs and metrics say. */
  readonly name: string
  readonly plugin: Plugin
  readonly options: Readonly<Record<string, unknown>>
  readonly derived: unknown
  readonly needs: readonly Need[]
  readonly provides: readonly Provision[]
  /** Where it was put on the route. */
  readonly at: Found
  /** What its templates take from the path. */
  readonly parameters: readonly UsedParameter[]
}

/** `{params.NAME}` in an option, and where that stands. */
export interface UsedParameter {
  readonly name: string
  readonly source: Source
  readonly pointer: string
}

/** Looks up what a config names, checks it, and remembers: a thousand routes check a policy once. */
export class Steps {
  readonly #config: Config
  readonly #plugins: Plugins
  readonly #messages: Messages
  readonly #validators: Validators
  readonly #checked = new Map<string, Promise<Checked | undefined>>()
  /** Names of `policies.json` that stand in some list. */
  readonly #listed = new Set<string>()

  constructor(config: Config, plugins: Plugins, validators: Validators, messages: Messages) {
    this.#config = config
    this.#plugins = plugins
    this.#validators = validators
    this.#messages = messages
  }

  /** One entry of `x-policies`: a name of `policies.json`, or a policy written in place. */
  async policy(entry: Found, route?: RawRoute): Promise<Use | undefined> {
    const { value, source, pointer } = entry
    if (typeof value !== 'string') {
      const inline = useOf(source, pointer, value, 'policy', this.#messages)
      if (!inline) return undefined
      return this.#use('policy', inline.policy, inline.policy, inline.options, entry, route)
    }
    const named = this.#config.named.get(value)
    if (!named) {
      this.#unknownName(entry, value)
      return undefined
    }
    this.#listed.add(value)
    const at = this.#placeOf(named)
    const use = await this.#use('policy', value, named.policy, named.options, at, route)
    return use && { ...use, at: entry }
  }

  /**
   * Checks what no list names, too, once all routes are compiled: what is wrong there would only show on the day somebody
   * uses it. What depends on the operation is left.
   */
  async checkUnused(): Promise<void> {
    // with an error, what would have named it may not have been read
    const isAllRead = this.#messages.errors === 0
    for (const [name, named] of this.#config.named) {
      if (this.#listed.has(name)) continue
      const at = this.#placeOf(named)
      await this.#use('policy', name, named.policy, named.options, at, undefined)
      if (!isAllRead) continue
      this.#messages.warning(
        'unused-policy',
        at.source.at(at.pointer),
        `No route has the policy '${name}'.`,
        'It stands in no list, so it does nothing.',
        `Add "${name}" to 'x-policies' of a document, a path or an operation, or to 'policies' of gateway.json; or remove it.`,
      )
    }
  }

  /** A policy of `gateway.json` as it is on one route: it may want to know the operation. */
  onRoute(use: Use, route: RawRoute): Use {
    return use.plugin.derive ? { ...use, ...this.#derive(use, use.at, route) } : use
  }

  /** `x-handler`: a bare name, or a name with options. */
  async handler(entry: Found | undefined, route: RawRoute): Promise<Use | undefined> {
    if (entry === undefined)
      return this.#use('handler', 'proxy', 'proxy', undefined, route.at, route)
    if (typeof entry.value === 'string') {
      return this.#use('handler', entry.value, entry.value, undefined, entry, route)
    }
    const { source, pointer, value } = entry
    const use = useOf(source, pointer, value, 'handler', this.#messages)
    return use && this.#use('handler', use.policy, use.policy, use.options, entry, route)
  }

  #placeOf(named: NamedPolicy): Found & { readonly value: NamedPolicy } {
    return { value: named, source: this.#config.policies!, pointer: named.pointer }
  }

  async #use(
    kind: Kind,
    name: string,
    pluginName: string,
    given: unknown,
    at: Found,
    route: RawRoute | undefined,
  ): Promise<Use | undefined> {
    const key = `${kind} ${pluginName} ${at.source.uri}#${at.pointer} ${JSON.stringify(given)}`
    const known = this.#checked.get(key) ?? this.#check(kind, pluginName, given, at)
    this.#checked.set(key, known)
    const checked = await known
    if (!checked) return undefined
    const { plugin, parameters } = checked
    const { options, derived } = this.#derive(checked, at, route)
    const { needs, provides } = plugin.definition as {
      needs?: unknown
      provides?: unknown
    }
    const of = <T>(value: unknown): readonly T[] =>
      ((typeof value === 'function' ? value(options) : value) ?? []) as readonly T[]
    const asks = { needs: of<Need>(needs), provides: of<Provision>(provides) }
    return { kind, name, plugin, options, derived, ...asks, at, parameters }
  }

  async #check(kind: Kind, name: string, given: unknown, at: Found): Promise<Checked | undefined> {
    const plugin = await this.#load(kind, name, at)
    if (!plugin) return undefined
    const { options, faults, variables, parameters } = checkOptions(
      plugin.definition.options as OptionSet,
      given,
    )
    const below = `${at.pointer}/options`
    tellFaults(this.#messages, at.source, below, faults, `'${name}' has`)
    for (const variable of variables) {
      if (this.#config.wrangler.variables.has(variable.name)) continue
      this.#messages.error(
        'undeclared-variable',
        at.source.at(below + variable.pointer),
        `The variable '${variable.name}' is not declared.`,
        'A variable that is missing would only show when the first request needs it.',
        `Declare it in ${this.#config.wrangler.file}: in [vars], or in [secrets] required = ["${variable.name}"]; or pass --var ${variable.name}=VALUE.`,
      )
    }
    if (faults.length > 0) return undefined
    // what a variable holds is only known to the Worker, which checks it when it starts
    if (variables.length === 0) this.#checkTogether(plugin, options, at)
    const { source } = at
    const used = parameters.map((one) => ({ name: one.name, source, pointer: below + one.pointer }))
    return { plugin, options, parameters: used }
  }

  #checkTogether(plugin: Plugin, options: Checked['options'], { source, pointer }: Found): void {
    try {
      plugin.definition.check?.(options)
    } catch (error) {
      this.#messages.error(
        'unusable-options',
        source.at(`${pointer}/options`),
        `'${plugin.name}' cannot work with these options: ${(error as Error).message}.`,
        'Every route that uses it would answer 503.',
        'Change what the sentence names.',
      )
    }
  }

  async #load(kind: Kind, name: string, at: Found): Promise<Plugin | undefined> {
    try {
      const plugin = await this.#plugins.load(kind, name)
      if (plugin) return plugin
    } catch (error) {
      this.#messages.error(
        'broken-plugin',
        at.source.at(at.pointer),
        `The ${kind} '${name}' cannot be loaded: ${firstLine(error)}.`,
        'Compile loads it to read its options.',
        'Mend the file; it may import #gateway and npm packages, and not cloudflare:workers.',
      )
      return undefined
    }
    const known = this.#plugins.names(kind)
    const folder = kind === 'policy' ? 'policies' : 'handlers'
    this.#messages.error(
      `unknown-${kind}`,
      at.source.at(at.pointer),
      `There is no ${kind} '${name}'.`,
      'What it was meant to do would be missing.',
      `${suggestion(name, known)}There are: ${known.join(', ')}. One of your own goes to ${folder}/${name}.ts.`,
    )
    return undefined
  }

  /** Lets the part's `.compile.ts` fill in what the document knows. */
  #derive(
    { plugin, options }: Pick<Checked, 'plugin' | 'options'>,
    at: Found,
    route: RawRoute | undefined,
  ): DerivedUse {
    if (!plugin.derive || !route) return { options, derived: undefined }
    try {
      const schemas = this.#validators.of(route.document)
      const { options: more, derived } = plugin.derive(operationOf(route), options, schemas)
      return { options: { ...options, ...more }, derived }
    } catch (error) {
      this.#messages.error(
        `invalid-${plugin.kind}`,
        at.source.at(at.pointer),
        `'${plugin.name}' does not fit ${route.method} ${route.path}: ${(error as Error).message}.`,
        'It was asked while compiling and refused the operation.',
        'Change its options or the operation.',
      )
      return { options, derived: undefined }
    }
  }

  #unknownName({ source, pointer }: Found, name: string): void {
    const names = [...this.#config.named.keys()]
    const there = names.length > 0 ? `There are: ${names.join(', ')}. ` : ''
    this.#messages.error(
      'unknown-policy',
      source.at(pointer),
      `'${name}' is not in policies.json.`,
      'A route must not run without a policy it names.',
      `${suggestion(name, names)}${there}Add "${name}": { "policy": "...", "options": {} } there.`,
    )
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!

interface Checked {
  readonly plugin: Plugin
  readonly options: Readonly<Record<string, unknown>>
  readonly parameters: readonly UsedParameter[]
}

interface DerivedUse {
  readonly options: Readonly<Record<string, unknown>>
  readonly derived: unknown
}

function operationOf(route: RawRoute): Operation {
  const { id, method, path, basePath, server, document, at, itemParameters } = route
  const root = { value: document.value, source: document.source, pointer: '' }
  return {
    id,
    method,
    path,
    basePath,
    server,
    node: nodeOf(document, at),
    itemParameters: itemParameters && nodeOf(document, itemParameters),
    root: nodeOf(document, root),
  }
}
