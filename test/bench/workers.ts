import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { stop } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { bundleKvService, bundler, compatibility } from '../../scripts/local/bundle.ts'
import { durableObjects } from '../../scripts/local/capnp.ts'
import { type Row, SECRET } from './rows.ts'

export interface Workers {
  readonly pid: number
  port(row: Row): number
  stop(): void
}

/** One workerd with one Worker for each distinct program of the rows, so that all share one process. */
export async function startWorkers(
  folder: string,
  upstreamHost: string,
  rows: readonly Row[],
): Promise<Workers> {
  mkdirSync(join(folder, 'state'), { recursive: true })
  const programs = [...new Set(rows.map(({ program }) => program))]
  const names = new Map(programs.map((program, i) => [program, `worker${i}`]))
  for (const program of programs) {
    const outfile = join(folder, `${names.get(program)}.js`)
    if (typeof program === 'string') cpSync(program, outfile)
    else await bundle(program.files(upstreamHost), folder, names.get(program)!, outfile)
  }
  await bundleKvService(join(folder, 'kv.js'))
  await stop()
  const file = join(folder, 'bench.capnp')
  const byHand = programs.filter((one) => typeof one === 'string').map((one) => names.get(one)!)
  writeFileSync(file, configuration([...names.values()], new Set(byHand), upstreamHost))
  const binary = join(
    dirname(createRequire(import.meta.url).resolve('workerd/package.json')),
    'bin/workerd',
  )
  const child = spawn('taskset', ['-c', '0', binary, 'serve', '--control-fd=3', file], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const ports = await listening(child.stdio[3] as Readable, names.size)
  return {
    pid: child.pid!,
    port: ({ program }) => ports.get(names.get(program)!)!,
    stop: () => void child.kill('SIGKILL'),
  }
}

async function bundle(
  files: Readonly<Record<string, unknown>>,
  folder: string,
  name: string,
  outfile: string,
): Promise<void> {
  const config = join(folder, name)
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(config, file)), { recursive: true })
    writeFileSync(
      join(config, file),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
  const compiled = await compile({ config, state: folder, variables: ['SECRET'] })
  if (!compiled.isGood) throw new Error(JSON.stringify(compiled.messages, null, 2))
  const context = await bundler(compiled.folder, outfile, { isMinified: true })
  await context.rebuild()
  await context.dispose()
}

function configuration(
  names: readonly string[],
  byHand: ReadonlySet<string>,
  upstreamHost: string,
): string {
  const isByHand = (name: string) => byHand.has(name)
  const classes = Object.entries(durableObjects)
  const worker = (name: string) => `(name = "${name}", worker = (
      modules = [(name = "worker.js", esModule = embed "${name}.js")],
      ${runtime}
      bindings = [
        (name = "UPSTREAM_HOST", text = "${upstreamHost}"),
        (name = "CARDEA_PLATFORM", text = "workerd"),
        (name = "SECRET", text = "${SECRET}"),
        (name = "KEYS", kvNamespace = "keys"),
        ${isByHand(name) ? '' : classes.map(([binding, one]) => `(name = "${binding}", durableObjectNamespace = "${one}")`).join(', ')}
      ],
      ${isByHand(name) ? '' : `durableObjectNamespaces = [${classes.map(([, one]) => namespace(one, name)).join(', ')}],`}
      durableObjectStorage = (localDisk = "state"),
      globalOutbound = "network"))`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${names.map(worker).join(',\n    ')},
    (name = "keys", worker = (
      modules = [(name = "kv.js", esModule = embed "kv.js")],
      ${runtime}
      bindings = [(name = "STORE", durableObjectNamespace = "KvStore")],
      durableObjectNamespaces = [${namespace('KvStore', 'kv')}],
      durableObjectStorage = (localDisk = "state"))),
    (name = "state", disk = (path = "state", writable = true)),
    (name = "network", network = (allow = ["private", "local"])),
  ],
  sockets = [${names.map((name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`).join(', ')}],
);`
}

const runtime = `compatibilityDate = "${compatibility.date}",
      compatibilityFlags = [${compatibility.flags.map((flag) => `"${flag}"`).join(', ')}],`

const namespace = (name: string, owner: string): string =>
  `(className = "${name}", uniqueKey = "${owner}-${name}", enableSql = true)`

function listening(control: Readable, count: number): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  let text = ''
  return new Promise((resolve) => {
    control.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const line of text.split('\n').slice(0, -1)) {
        const { socket, port } = JSON.parse(line) as { socket?: string; port?: number }
        if (socket !== undefined && port !== undefined) ports.set(socket, port)
      }
      if (ports.size === count) resolve(ports)
    })
  })
}
