/** Other gateways with the same work, as far as they can do it, in the same run: started if they are installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { repository } from '../../harness/gateway.ts'
import { peerKeyHash } from '../credentials.ts'
import { cpuMicros, family, pin } from '../process.ts'

export interface Peer {
  readonly name: string
  /** With a key and its limit; else a plain proxy. */
  readonly isLimited: boolean
  /** What it does less than the others. */
  readonly less?: string
  /** Files of this folder, copied with their places filled in. */
  readonly files: readonly string[]
  /** Its program on PATH; or in the folder that `install.sh` fills. */
  readonly program: string
  readonly needs?: string
  readonly args: (place: Place) => readonly string[]
  /** Prints its version. */
  readonly version: readonly string[]
}

/** Where one runs. */
interface Place {
  readonly folder: string
  readonly port: number
  readonly upstream: string
}

export interface RunningPeer {
  readonly peer: Peer
  readonly version: string
  readonly port: number
  pids(): readonly number[]
  cpuMicros(): number
  stop(): void
}

/** Filled by `install.sh`. */
const modules = resolve(
  repository,
  process.env['CARDEA_BENCH_PEERS'] ?? '.cardea/bench-peers',
  'node_modules',
)
const NGINX_MODULES = '/usr/lib/nginx/modules'

const nginx = {
  program: 'nginx',
  version: ['-v'],
  args: ({ folder }: Place) => ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
}
const haproxy = { program: 'haproxy', version: ['-v'] }

export const peers: readonly Peer[] = [
  { name: 'nginx', isLimited: false, files: ['nginx.conf'], ...nginx },
  {
    name: 'HAProxy',
    isLimited: false,
    files: ['haproxy.cfg'],
    ...haproxy,
    args: ({ folder }) => ['-db', '-f', join(folder, 'haproxy.cfg')],
  },
  {
    name: 'Caddy',
    isLimited: false,
    files: ['Caddyfile'],
    program: 'caddy',
    version: ['version'],
    args: ({ folder }) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  },
  {
    name: 'fastify with http-proxy',
    isLimited: false,
    files: [],
    program: process.execPath,
    needs: join(modules, '@fastify/http-proxy/package.json'),
    version: [
      '-p',
      `['fastify', '@fastify/http-proxy'].map((n) => require('${modules}/' + n + '/package.json').version).join(', ')`,
    ],
    args: ({ port, upstream }) => [
      join(import.meta.dirname, 'fastify.mjs'),
      join(modules, '..'),
      String(port),
      upstream,
    ],
  },
  {
    name: 'Traefik',
    isLimited: false,
    less: 'no request id, no Forwarded',
    files: ['traefik.yml', 'traefik-routes.yml'],
    program: 'traefik',
    version: ['version'],
    args: ({ folder }) => ['--configFile', join(folder, 'traefik.yml')],
  },
  {
    name: 'KrakenD',
    isLimited: false,
    less: 'no request id, no Forwarded',
    files: ['krakend.json'],
    program: 'krakend',
    version: ['version'],
    args: ({ folder }) => ['run', '-c', join(folder, 'krakend.json')],
  },
  {
    name: 'nginx with Lua',
    isLimited: true,
    files: ['nginx-lua.conf', 'gate.lua'],
    ...nginx,
    needs: `${NGINX_MODULES}/ngx_http_lua_module.so`,
    args: ({ folder }) => ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx-lua.conf')],
  },
  {
    name: 'HAProxy with stick tables',
    isLimited: true,
    files: ['haproxy-limit.cfg'],
    ...haproxy,
    args: ({ folder }) => ['-db', '-f', join(folder, 'haproxy-limit.cfg')],
  },
]

/** Not here, whatever is installed. */
export const others: Readonly<Record<string, string>> = {
  Tyk: 'needs Redis beside it, which would be measured, too',
  'Portkey’s gateway': 'its rows will be those for AI providers',
}

/** @returns why it is not there, as a text */
export async function startPeer(
  peer: Peer,
  upstream: string,
  scratch: string,
  core: number,
): Promise<RunningPeer | string> {
  const found = spawnSync('sh', ['-c', `command -v ${peer.program}`], { encoding: 'utf8' })
  if (found.status !== 0) return `${peer.program} is not on PATH`
  if (peer.needs !== undefined && !existsSync(peer.needs)) return `${peer.needs} is not there`
  const folder = join(scratch, peer.name.replaceAll(/\W+/g, '-'))
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const place = { folder, port, upstream }
  for (const file of peer.files) {
    writeFileSync(join(folder, file), filled(join(import.meta.dirname, file), place))
  }
  writeFileSync(join(folder, 'keys.map'), `${peerKeyHash.toUpperCase()} bench\n`)
  const child = spawn(found.stdout.trim(), peer.args(place), {
    cwd: folder,
    // what Caddy and others write of themselves stays in the folder
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  if (!(await answers(port, child))) {
    stop(child)
    return `it did not start: ${said.trim()}`
  }
  // processes that it has started already do not inherit the core
  for (const pid of family(child.pid!)) pin(pid, core)
  return {
    peer,
    version: versionOf(peer),
    port,
    pids: () => family(child.pid!),
    cpuMicros: () => family(child.pid!).reduce((sum, pid) => sum + cpuMicros(pid), 0),
    stop: () => stop(child),
  }
}

function filled(file: string, { folder, port, upstream }: Place): string {
  const values: Readonly<Record<string, string>> = {
    folder,
    upstream,
    port: String(port),
    keyHash: peerKeyHash,
    modules: NGINX_MODULES,
  }
  return readFileSync(file, 'utf8').replaceAll(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => values[name] ?? '',
  )
}

/** With all that it has started: it leads a process group of its own. */
function stop(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}

/** The first version number in what it prints, wherever it prints it. */
function versionOf({ program, version }: Peer): string {
  const { stdout, stderr } = spawnSync(program, version, { encoding: 'utf8' })
  const text = `${stdout}${stderr}`
  return (/\d+\.\d+[\w., -]*/.exec(text)?.[0] ?? text).trim().split(' 20')[0]!
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  const { port } = server.address() as AddressInfo
  await new Promise((resume) => server.close(resume))
  return port
}

async function answers(port: number, child: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const isThere = await new Promise<boolean>((resume) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resume(true)
      })
      socket.once('error', () => resume(false))
    })
    if (isThere) return true
    await pause(50)
  }
  return false
}
