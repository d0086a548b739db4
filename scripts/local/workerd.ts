import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { endWithUs } from './end-with-us.ts'
import { UserError } from './user-error.ts'
import { startFailure } from './workerd-failure.ts'

/** One running workerd. */
export interface Workerd {
  readonly pid: number
  /** Of the socket `http`, the public one. */
  readonly port: number
  /** Of every socket that was asked for, by its name. */
  readonly ports: Readonly<Record<string, number>>
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<{ readonly code: number | null }>
  /** SIGTERM, and SIGKILL after the grace: workerd waits for open WebSockets for ever. */
  stop(graceMs: number): Promise<void>
}

export interface StartOptions {
  /** Names of the sockets to wait for. */
  readonly sockets?: readonly string[]
  /** Takes each line that workerd writes once it listens; without it they go to our own streams. */
  readonly onLine?: (line: string) => void
  /** A file in the folder of the state: while it runs, no other workerd starts with it. Needs `flock`, as Linux has it. */
  readonly lock?: string
  /** Words before the command: a program that prepares something and then becomes it. */
  readonly through?: readonly string[]
}

/** Name of that file. */
export const LOCK = '.lock'

/**
 * Starts workerd and waits until it listens.
 *
 * @param config path of the configuration; paths in it are relative to its folder
 * @throws UserError with the reason when it ends before that; what it wrote is in it, and nowhere else
 */
export async function startWorkerd(
  config: string,
  { sockets = ['http'], onLine, lock, through = [] }: StartOptions = {},
): Promise<Workerd> {
  const command = [...through, workerdBinary(), 'serve', '--control-fd=3', config]
  const [program = '', ...args] = lock === undefined ? command : locked(lock, command)
  const child = spawn(program, args, {
    cwd: dirname(config),
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'pipe', 'pipe'],
  })
  const relay = onLine ? relayLines(child, onLine) : relayErrors(child)
  const ended = new Promise<{ code: number | null }>((resolve) => {
    // closed, not only gone: its last lines have been read then
    child.once('close', (code) => resolve({ code }))
    child.once('error', () => resolve({ code: null }))
  })
  const release = child.pid === undefined ? () => undefined : endWithUs(child.pid)
  void ended.then(release)
  const ports = await Promise.race([listening(child, sockets), ended.then(() => undefined)])
  if (ports === undefined) {
    if (child.exitCode === LOCKED) throw stateInUse(dirname(lock!))
    throw startFailure(relay.said(), lock && dirname(lock))
  }
  relay.open()
  return {
    pid: child.pid!,
    port: ports['http']!,
    ports,
    ended,
    async stop(graceMs) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** A shell takes the lock, and becomes the program: whoever holds it is alive, and `kill -9` gives it back. */
const locked = (lock: string, command: readonly string[]): readonly string[] => [
  ...['/bin/sh', '-c', TAKE_LOCK, 'sh', lock],
  ...command,
]
const LOCKED = 75
const TAKE_LOCK = `lock=$1; shift
if command -v flock >/dev/null 2>&1; then exec 9>"$lock"; flock -n 9 || exit ${LOCKED}; fi
exec "$@"`

const stateInUse = (folder: string): UserError =>
  new UserError(
    `Another gateway runs with the state in '${folder}'.\nEach of the two would hold keys and counts that the other does not see.\nStop that one, or name another folder: --state DIR.`,
  )

/** Why nobody can listen there, as a system error's code; workerd would say it with a stack trace. */
export function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'))
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })
}

/** Path of the executable that npm installed. */
export function workerdBinary(): string {
  const packageFile = createRequire(import.meta.url).resolve('workerd/package.json')
  return join(dirname(packageFile), 'bin/workerd')
}

/** The lines of the control descriptor say on which port each socket listens. */
function listening(
  child: ChildProcess,
  sockets: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const control = child.stdio[3] as Readable
  const ports: Record<string, number> = {}
  return new Promise((resolve) => {
    createInterface(control).on('line', (line) => {
      const event = JSON.parse(line) as { event?: string; socket?: string; port?: number }
      if (event.event === 'listen') ports[event.socket!] = event.port!
      if (sockets.every((name) => ports[name] !== undefined)) resolve(ports)
    })
  })
}

/** What workerd writes, on its way. Held until it listens: why it does not start is told in our words. */
interface Relay {
  /** The last of it, for an error text. */
  said(): string
  open(): void
}

function relayErrors(child: ChildProcess): Relay {
  const relay = newRelay((text) => process.stderr.write(text))
  child.stderr!.on('data', (chunk: Buffer) => relay.take(chunk.toString()))
  return relay
}

function relayLines(child: ChildProcess, onLine: (line: string) => void): Relay {
  const relay = newRelay((line) => onLine(line.slice(0, -1)))
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on('line', (line) => relay.take(`${line}\n`))
  }
  return relay
}

function newRelay(pass: (text: string) => void): Relay & { take(text: string): void } {
  let last = ''
  let held: string[] | undefined = []
  return {
    said: () => last,
    open() {
      held?.forEach(pass)
      held = undefined
    },
    take(text) {
      last = (last + text).slice(-2_000)
      if (held === undefined) pass(text)
      else held.push(text)
    },
  }
}
