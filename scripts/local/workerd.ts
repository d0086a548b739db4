import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'

/** One running workerd. */
export interface Workerd {
  readonly port: number
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<{ readonly code: number | null }>
  /** SIGTERM, and SIGKILL after the grace: workerd waits for open WebSockets for ever. */
  stop(graceMs: number): Promise<void>
}

/**
 * Starts workerd and waits until it listens.
 *
 * @param config path of the configuration; paths in it are relative to its folder
 * @throws Error with what workerd said when it ends before that
 */
export async function startWorkerd(config: string): Promise<Workerd> {
  const child = spawn(binary(), ['serve', '--control-fd=3', config], {
    cwd: dirname(config),
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
  })
  const said = relayErrors(child)
  const ended = new Promise<{ code: number | null }>((resolve) => {
    child.once('exit', (code) => resolve({ code }))
    child.once('error', () => resolve({ code: null }))
  })
  const port = await Promise.race([listening(child), ended.then(() => undefined)])
  if (port === undefined) throw new Error(`workerd did not start.\n${said()}`)
  return {
    port,
    ended,
    async stop(graceMs) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Whether a port of the loopback interface is free; workerd would say it with a stack trace. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  if (port === 0) return Promise.resolve(true)
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
}

function binary(): string {
  const packageFile = createRequire(import.meta.url).resolve('workerd/package.json')
  return join(dirname(packageFile), 'bin/workerd')
}

/** The first line of the control descriptor says on which port the socket listens. */
function listening(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as Readable
  let text = ''
  return new Promise((resolve) => {
    control.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const line of text.split('\n').slice(0, -1)) {
        const event = JSON.parse(line) as { event?: string; socket?: string; port?: number }
        if (event.event === 'listen' && event.socket === 'http') resolve(event.port!)
      }
    })
  })
}

/** Lets workerd's messages through and keeps the last of them for an error text. */
function relayErrors(child: ChildProcess): () => string {
  let last = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    const text = chunk.toString()
    last = (last + text).slice(-2_000)
    process.stderr.write(text)
  })
  return () => last
}
