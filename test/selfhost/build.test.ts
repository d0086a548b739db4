import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { administer, ADMIN_TOKEN } from '../faults/house.ts'
import { cli, document, repository } from '../harness/gateway.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { platformBindings, platformHandler } from './platform-handler.ts'
import { certificate, getTls } from './serving.ts'
import { newServer, type Server, type Up } from './server.ts'

const files = {
  'routes.oas.json': document({
    'GET /open': {},
    'GET /limited': { 'x-policies': ['limit'] },
    'GET /own': { 'x-handler': 'own' },
    'POST /own': { 'x-handler': 'own' },
  }),
  'handlers/own.ts': platformHandler,
  'wrangler.toml': `${readFileSync(join(repository, 'wrangler.toml'), 'utf8')}${platformBindings}`,
  'admin.oas.json': {
    openapi: '3.1.2',
    info: { title: 'Admin', version: '1' },
    paths: { '/admin/{rest+}': { 'x-policies': ['root'], 'x-handler': 'admin' } },
  },
  'policies.json': {
    root: { policy: 'bearer-token', options: { tokens: { root: '$env.ADMIN_TOKEN' } } },
    limit: { policy: 'rate-limit', options: { limit: 3, window: '1h', mode: 'strict' } },
  },
}

let upstream: Wire
let server: Server
const up = new Set<Up>()

beforeAll(async () => {
  upstream = await startWire()
  server = await newServer(files, '--upstream', upstream.url)
})
afterAll(async () => {
  for (const one of up) await one.stop('SIGKILL')
  server.remove()
  await upstream.stop()
})

async function started(env: Readonly<Record<string, string>> = { ADMIN_TOKEN }): Promise<Up> {
  const one = await server.start(env)
  up.add(one)
  return one
}

async function stopped(one: Up, signal?: NodeJS.Signals): Promise<number | null> {
  up.delete(one)
  return one.stop(signal)
}

const status = async (url: string): Promise<number> => {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.status
}
const add = ({ url }: Up, id: string) => administer(url, 'POST', '/consumers', { id })
const consumer = async ({ url }: Up, id: string) =>
  (await administer(url, 'GET', `/consumers/${id}`))['status']

