import { fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Files, type StartOptions, writeFiles } from './gateway.ts'
import type { Answered, Asked } from './host-process.ts'

/** A process that runs gateways as `serve` does, one at a time. */
export interface Host {
  /**
   * For tests that ask the gateway, not the command line: half the time of `startGateway`.
   *
   * @throws Error with the messages when the config is not good
   */
  start(
    files: Files,
    options?: Pick<StartOptions, 'upstream' | 'variables'>,
  ): Promise<{ readonly url: string; stop(): Promise<void> }>
  stop(): Promise<void>
}

export function startHost(): Host {
  const child = fork(join(import.meta.dirname, 'host-process.ts'), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  let printed = ''
  child.stderr!.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ask = (asked: Asked) =>
    new Promise<Answered>((resolve, reject) => {
      child.once('message', (answered) => resolve(answered as Answered))
      void ended.then(() => reject(new Error(`the host has ended:\n${printed}`)))
      child.send(asked)
    })
  return {
    async start(files, { upstream, variables = {} } = {}) {
      const folder = writeFiles(files)
      const [config, state] = [join(folder, 'config'), join(folder, 'state')]
      const stop = async () => {
        await ask({})
        rmSync(folder, { recursive: true, force: true })
      }
      const { url, wrong } = await ask({ start: { config, state, variables, upstream } })
      if (url !== undefined) return { url, stop }
      await stop()
      throw new Error(`${wrong}\n${printed}`)
    },
    stop() {
      child.disconnect()
      return ended
    },
  }
}
