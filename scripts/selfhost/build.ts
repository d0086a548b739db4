import { chmodSync, copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stop as stopBundler } from 'esbuild'
import { CHECK_VARIABLE } from '../../src/core/readiness.ts'
import type { Compiled } from '../compile/compile.ts'
import { ADMIN_VARIABLE, adminPath } from '../local/admin-note.ts'
import { bundler, bundleServices, describeBuildErrors, services } from '../local/bundle.ts'
import { capnp } from '../local/capnp.ts'
import { cleaningUp } from '../local/cleaning-up.ts'
import { makeFolder } from '../local/make-folder.ts'
import { UserError } from '../local/user-error.ts'
import { declaredVariables } from '../local/variables.ts'
import { workerdBinary } from '../local/workerd.ts'
import { compileWithBindings, type LocalBindings } from '../local/wrangler-bindings.ts'
import { dockerfile } from './dockerfile.ts'
import { TargetFolder } from './folder.ts'
import { drainScript, healthyScript } from './health-scripts.ts'
import { startScript } from './start-script.ts'
import { readme } from './readme.ts'
import { unit } from './unit.ts'

export interface BuildOptions {
  /** The folder to make, or to renew. */
  readonly target: string
  readonly config: string
  readonly state: string
  readonly variables: Readonly<Record<string, string>>
  readonly upstream: string | undefined
  /** What `caches` may take of the disk. */
  readonly cacheBytesMax: number
  /** The public socket speaks TLS, with `tls/cert.pem` and `tls/key.pem` of the folder. */
  readonly hasTls: boolean
  /** A workerd of another machine's kind; default is this machine's. */
  readonly workerd: string | undefined
}

/** What the folder needs of its server. */
export interface Wants {
  /** Name → value where the server's environment has none. */
  readonly defaults: Readonly<Record<string, string>>
  /** Names that only the server's environment has. */
  readonly secrets: readonly string[]
  readonly hasTls: boolean
  readonly cacheBytesMax: number
  /** Besides variables and secrets. */
  readonly bindings: LocalBindings
}

/**
 * Makes a folder that runs the gateway on a server without Node and npm.
 *
 * @throws UserError when the folder is something else, or the bundle does not build
 */
export async function buildSelfHost(
  options: BuildOptions,
  onMessages: (compiled: Compiled) => void,
): Promise<Built> {
  const workerd = options.workerd ?? workerdBinary()
  requireFile(workerd)
  const folder = new TargetFolder(options.target)
  return cleaningUp(
    () => folder.clean(),
    () => build(options, workerd, folder, onMessages),
  )
}

interface Built {
  readonly compiled: Compiled
  readonly wants: Wants
}

async function build(
  options: BuildOptions,
  workerd: string,
  folder: TargetFolder,
  onMessages: (compiled: Compiled) => void,
): Promise<Built> {
  const { target, hasTls } = options
  folder.prepare()
  const { compiled, bindings } = await compileWithBindings(options)
  onMessages(compiled)
  const wants = wantsOf(options, compiled, bindings)
  if (!compiled.isGood) return { compiled, wants }
  const { staging } = folder
  await bundle(compiled.folder, staging)
  for (const [name, text] of Object.entries(texts(wants))) writeFileSync(join(staging, name), text)
  copyFileSync(workerd, join(staging, 'workerd'))
  for (const name of ['workerd', ...PROGRAMS]) chmodSync(join(staging, name), 0o755)
  if (hasTls) makeFolder(join(target, 'tls'))
  folder.exchange(FILES, 'gateway.capnp', 'start')
  return { compiled, wants }
}

const PROGRAMS = ['start', 'healthy', 'drain']
const TEXTS = ['gateway.capnp', ...PROGRAMS, 'Dockerfile', 'cardea.service', 'README.md']
const FILES = ['worker.js', ...services.map((name) => `${name}.js`), 'workerd', ...TEXTS]

function requireFile(workerd: string): void {
  if (statSync(workerd, { throwIfNoEntry: false })?.isFile()) return
  throw new UserError(
    `'${workerd}' is no file.\nThe folder needs a workerd for the server's kind of machine.\nName the executable of npm's package @cloudflare/workerd-linux-64 or -arm64: bin/workerd.`,
  )
}

function wantsOf(
  { config, variables, upstream, hasTls, cacheBytesMax }: BuildOptions,
  compiled: Compiled,
  bindings: LocalBindings,
): Wants {
  const { vars, required } = declaredVariables(config)
  const defaults = {
    ...vars,
    ...variables,
    ...(upstream !== undefined && { CARDEA_UPSTREAM: upstream }),
  }
  const admin = adminPath(compiled.routes) === undefined ? [] : [ADMIN_VARIABLE]
  const secrets = [...new Set([...required, ...admin])].filter(
    (name) => !Object.hasOwn(defaults, name),
  )
  for (const name of [...Object.keys(defaults), ...secrets]) {
    if (/^[A-Za-z_]\w*$/.test(name)) continue
    throw new UserError(
      `'${name}' cannot be the name of an environment variable.\nOn a server variables come from its environment.\nName it with letters, digits and underscores, in wrangler.toml and where it is used.`,
    )
  }
  return { defaults, secrets, hasTls, cacheBytesMax, bindings }
}

const texts = (wants: Wants): Readonly<Record<string, string>> => ({
  'gateway.capnp': configuration(wants),
  start: startScript(wants),
  healthy: healthyScript,
  drain: drainScript,
  Dockerfile: dockerfile,
  'cardea.service': unit(wants),
  'README.md': readme(wants),
})

/** Addresses and the state's folder are the start script's; these only stand in for them. */
function configuration({ defaults, secrets, hasTls, cacheBytesMax, bindings }: Wants): string {
  return capnp({
    address: '127.0.0.1:8787',
    state: 'state',
    variables: { CARDEA_PLATFORM: 'workerd' },
    environment: [...Object.keys(defaults), ...secrets, CHECK_VARIABLE],
    bundle: 'worker.js',
    kvBundle: 'kv-service.js',
    bindings,
    cacheBytesMax,
    health: { address: '127.0.0.1:8788', word: undefined },
    isLogStructured: true,
    ...(hasTls && {
      tls: { certificateChain: { file: 'tls/cert.pem' }, privateKey: { file: 'tls/key.pem' } },
    }),
  })
}

async function bundle(generated: string, folder: string): Promise<void> {
  const context = await bundler(generated, join(folder, 'worker.js'), { isMinified: true })
  try {
    await context.rebuild()
    await bundleServices(folder)
  } catch (error) {
    throw new UserError(describeBuildErrors(error))
  } finally {
    await context.dispose()
    await stopBundler()
  }
}