it('runs far from where it was made, without Node, with a secret from a file, and logs only JSON', async () => {
  const file = join(server.build, '..', 'secret')
  writeFileSync(file, `${ADMIN_TOKEN}\n`, { mode: 0o600 })
  const one = await started({ ADMIN_TOKEN_FILE: file })
  expect(server.printed).toContain('Secrets to set: ADMIN_TOKEN')
  expect([await status(`${one.url}/open`), await status(`${one.url}/nothing`)]).toEqual([200, 404])
  expect(await consumer(one, 'nobody')).toBe(404)
  expect(await status(`${one.url}/readyz`)).toBe(404)
  expect(await stopped(one)).toBe(0)
  for (const line of one.serving.lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
  expect(one.serving.lines.join()).not.toContain(ADMIN_TOKEN)
})

it('forgets neither what was written nor a strict count when it is killed', async () => {
  const first = await started()
  expect(await add(first, 'killed')).toMatchObject({ status: 201 })
  expect([await status(`${first.url}/limited`), await status(`${first.url}/limited`)]).toEqual([
    200, 200,
  ])
  await stopped(first, 'SIGKILL')
  const second = await started()
  expect(await consumer(second, 'killed')).toBe(200)
  expect([await status(`${second.url}/limited`), await status(`${second.url}/limited`)]).toEqual([
    200, 429,
  ])
  expect(await stopped(second)).toBe(0)
})

it('goes back to a copy of its state: stop, copy, start; later stop, put back, start', async () => {
  const copy = join(server.build, '..', 'copy')
  const before = await started()
  await add(before, 'early')
  await stopped(before)
  cpSync(server.state, copy, { recursive: true })
  const after = await started()
  await add(after, 'late')
  expect([await consumer(after, 'early'), await consumer(after, 'late')]).toEqual([200, 200])
  await stopped(after)
  rmSync(server.state, { recursive: true })
  cpSync(copy, server.state, { recursive: true })
  const restored = await started()
  expect([await consumer(restored, 'early'), await consumer(restored, 'late')]).toEqual([200, 404])
  await stopped(restored)
})

it('a copy of each database by VACUUM INTO, taken while it runs, is a state to start from', async () => {
  const running = await started()
  await add(running, 'online')
  const copy = mkdtempSync(join(tmpdir(), 'cardea-copy-'))
  // the registry before the service of keys: what is between the two is a revocation that counts, never one that is lost
  const parts = readdirSync(server.state).filter((name) => name.startsWith('cardea-'))
  for (const folder of parts.toSorted().toReversed()) {
    mkdirSync(join(copy, folder))
    const databases = readdirSync(join(server.state, folder)).filter((f) => f.endsWith('.sqlite'))
    for (const name of databases) {
      const database = new DatabaseSync(join(server.state, folder, name), { readOnly: true })
      database.prepare('VACUUM INTO ?').run(join(copy, folder, name))
      database.close()
    }
  }
  expect(await add(running, 'after')).toMatchObject({ status: 201 })
  await stopped(running)
  rmSync(server.state, { recursive: true })
  cpSync(copy, server.state, { recursive: true })
  rmSync(copy, { recursive: true })
  const restored = await started()
  expect([await consumer(restored, 'online'), await consumer(restored, 'after')]).toEqual([
    200, 404,
  ])
  await stopped(restored)
})

it('its probe ends with 0 when the gateway is ready, and with 1 when a secret is missing or nobody listens', async () => {
  const one = await started()
  const probe = (address: string) =>
    spawnSync('/bin/bash', [join(server.build, 'healthy')], {
      env: { CARDEA_HEALTH_ADDRESS: address },
    }).status
  const address = one.health.replace('http://', '')
  expect(probe(address)).toBe(0)
  await stopped(one)
  expect(probe(address)).toBe(1)
})

it('has cache, rate limit and KV namespace for code of one’s own', async () => {
  const one = await started()
  const at = (query: string) => `${one.url}/own?${query}`
  await fetch(at('do=put&key=a'), { method: 'POST', body: 'built' })
  const cached = await fetch(at('key=a'))
  expect([cached.headers.get('cf-cache-status'), await cached.text()]).toEqual(['HIT', 'built'])
  expect(await (await fetch(at('do=limit&key=a'))).json()).toEqual({ success: true })
  await status(at('do=write&key=k&value=v'))
  expect(await (await fetch(at('do=read&key=k'))).json()).toBe('v')
  await stopped(one)
})

it.each([
  ['no folder can be made', () => '/proc/cardea/state', 'exec "$@"'],
  ['the disk is full', () => server.state, 'trap \'\' XFSZ; ulimit -f 0; exec "$@"'],
])('says in one line that its state cannot be written where %s', (_, state, through) => {
  const { status: code, stderr } = spawnSync(
    '/bin/sh',
    ['-c', through, 'sh', join(server.build, 'start')],
    { env: server.environment({ ADMIN_TOKEN, CARDEA_STATE: state() }) },
  )
  expect([code, JSON.parse(stderr.toString())]).toEqual([
    1,
    {
      level: 'error',
      event: 'ended',
      message: `The state in ${state()} cannot be written. Free some space and let this user write there, or set CARDEA_STATE to another folder.`,
    },
  ])
})

it('refuses a state in use, and drains by a program of its own', async () => {
  const one = await started()
  const second = spawnSync(join(server.build, 'start'), {
    env: server.environment({ ADMIN_TOKEN }),
  })
  expect([second.status, JSON.parse(second.stderr.toString())]).toMatchObject([
    1,
    {
      event: 'ended',
      message: `Another gateway runs with the state in ${server.state}. Stop it, or set CARDEA_STATE to another folder.`,
    },
  ])
  const address = { CARDEA_HEALTH_ADDRESS: one.health.replace('http://', '') }
  const drain = (seconds: string) =>
    spawnSync(join(server.build, 'drain'), {
      env: {
        ...server.environment(address),
        PATH: process.env['PATH'],
        CARDEA_DRAIN_SECONDS: seconds,
      },
    }).status
  const ready = () => status(`${one.health}/readyz`)
  expect([drain('0'), await ready()]).toEqual([0, 200])
  expect([drain('0.01'), await ready(), await status(`${one.url}/open`)]).toEqual([0, 503, 200])
  await stopped(one)
})

it('its Dockerfile copies files that are there, and starts as nobody special', () => {
  const lines = readFileSync(join(server.build, 'Dockerfile'), 'utf8')
    .replaceAll('\\\n', ' ')
    .trim()
    .split('\n')
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const names = lines.map((line) => line.split(' ')[0])
  expect(names).toEqual([
    ...['FROM', 'RUN', 'COPY', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK'],
    'ENTRYPOINT',
  ])
  const copied = of('COPY')[0]!.split(' ').slice(0, -1)
  for (const name of copied) expect(existsSync(join(server.build, name)), name).toBe(true)
  for (const path of [of('ENTRYPOINT')[0]!, of('HEALTHCHECK')[0]!.split('CMD ')[1]!]) {
    const [program = ''] = JSON.parse(path) as string[]
    expect(copied).toContain(program.replace('/opt/cardea/', ''))
  }
  // all that the configuration and the script ask for comes along
  const embedded = readFileSync(join(server.build, 'gateway.capnp'), 'utf8')
  for (const [, name] of embedded.matchAll(/embed "([^"]+)"/g)) expect(copied).toContain(name)
  expect(of('USER')).toEqual(['10001'])
})

it('its systemd unit has a credential for each secret, and systemd finds nothing wrong with it', () => {
  const unit = readFileSync(join(server.build, 'cardea.service'), 'utf8')
  expect(unit).toContain(
    'LoadCredential=ADMIN_TOKEN:/etc/cardea/ADMIN_TOKEN\nEnvironment=ADMIN_TOKEN_FILE=%d/ADMIN_TOKEN\n',
  )
  const file = join(server.build, '../cardea.service')
  writeFileSync(file, unit.replaceAll('/opt/cardea', server.build))
  expect(unit.match(/^\[\w+\]$/gm)).toEqual(['[Unit]', '[Service]', '[Install]'])
  const { error, status: code, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file])
  // a machine without systemd has nobody to ask
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  expect(isMissing ? [0, ''] : [code, stderr.toString()]).toEqual([0, ''])
})

it('its script hands over variables as they are written, the environment before the default', async () => {
  const fake = join(server.build, '../fake-workerd')
  writeFileSync(fake, '#!/bin/sh\nprintf "%s|" "$HARD" "$SOFT" "$ADMIN_TOKEN"\n')
  chmodSync(fake, 0o755)
  const hard = `a"b'c\\d$e}f\`g\nh !#`
  const { build, environment, remove } = await newServer(
    files,
    ...['--workerd', fake, '--upstream', upstream.url],
    ...['--var', `HARD=${hard}`, '--var', 'SOFT=default'],
  )
  try {
    const printed = (more: Readonly<Record<string, string>>) =>
      execFileSync(join(build, 'start'), { env: environment(more), stdio: 'pipe' }).toString()
    expect(printed({ ADMIN_TOKEN: 'x y' })).toBe(`${hard}|default|x y|`)
    expect(printed({ SOFT: 'own' })).toBe(`${hard}|own||`)
    expect(() => printed({ ADMIN_TOKEN: 'x', ADMIN_TOKEN_FILE: '/x' })).toThrow(
      /Both ADMIN_TOKEN and ADMIN_TOKEN_FILE are set/,
    )
    expect(() => printed({ ADMIN_TOKEN_FILE: '/nowhere' })).toThrow(/cannot be read/)
  } finally {
    remove()
  }
})

it('built with --tls, it listens with the pair beside it, and names a file that is missing', async () => {
  const own = await newServer(files, '--tls', '--upstream', upstream.url)
  try {
    const { cert, key } = certificate(join(own.build, 'tls'))
    const { url, stop } = await own.start({ ADMIN_TOKEN })
    const answered = await getTls(`${url.replace('http:', 'https:')}/open`, readFileSync(cert))
    expect(answered).toBe(200)
    await expect(fetch(`${url}/open`)).rejects.toThrow()
    expect(await stop()).toBe(0)
    rmSync(key)
    const { status: code, stderr } = spawnSync(join(own.build, 'start'), {
      env: own.environment({ ADMIN_TOKEN }),
    })
    expect([code, JSON.parse(stderr.toString())]).toMatchObject([
      1,
      { event: 'ended', message: 'tls/key.pem beside this file cannot be read.' },
    ])
  } finally {
    own.remove()
  }
})

it('does not write into a folder that holds something else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-other-'))
  writeFileSync(join(folder, 'thesis.txt'), 'mine')
  const { code, stderr } = await cli('build', '--self-host', folder)
  expect(code).toBe(1)
  expect(stderr).toBe(
    `'${folder}' holds something else.\nOnly an empty folder, or one that this command made, is written to.\nName another one.\n`,
  )
  expect(readdirSync(folder)).toEqual(['thesis.txt'])
  rmSync(folder, { recursive: true })
})
