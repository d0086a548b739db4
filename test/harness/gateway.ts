import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const repository = resolve(import.meta.dirname, '../..')

/** Files of a config folder: name → text, or a value that becomes JSON. */
export type Files = Readonly<Record<string, unknown>>

export interface Running {
  readonly url: string
  /** Everything the process printed so far, both streams. */
  output(): string
  readonly process: ChildProcess
  /** Folder with `config/` and `state/`; gone after `stop`. */
  readonly folder: string
  /** Resolves when the output matches. */
  printed(pattern: RegExp): Promise<void>
  stop(): Promise<number | null>
}

export interface StartOptions {
  readonly command?: 'serve' | 'dev'
  readonly upstream?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly flags?: readonly string[]
}

/** Runs the real CLI on a config of its own, on a free port, with state in a temporary folder. */
export async function startGateway(files: Files, options: StartOptions = {}): Promise<Running> {
  const folder = writeFiles(files)
  const { command = 'serve', upstream, variables = {}, flags = [] } = options
  const child = spawnCli([
    command,
    ...['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--port', '0'],
    ...(upstream === undefined ? [] : ['--upstream', upstream]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...(command === 'serve' ? ['--grace', '0.2', '--log', 'text'] : []),
    ...flags,
  ])
  let text = ''
  const waiting = new Set<() => void>()
  const note = (chunk: Buffer) => {
    text += chunk.toString()
    for (const wake of waiting) wake()
  }
  child.stdout!.on('data', note)
  child.stderr!.on('data', note)
  const exited = new Promise<number | null>((done) => {
    child.once('exit', (code) => {
      done(code)
      for (const wake of waiting) wake()
    })
  })
  const printed = (pattern: RegExp) =>
    new Promise<void>((done, fail) => {
      const look = () => {
        if (pattern.test(text)) done()
        else if (child.exitCode === null && child.signalCode === null) return
        else fail(new Error(`cardea ended without printing ${pattern}:\n${text}`))
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const stop = async () => {
    child.kill('SIGTERM')
    const code = await exited
    rmSync(folder, { recursive: true, force: true })
    return code
  }
  await printed(/on http:\/\/\S+/).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const url = / on (http:\/\/[^\s]+)/.exec(text)![1]!
  return { url, output: () => text, process: child, folder, printed, stop }
}

/** A temporary folder with the files in its `config/`. */
export function writeFiles(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-'))
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, 'config', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  return folder
}

export function spawnCli(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(repository, 'scripts/cardea.ts'), ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  })
}

/** Runs a command to its end. */
export async function cli(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawnCli(args)
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, stdout, stderr }
}

/** The smallest document: operations by `METHOD /path`, each with what its object holds. */
export function document(
  operations: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [key, operation] of Object.entries(operations)) {
    const [method, path] = key.split(' ') as [string, string]
    const names = Array.from(path.matchAll(/\{([^{}]+?)\+?\}/g), (found) => found[1]!)
    const parameters = names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    ;(paths[path] ??= {})[method.toLowerCase()] = {
      ...(parameters.length > 0 && { parameters }),
      responses: { 200: { description: 'OK' } },
      ...operation,
    }
  }
  return { openapi: '3.1.2', info: { title: 'Test', version: '1' }, paths, ...more }
}
