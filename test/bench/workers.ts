import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, stop } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { bundleKvService, bundler, compatibility } from '../../scripts/local/bundle.ts'
import { durableObjects } from '../../scripts/local/capnp.ts'
import { startWorkerd } from '../../scripts/local/workerd.ts'
import { publicKey, SECRET } from './credentials.ts'
import { orderSchema } from './order.ts'
import { pin } from './process.ts'
import type { ByHand, Program } from './programs.ts'
import { ajvStandalone } from './schema/ajv.ts'

/** A bundle on disk. */
export interface Built {
  /** Of the file and of the service. */
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
  /** Bindings to Durable Object classes of the bundle. */
  readonly classes: Readonly<Record<string, string>>
}

export interface Workers {
  readonly pid: number
  port(built: Built): number
  stop(): Promise<void>
}

/** Bundles gateways and Workers by hand alike, minified, into a folder. */
export class Builder {
  readonly #folder: string
  readonly #upstreamHost: string
  readonly #built = new Map<Program | ByHand, Built>()

  constructor(folder: string, upstreamHost: string) {
    this.#folder = folder
    this.#upstreamHost = upstreamHost
  }

  async all(wanted: Iterable<Program | ByHand>): Promise<ReadonlyMap<Program | ByHand, Built>> {
    await bundleKvService(join(this.#folder, 'kv.js'))
    const validator = ajvStandalone([orderSchema], {}, 'oas-3.1', false)
    writeFileSync(join(this.#folder, 'order.mjs'), `${validator}\nexport { v0 as validate }\n`)
    for (const one of new Set(wanted)) {
      if (this.#built.has(one)) continue
      const name = `worker${this.#built.size}`
      const outfile = join(this.#folder, `${name}.js`)
      if ('file' in one) await this.#byHand(one, outfile)
      else await this.#gateway(one, outfile)
      const text = readFileSync(outfile)
      const classes = 'file' in one ? limiterOf(one) : durableObjects
      this.#built.set(one, {
        name,
        bytes: text.length,
        gzipBytes: gzipSync(text).length,
        classes,
      })
    }
    await stop()
    return this.#built
  }

  async #byHand(one: ByHand, outfile: string): Promise<void> {
    const more = Object.keys(limiterOf(one)).length > 0
    await build({
      stdin: {
        contents: [
          `export { ${one.name} as default } from './${one.file}.ts'`,
          ...(more ? ["export { Limiter } from './rate-limit.ts'"] : []),
        ].join('\n'),
        resolveDir: join(import.meta.dirname, 'equal-work'),
      },
      outfile,
      alias: { '#order': join(this.#folder, 'order.mjs') },
      bundle: true,
      format: 'esm',
      target: 'es2024',
      external: ['cloudflare:*'],
      minify: true,
      logLevel: 'warning',
    })
  }

  async #gateway(program: Program, outfile: string): Promise<void> {
    const config = outfile.replace(/\.js$/, '-config')
    for (const [file, content] of Object.entries(program.files(this.#upstreamHost))) {
      mkdirSync(dirname(join(config, file)), { recursive: true })
      writeFileSync(join(config, file), JSON.stringify(content))
    }
    const state = this.#folder
    const compiled = await compile({ config, state, variables: Object.keys(variables) })
    if (!compiled.isGood) throw new Error(JSON.stringify(compiled.messages, null, 2))
    const context = await bundler(compiled.folder, outfile, { isMinified: true })
    await context.rebuild()
    await context.dispose()
  }

  /**
   * One workerd with a Worker and a port for each; they share one Workers KV.
   *
   * @param through a profiler that runs it, and its arguments
   */
  async start(
    workers: Iterable<Built>,
    core: number,
    through: readonly string[] = [],
  ): Promise<Workers> {
    const list = [...new Set(workers)]
    const id = String(starts++)
    mkdirSync(join(this.#folder, `state${id}`))
    const file = join(this.#folder, `bench${id}.capnp`)
    writeFileSync(file, configuration(list, `state${id}`, this.#upstreamHost))
    const sockets = list.map(({ name }) => name)
    const running = await startWorkerd(file, { sockets, onLine: tellFailures, through })
    pin(running.pid, core)
    return {
      pid: running.pid,
      port: ({ name }) => running.ports[name]!,
      stop: () => running.stop(0),
    }
  }
}

let starts = 0

/** What the gateway logs of requests that it refuses is expected: they are part of every run. */
function tellFailures(line: string): void {
  if (!line.startsWith('{"level":"info"') && !line.startsWith('{"level":"warn"'))
    console.error(line)
}

const limiterOf = ({ file }: ByHand): Readonly<Record<string, string>> =>
  file === 'rate-limit' || file === 'validation' ? { LIMITER: 'Limiter' } : {}

const variables = {
  CARDEA_PLATFORM: 'workerd',
  SECRET,
  PUBLIC_KEY: JSON.stringify(publicKey.jwk),
  PUBLIC_KEY_PEM: publicKey.pem,
}

function configuration(list: readonly Built[], state: string, upstreamHost: string): string {
  const texts = { ...variables, UPSTREAM_HOST: upstreamHost }
  const shared = Object.entries(texts).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  )
  const worker = ({ name, classes }: Built) => `(name = "${name}", worker = (
      modules = [(name = "worker.js", esModule = embed "${name}.js")],
      ${runtime}
      bindings = [${[
        ...shared,
        '(name = "KEYS", kvNamespace = "keys")',
        ...Object.entries(classes).map(
          ([binding, one]) => `(name = "${binding}", durableObjectNamespace = "${one}")`,
        ),
      ].join(', ')}],
      durableObjectNamespaces = [${Object.values(classes)
        .map((one) => namespace(one, name))
        .join(', ')}],
      durableObjectStorage = (localDisk = "state"),
      globalOutbound = "network"))`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${list.map(worker).join(',\n    ')},
    (name = "keys", worker = (
      modules = [(name = "kv.js", esModule = embed "kv.js")],
      ${runtime}
      bindings = [(name = "STORE", durableObjectNamespace = "KvStore")],
      durableObjectNamespaces = [${namespace('KvStore', 'kv')}],
      durableObjectStorage = (localDisk = "state"))),
    (name = "state", disk = (path = "${state}", writable = true)),
    (name = "network", network = (allow = ["private", "local"])),
  ],
  sockets = [${list.map(({ name }) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`).join(', ')}],
);`
}

const runtime = `compatibilityDate = "${compatibility.date}",
      compatibilityFlags = [${compatibility.flags.map((flag) => `"${flag}"`).join(', ')}],`

const namespace = (name: string, owner: string): string =>
  `(className = "${name}", uniqueKey = "${owner}-${name}", enableSql = true)`
