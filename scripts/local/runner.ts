import { UserError } from './user-error.ts'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { type BuildContext, stop as stopBundler } from 'esbuild'
import { parse as parseToml } from 'smol-toml'
import { type Compiled, compile } from '../compile/compile.ts'
import { repository } from '../compile/plugins.ts'
import { ADMIN_VARIABLE, adminPath, localSecret, noteAccess } from './admin-note.ts'
import { bundleKvService, bundler, describeBuildErrors } from './bundle.ts'
import { capnp } from './capnp.ts'
import { isFree, startWorkerd, type Workerd } from './workerd.ts'

export interface RunOptions {
  readonly config: string
  readonly state: string
  readonly host: string
  readonly port: number
  readonly variables: Readonly<Record<string, string>>
  readonly upstream: string | undefined
  readonly isMinified: boolean
  readonly graceMs: number
}

export { UserError }

/** Compiles, bundles and runs a gateway; `reload` does it again and keeps the old one if that fails. */
export class Runner {
  readonly #options: RunOptions
  #bundler: { readonly folder: string; readonly context: BuildContext } | undefined
  #workerd: Workerd | undefined
  #port: number
  #busy: Promise<unknown> = Promise.resolve()
  #isStopping = false

  constructor(options: RunOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  /** Whether somebody has asked it to end. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Ends when the running workerd ends by itself. */
  get ended(): Promise<unknown> {
    return this.#workerd?.ended ?? Promise.resolve()
  }

  /** @throws UserError when the port is taken or the bundle does not build */
  async start(onMessages: (compiled: Compiled) => void): Promise<Compiled> {
    if (!(await isFree(this.#port, this.#options.host))) {
      throw new UserError(
        `Port ${this.#port} is in use.\nTwo programs cannot listen on one port.\nStop the other one, or start with --port ${this.#port + 1}.`,
      )
    }
    return this.reload(onMessages)
  }

  /** With an error in the config or the bundle the last good gateway goes on running. */
  reload(onMessages: (compiled: Compiled) => void): Promise<Compiled> {
    const reloaded = this.#reload(onMessages)
    this.#busy = reloaded.catch(() => undefined)
    return reloaded
  }

  /** @param hurry does not wait for requests under way */
  async stop(hurry = false): Promise<void> {
    this.#isStopping = true
    const graceMs = hurry ? 0 : this.#options.graceMs
    await this.#workerd?.stop(graceMs)
    // a reload under way may have started another one in the meantime
    await this.#busy
    await this.#workerd?.stop(graceMs)
    await this.#bundler?.context.dispose()
    await stopBundler()
  }

  async #reload(onMessages: (compiled: Compiled) => void): Promise<Compiled> {
    const { config, state, variables, upstream } = this.#options
    const compiled = await compile({
      config,
      state,
      variables: [ADMIN_VARIABLE, ...Object.keys(variables)],
      hasUpstream: upstream !== undefined,
    })
    onMessages(compiled)
    if (!compiled.isGood) return compiled
    const mount = adminPath(compiled.routes)
    const bindings = this.#bindings(mount !== undefined)
    const file = await this.#bundle(compiled.folder, bindings)
    await this.#workerd?.stop(RELOAD_GRACE_MS)
    if (this.#isStopping) return compiled
    this.#workerd = await startWorkerd(file)
    this.#port = this.#workerd.port
    const token = bindings[ADMIN_VARIABLE]
    if (mount !== undefined && token !== undefined) {
      noteAccess(state, { url: `http://${reachable(this.#address())}${mount}`, token })
    }
    return compiled
  }

  /** @returns the path of the configuration that runs the new bundle */
  async #bundle(generated: string, variables: Record<string, string>): Promise<string> {
    const { state, isMinified } = this.#options
    const folder = join(resolve(state), 'run')
    mkdirSync(folder, { recursive: true })
    const bundle = 'worker.js'
    if (this.#bundler?.folder !== generated) {
      await this.#bundler?.context.dispose()
      const context = await bundler(generated, join(folder, bundle), { isMinified })
      this.#bundler = { folder: generated, context }
      await bundleKvService(join(folder, KV_BUNDLE))
    }
    try {
      await this.#bundler.context.rebuild()
    } catch (error) {
      throw new UserError(describeBuildErrors(error))
    }
    const disk = join(resolve(state), 'data')
    mkdirSync(disk, { recursive: true })
    const file = join(folder, 'workerd.capnp')
    // secrets stand in it
    const address = this.#address()
    const text = capnp({ address, state: disk, bundle, kvBundle: KV_BUNDLE, variables })
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }

  #address(): string {
    const { host } = this.#options
    return `${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  /** `[vars]` of wrangler.toml, declared secrets of the environment, `.dev.vars`, `--var`; the last wins. */
  #bindings(hasAdmin: boolean): Record<string, string> {
    const { config, state, variables, upstream } = this.#options
    const folders = [config, resolve(config, '..'), repository]
    const at = (name: string) => folders.map((one) => join(one, name)).find(existsSync)
    const tomlFile = at('wrangler.toml')
    const toml = tomlFile ? parseToml(readFileSync(tomlFile, 'utf8')) : {}
    const { vars = {}, secrets } = toml as {
      vars?: Record<string, unknown>
      secrets?: { required?: readonly string[] }
    }
    const secretsFile = at('.dev.vars')
    const texts = Object.entries(vars).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    const environment = (secrets?.required ?? [])
      .filter((name) => process.env[name] !== undefined)
      .map((name) => [name, process.env[name]])
    return {
      ...(hasAdmin && { [ADMIN_VARIABLE]: localSecret(resolve(state)) }),
      ...Object.fromEntries(texts),
      ...Object.fromEntries(environment),
      ...(secretsFile && parseEnv(readFileSync(secretsFile, 'utf8'))),
      ...variables,
      ...(upstream !== undefined && { CARDEA_UPSTREAM: upstream }),
      CARDEA_PLATFORM: 'workerd',
    }
  }
}

/** From this machine: every address is also the loopback one. */
const reachable = (address: string): string =>
  address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')

const RELOAD_GRACE_MS = 200
const KV_BUNDLE = 'kv-service.js'
