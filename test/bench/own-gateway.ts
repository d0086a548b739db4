import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { stop as stopBundler } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { bundleKvService, bundler } from '../../scripts/local/bundle.ts'
import { capnp } from '../../scripts/local/capnp.ts'

/** A gateway in a workerd of its own, with parts of the bench's own in it. */
export interface OwnGateway {
  readonly url: string
  readonly process: ChildProcess
  /** Where the objects keep their state. */
  readonly state: string
}

export interface OwnGatewayOptions {
  /** Files of `config/`: texts, or what becomes JSON. */
  readonly config: Readonly<Record<string, unknown>>
  readonly variables: Readonly<Record<string, string>>
  /** TypeScript in the place of the Durable Object classes. */
  readonly objects?: string
  /** JavaScript in the place of the whole gateway. */
  readonly worker?: string
}

/** Ends with this process, however that ends. */
export async function startOwnGateway(options: OwnGatewayOptions): Promise<OwnGateway> {
  // in memory where that is possible: a disk would make a run ten times as long, and is not what is measured
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = mkdtempSync(join(parent, 'cardea-bench-'))
  let workerd: ChildProcess | undefined
  process.once('exit', () => {
    workerd?.kill('SIGKILL')
    // workerd may still be writing for a moment
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  if (options.worker === undefined) await bundle(folder, options)
  else writeFileSync(join(folder, 'worker.js'), options.worker)
  await bundleKvService(join(folder, 'kv.js'))
  await stopBundler()
  const state = join(folder, 'data')
  mkdirSync(state)
  const local = { address: '127.0.0.1:0', bundle: 'worker.js', kvBundle: 'kv.js' }
  const { variables } = options
  writeFileSync(join(folder, 'workerd.capnp'), capnp({ ...local, state, variables }))
  workerd = spawn(binary(), ['serve', '--control-fd=3', join(folder, 'workerd.capnp')], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const port = await listening(workerd)
  return { url: `http://127.0.0.1:${port}`, process: workerd, state }
}

/** On a connection of its own: one that is kept may be closed by the time it is used again. */
export function textOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, seconds * 1000))
}

async function bundle(folder: string, { config, objects }: OwnGatewayOptions): Promise<void> {
  for (const [name, content] of Object.entries(config)) {
    const path = join(folder, 'config', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const compiled = await compile({ config: join(folder, 'config'), state: join(folder, 'state') })
  if (!compiled.isGood) throw new Error(JSON.stringify(compiled.messages))
  if (objects !== undefined) writeFileSync(join(compiled.folder, 'objects.ts'), objects)
  const made = await bundler(compiled.folder, join(folder, 'worker.js'), { isMinified: true })
  await made.rebuild()
  await made.dispose()
}

function binary(): string {
  const packageFile = createRequire(import.meta.url).resolve('workerd/package.json')
  return join(dirname(packageFile), 'bin/workerd')
}

function listening(workerd: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    workerd.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
    ;(workerd.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      const port = /"event":"listen".*"port":(\d+)/.exec(chunk.toString())?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}
