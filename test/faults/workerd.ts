import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface Started {
  readonly url: string
  readonly pid: number
  /** Everything it printed. */
  output(): string
  stop(): Promise<void>
}

/**
 * workerd as `serve` starts it, with what it prints kept.
 * @param fileBytesMax no file grows beyond it: what a full disk does, without a disk. The signal that comes with
 * it is ignored, so that writing fails as it does on a disk.
 */
export async function startWorkerd(config: string, fileBytesMax?: number): Promise<Started> {
  const binary = join(
    dirname(createRequire(import.meta.url).resolve('workerd/package.json')),
    'bin/workerd',
  )
  const limits =
    fileBytesMax === undefined ? '' : `trap '' XFSZ; ulimit -f ${Math.ceil(fileBytesMax / 512)};`
  const child = spawn(
    'sh',
    ['-c', `${limits} exec "$0" "$@"`, binary, 'serve', '--control-fd=3', config],
    {
      cwd: dirname(config),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  )
  let text = ''
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<undefined>((resolve) => child.once('exit', () => resolve(undefined)))
  const port = await Promise.race([listening(child), ended])
  if (port === undefined) throw new Error(`workerd did not start:\n${text}`)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    output: () => text,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function listening(child: ChildProcess): Promise<number> {
  let text = ''
  return new Promise((resolve) => {
    ;(child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const port = /"socket":"http","port":(\d+)|"port":(\d+),"socket":"http"/.exec(text)
      if (port !== null) resolve(Number(port[1] ?? port[2]))
    })
  })
}
