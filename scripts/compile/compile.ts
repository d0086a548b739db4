import { createHash } from 'node:crypto'
import { join, relative, resolve } from 'node:path'
import { readLocked } from '../sources/locked.ts'
import { checkBindings } from './bindings.ts'
import { type GatewaySettings, readConfig } from './config.ts'
import { loadDocuments } from './documents/document.ts'
import { writeEditorSchemas } from './editor.ts'
import { emit } from './emit.ts'
import { type Message, Messages } from './messages.ts'
import { checkParameters } from './parameters.ts'
import { Plugins, repository } from './plugins.ts'
import { type CompiledRoute, compileRoutes, globalPolicies } from './routes.ts'
import { Steps, type Use } from './steps.ts'
import { tellUnread } from './unread-documents.ts'
import { type CompiledValidators, Validators } from './validators.ts'
import { writeBuild } from './write-build.ts'

export interface CompileOptions {
  /** Default: `config/` of the repository. */
  readonly config?: string | undefined
  /** Parent of the build folder of any config but the repository's own. Default: `.cardea`. */
  readonly state?: string | undefined
  /** Names given with `--var`: declared without wrangler.toml. */
  readonly variables?: Iterable<string>
  /** Whether every proxied route has an upstream from elsewhere, with `--upstream`. */
  readonly hasUpstream?: boolean
  /** Makes warnings errors. */
  readonly isStrict?: boolean
  /** Only checks; nothing is written. */
  readonly isDry?: boolean
}

export interface Compiled {
  /** Where `gateway.ts` stands. */
  readonly folder: string
  readonly config: string
  readonly routes: readonly CompiledRoute[]
  /** Policies of `gateway.json`. */
  readonly everywhere: readonly Use[]
  readonly settings: GatewaySettings
  readonly validators: CompiledValidators
  readonly messages: readonly Message[]
  /** False when there is an error: nothing was written, what stood there before still stands. */
  readonly isGood: boolean
  /** Every file that went in, for watching. */
  readonly files: readonly string[]
  /** Writes the JSON Schemas of the config files beside the state, for editors. Loads every part. */
  writeSchemas(): Promise<void>
}

/** Reads a config folder and writes the gateway module, or tells everything that is wrong with it. */
export async function compile(options: CompileOptions = {}): Promise<Compiled> {
  const root = resolve(options.config ?? join(repository, 'config'))
  const messages = new Messages()
  const config = readConfig(root, options.variables ?? [], messages)
  const locked = readLocked(root, messages)
  const documents = await loadDocuments(root, config.documents, messages, locked)
  const plugins = new Plugins(root)
  const wanted = new Validators(root, messages)
  const steps = new Steps(config, plugins, wanted, messages)
  const { hasUpstream = false } = options
  const everywhere = await globalPolicies(config, steps, messages)
  const settled = { ...config, hasUpstream }
  const routes = await compileRoutes(documents, everywhere, settled, steps, messages)
  await steps.checkUnused()
  const validators = await wanted.compile()
  checkParameters(routes, messages)
  const sources = documents.flatMap((document) => [...document.sources])
  tellUnread(root, [...sources, ...locked.parts, ...wanted.sources], locked.files, messages)
  checkBindings(routes, everywhere, config, messages)
  const folder = buildFolder(root, options.state)
  const all = options.isStrict ? messages.all.map(asError) : messages.all
  const isGood = all.every(({ level }) => level !== 'error')
  if (isGood && !options.isDry) {
    const { settings } = config
    writeBuild(folder, emit({ settings, routes, everywhere, validators }, folder))
  }
  const files = [...sources.map(({ path }) => path), ...locked.files]
  const { settings } = config
  const state = resolve(options.state ?? join(repository, '.cardea'))
  return {
    folder,
    config: root,
    routes,
    everywhere,
    settings,
    validators,
    messages: all,
    isGood,
    files,
    writeSchemas: () => writeEditorSchemas(join(state, 'schemas'), config, plugins),
  }
}

/** The repository's own config compiles into `src/`, any other into a folder of its own under `--state`. */
export function buildFolder(config: string, state?: string): string {
  if (config === join(repository, 'config')) return join(repository, 'src/generated')
  const name = createHash('sha256').update(config).digest('hex').slice(0, 12)
  return join(resolve(state ?? join(repository, '.cardea')), 'build', name)
}

const asError = (message: Message): Message => ({ ...message, level: 'error' })

/** For a person: relative to where the command runs. */
export const shown = (path: string): string => relative(process.cwd(), path) || '.'
