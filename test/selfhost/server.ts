import { mkdtempSync, renameSync, rmSync, symlinkSync, mkdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cli, type Files, writeFiles } from '../harness/gateway.ts'
import { type Serving, watched } from './serving.ts'

/** A machine without Node and npm, as far as PATH and the current folder make one. */
export interface Server {
  /** What `cardea build` made, carried to where it was not made. */
  readonly build: string
  readonly state: string
  readonly printed: string
  /** Starts it and waits until it is ready. */
  start(env?: Readonly<Record<string, string>>): Promise<Up>
  /** The environment of its programs. */
  environment(more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  remove(): void
}

export interface Up {
  readonly url: string
  readonly health: string
  readonly serving: Serving
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** What `start` needs of the machine, and nothing else. */
const ESSENTIALS = ['sh', 'dirname', 'mkdir', 'cat', 'od', 'tr', 'sha256sum', 'cut', 'flock']

export async function newServer(files: Files, ...flags: readonly string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-server-'))
  const source = writeFiles(files)
  const made = join(source, 'made')
  const { code, stdout, stderr } = await cli(
    ...['build', '--self-host', made, '--config', join(source, 'config')],
    ...['--state', join(source, 'state'), ...flags],
  )
  if (code !== 0) throw new Error(stderr)
  const [build, state, bin] = [join(folder, 'opt'), join(folder, 'state'), join(folder, 'bin')]
  renameSync(made, build)
  rmSync(source, { recursive: true })
  mkdirSync(bin)
  for (const name of ESSENTIALS) symlinkSync(`/usr/bin/${name}`, join(bin, name))
  const environment = (more: Readonly<Record<string, string>> = {}) => ({
    PATH: bin,
    CARDEA_STATE: state,
    ...more,
  })
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Up> => {
    const [http, health] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    const addresses = { CARDEA_ADDRESS: http, CARDEA_HEALTH_ADDRESS: health }
    const serving = watched(join(build, 'start'), [], environment({ ...addresses, ...more }))
    const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
      serving.process.kill(signal)
      return serving.ended
    }
    const up = { url: `http://${http}`, health: `http://${health}`, serving, stop }
    await ready(up).catch(async (error: unknown) => {
      await stop('SIGKILL')
      throw new Error(`${String(error)}\n${serving.lines.join('\n')}`)
    })
    return up
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { build, state, printed: stdout, start, environment, remove }
}

async function ready({ health }: Pick<Up, 'health'>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const status = await fetch(`${health}/readyz`).then((answer) => answer.status, String)
    if (status === 200) return
    if (Date.now() > deadline) throw new Error(`not ready: ${status}`)
    await delay(10)
  }
}

const READY_WITHIN_MS = 15_000

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    }),
  )
}
