import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BuildContext, stop as stopBundler } from 'esbuild'
import { CHECK_HEADER, type Fault, STOPPING_PATH } from '../../src/core/readiness.ts'
import type { Compiled } from '../compile/compile.ts'
import { ADMIN_VARIABLE, adminPath, localSecret, noteAccess } from './admin-note.ts'
import { askReadiness } from './ask-readiness.ts'
import { bundler, bundleServices, describeBuildErrors } from './bundle.ts'
import { capnp, type Keypair } from './capnp.ts'
import { type Check, newCheck } from './check.ts'
import { at, requireListenable } from './listenable.ts'
import type { Log } from './log.ts'
import { declaredVariables, devVariables, environmentSecrets } from './variables.ts'
import { UserError } from './user-error.ts'
import { LOCK, startWorkerd, type Workerd } from './workerd.ts'
import { compileWithBindings, type LocalBindings } from './wrangler-bindings.ts'

export interface RunOptions {
  readonly config: string
  readonly state: string
  readonly host: string
  readonly port: number
  readonly variables: Readonly<Record<string, string>>
  readonly upstream: string | undefined
  /** What `caches` may take of the disk. */
  readonly cacheBytesMax: number
  readonly isMinified: boolean
  readonly graceMs: number
  /** Values that a file holds; they come after the environment's. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly tls?: Keypair | undefined
  /** Where health and readiness are told. */
  readonly health?: { readonly host: string; readonly port: number } | undefined
  /** Takes workerd's lines, which are JSON then. */
  readonly log?: Log | undefined
}

export { UserError }

/** Compiles, bundles and runs a gateway; `reload` does it again and keeps the old one if that fails. */
export class Runner {
  readonly #options: RunOptions
  #bundler: { readonly folder: string; readonly context: BuildContext } | undefined
  #workerd: Workerd | undefined
  readonly #check: Check = newCheck()
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

  /** `https://0.0.0.0:8443`, once it runs. */
  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.#address()}`
  }

  /** Undefined without `health`. */
  get healthUrl(): string | undefined {
    const { health } = this.#options
    return health && `http://${at(health.host, this.#workerd?.ports['health'] ?? health.port)}`
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
    const { host, health } = this.#options
    await requireListenable('--port', this.#port, host)
    if (health) await requireListenable('--health-port', health.port, health.host)
    if (health?.port === this.#port && health.port !== 0) {
      throw new UserError(
        `--port and --health-port are both ${health.port}.\nHealth is told on a port of its own, which the public does not reach.\nName two ports.`,
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

  /**
   * What cannot start with the variables and secrets that are set: only the Worker knows.
   *
   * @returns undefined when it did not say so; nothing once it has ended
   */
  faults(): Promise<readonly Fault[] | undefined> {
    const asked = askReadiness(`${reachable(this.url)}/`, this.#check.word)
    return Promise.race([asked, this.ended.then(() => [])])
  }

  /**
   * Has `/readyz` answer 503 while everything is still served, so that balancers send new requests elsewhere.
   *
   * @param seconds how long they may need to see it
   */
  async drain(seconds: number): Promise<void> {
    this.#isStopping = true
    const { healthUrl } = this
    const headers = { [CHECK_HEADER]: this.#check.word }
    if (healthUrl && this.#workerd) {
      // one that does not answer any more is not ready anyway
      await fetch(`${reachable(healthUrl)}${STOPPING_PATH}`, { method: 'POST', headers }).catch(
        () => undefined,
      )
    }
    await Promise.race([delay(seconds * 1000, undefined, { ref: false }), this.ended])
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
    const { compiled, bindings } = await compileWithBindings(this.#options)
    onMessages(compiled)
    if (!compiled.isGood) return compiled
    const mount = adminPath(compiled.routes)
    const given = this.#variables(mount !== undefined)
    const file = await this.#bundle(compiled.folder, given, bindings)
    await this.#workerd?.stop(RELOAD_GRACE_MS)
    if (this.#isStopping) return compiled
    const { health, log, state } = this.#options
    this.#workerd = await startWorkerd(file, {
      sockets: health ? ['http', 'health'] : ['http'],
      lock: join(resolve(state), 'data', LOCK),
      ...(log && { onLine: (line) => log.relay(line) }),
    })
    this.#port = this.#workerd.port
    const token = given[ADMIN_VARIABLE]
    if (mount !== undefined && token !== undefined) {
      noteAccess(state, { url: `${reachable(this.url)}${mount}`, token })
    }
    return compiled
  }

  /** @returns the path of the configuration that runs the new bundle */
  async #bundle(
    generated: string,
    variables: Record<string, string>,
    bindings: LocalBindings,
  ): Promise<string> {
    const { state, isMinified, cacheBytesMax } = this.#options
    const folder = join(resolve(state), 'run')
    mkdirSync(folder, { recursive: true })
    const bundle = 'worker.js'
    if (this.#bundler?.folder !== generated) {
      await this.#bundler?.context.dispose()
      const context = await bundler(generated, join(folder, bundle), { isMinified })
      this.#bundler = { folder: generated, context }
      await bundleServices(folder)
    }
    try {
      await this.#bundler.context.rebuild()
    } catch (error) {
      throw new UserError(describeBuildErrors(error))
    }
    const disk = join(resolve(state), 'data')
    mkdirSync(disk, { recursive: true })
    const file = join(folder, 'workerd.capnp')
    const { tls, health, log } = this.#options
    const { word, variables: check } = this.#check
    const text = capnp({
      address: this.#address(),
      state: disk,
      variables: { ...variables, ...check },
      bundle,
      kvBundle: KV_BUNDLE,
      bindings,
      cacheBytesMax,
      isLogStructured: log !== undefined,
      ...(tls && { tls }),
      ...(health && {
        health: { address: at(health.host, health.port), word },
      }),
    })
    // secrets stand in it
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }

  #address(): string {
    return at(this.#options.host, this.#port)
  }

  /** `[vars]` of wrangler.toml, secrets of the environment, `.dev.vars`, a file of secrets, `--var`; the last wins. */
  #variables(hasAdmin: boolean): Record<string, string> {
    const { config, state, variables, upstream, secrets } = this.#options
    const { vars, required } = declaredVariables(config)
    const fromEnvironment = environmentSecrets(required)
    const given = { ...vars, ...fromEnvironment, ...devVariables(config), ...secrets, ...variables }
    return {
      ...(hasAdmin && { [ADMIN_VARIABLE]: localSecret(resolve(state)) }),
      ...given,
      ...(upstream !== undefined && { CARDEA_UPSTREAM: upstream }),
      CARDEA_PLATFORM: 'workerd',
    }
  }
}

/** From this machine: every address is also the loopback one. */
const reachable = (url: string): string =>
  url.replace(/(?<=^https?:\/\/)(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')

const RELOAD_GRACE_MS = 200
const KV_BUNDLE = 'kv-service.js'
