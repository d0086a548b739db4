import { existsSync, readdirSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Handler } from '../../src/core/handler.ts'
import type { Derive } from '../../src/core/operation.ts'
import type { Policy } from '../../src/core/policy.ts'
import { own } from '../../src/lib/member.ts'

export type Kind = 'policy' | 'handler'

/** A policy or handler as compile sees it: what it says of itself, and where it stands. */
export interface Plugin {
  readonly kind: Kind
  readonly name: string
  /** Absolute path of the module that goes into the bundle. */
  readonly path: string
  readonly isOwn: boolean
  readonly definition: Policy | Handler
  readonly derive: Derive<Readonly<Record<string, unknown>>> | undefined
}

/** The folder that holds `src/`. */
export const repository = resolve(import.meta.dirname, '../..')

const folders = { policy: 'policies', handler: 'handlers' } as const

/**
 * Finds and loads the parts that a config names: its own first, then the built-in ones, so that a part that
 * we add later never takes the name of one that is already in use.
 */
export class Plugins {
  readonly #config: string
  readonly #loaded = new Map<string, Promise<Plugin | undefined>>()

  constructor(config: string) {
    this.#config = config
    answerGatewayImports()
  }

  /** @throws whatever the module throws while it is loaded */
  load(kind: Kind, name: string): Promise<Plugin | undefined> {
    const key = `${kind} ${name}`
    const known = this.#loaded.get(key) ?? this.#load(kind, name)
    this.#loaded.set(key, known)
    return known
  }

  /** All names that `load` would find, for error texts and editors. */
  names(kind: Kind): readonly string[] {
    const own = join(this.#config, folders[kind])
    const builtIn = join(repository, 'src', folders[kind])
    return [...new Set([...ownNames(own), ...builtInNames(builtIn)])].toSorted()
  }

  async #load(kind: Kind, name: string): Promise<Plugin | undefined> {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) return undefined
    const own = join(this.#config, folders[kind], `${name}.ts`)
    const isOwn = existsSync(own)
    const path = isOwn ? own : join(repository, 'src', folders[kind], name, `${name}.ts`)
    if (!existsSync(path)) return undefined
    const companion = path.replace(/\.ts$/, '.compile.ts')
    const { default: definition } = (await fresh(path)) as { default?: unknown }
    requirePart(kind, definition)
    const derive = existsSync(companion)
      ? ((await fresh(companion)) as { default: NonNullable<Plugin['derive']> }).default
      : undefined
    return { kind, name, path, isOwn, definition, derive }
  }
}

/** Somebody else may have written it without `definePolicy`, and without a look at the types. */
function requirePart(kind: Kind, value: unknown): asserts value is Policy | Handler {
  const define = kind === 'policy' ? 'definePolicy' : 'defineHandler'
  const { options, setup } = (value ?? {}) as {
    readonly options?: unknown
    readonly setup?: unknown
  }
  if (typeof setup !== 'function' || !isRecord(options)) {
    throw new Error(`its default export is not what ${define} returns`)
  }
  const wrong = Object.keys(options).find((name) => !isRecord(own(options[name], 'schema')))
  if (wrong !== undefined) throw new Error(`its option '${wrong}' is not made by option`)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function ownNames(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !/\.(test|compile|d)\.ts$/.test(file))
    .map((file) => basename(file, '.ts'))
}

function builtInNames(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, `${name}.ts`)))
}

/** Node keeps modules for ever; the time in the query lets `dev` see an edited one. */
function fresh(path: string): Promise<unknown> {
  return import(`${pathToFileURL(path).href}?${statSync(path).mtimeMs}`)
}

let isAnswering = false

/** A config folder anywhere on the disk has no package.json that says what `#gateway` is; we say it. */
function answerGatewayImports(): void {
  if (isAnswering) return
  isAnswering = true
  const url = pathToFileURL(join(repository, 'src/core/index.ts')).href
  registerHooks({
    resolve(specifier, context, next) {
      return specifier === '#gateway' ? { url, shortCircuit: true } : next(specifier, context)
    },
    load(from, context, next) {
      // spares Node's warning about a package.json without "type"
      return next(
        from,
        /\.ts(\?|$)/.test(from) ? { ...context, format: 'module-typescript' } : context,
      )
    },
  })
}
