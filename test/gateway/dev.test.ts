import { createServer, type AddressInfo } from 'node:net'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, document, spawnCli, startGateway, writeFiles } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.stop())

const plain = { 'routes.oas.json': document({ 'GET /a': {} }) }

/** Children of a process, by the kernel's own list. */
function children(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

/** A process that has ended and only waits to be collected is not alive. */
const isAlive = (pid: number): boolean => {
  const file = `/proc/${pid}/status`
  return existsSync(file) && !/^State:\s+Z/m.test(readFileSync(file, 'utf8'))
}

// each has a folder and a port of its own, and waits for its process most of the time
describe.concurrent('dev', () => {
  it('serves what is saved, and keeps the last good gateway when the next config is wrong', async () => {
    const gateway = await startGateway(plain, { command: 'dev', upstream: upstream.url })
    const config = join(gateway.folder, 'config')
    const save = (name: string, text: unknown) =>
      writeFileSync(join(config, name), typeof text === 'string' ? text : JSON.stringify(text))
    const status = async (path: string) => (await fetch(gateway.url + path)).status
    try {
      expect([await status('/a'), await status('/b')]).toEqual([200, 404])
      save('routes.oas.json', document({ 'GET /b': {} }))
      await gateway.printed(/reloaded after routes\.oas\.json: 1 route/)
      expect([await status('/a'), await status('/b')]).toEqual([404, 200])

      save('routes.oas.json', '{ "openapi": "3.1.2", ')
      await gateway.printed(/invalid-json[\s\S]*the last good gateway goes on running/)
      expect(await status('/b')).toBe(200)

      mkdirSync(join(config, 'policies'))
      save(
        'policies/stamp.ts',
        "import { definePolicy } from '#gateway'\nexport default definePolicy({ summary: 'x', options: {}, setup: () => ({ response: ({ headers }) => headers.set('x-stamp', '1') }) })\n",
      )
      save('routes.oas.json', document({ 'GET /c': { 'x-policies': [{ policy: 'stamp' }] } }))
      await gateway.printed(/(reloaded[\s\S]*){2}/)
      expect((await fetch(`${gateway.url}/c`)).headers.get('x-stamp')).toBe('1')

      save('policies/stamp.ts', 'export default {')
      await gateway.printed(/broken-plugin[\s\S]*the last good gateway goes on running/)
      expect((await fetch(`${gateway.url}/c`)).headers.get('x-stamp')).toBe('1')
    } finally {
      await gateway.stop()
    }
  })

  it('says what does not start: in full when it is news, in one line when it is not', async () => {
    const files = {
      'routes.oas.json': document({ 'GET /a': { 'x-policies': ['token'] } }),
      'policies.json': {
        token: { policy: 'bearer-token', options: { tokens: { root: '$env.ROOT_TOKEN' } } },
      },
      'wrangler.toml': '[secrets]\nrequired = ["ROOT_TOKEN"]\n',
    }
    const gateway = await startGateway(files, { command: 'dev', upstream: upstream.url })
    const save = (name: string, text: string) =>
      writeFileSync(join(gateway.folder, 'config', name), text)
    try {
      await gateway.printed(
        /'token' does not start: the variable ROOT_TOKEN is not set\.\nGET \/a answers 503 to every request; nobody gets past it\.\nMend what it names, .*\.dev\.vars/,
      )
      save('routes.oas.json', JSON.stringify(files['routes.oas.json']))
      await gateway.printed(/reloaded after routes\.oas\.json/)
      await gateway.printed(/^'token' still does not start, see above\.$/m)
      save('.dev.vars', 'ROOT_TOKEN=the-root-token-of-this-test-0123456789\n')
      await gateway.printed(/reloaded after \.dev\.vars/)
      expect((await fetch(`${gateway.url}/a`)).status).toBe(401)
    } finally {
      await gateway.stop()
    }
    expect(gateway.output().match(/not start/g)).toHaveLength(2)
  })

  it.each(['dev', 'serve'] as const)(
    '%s, stopped while it starts, names no address',
    async (command) => {
      const folder = writeFiles({
        'routes.oas.json': document({ 'GET /a': { 'x-policies': [{ policy: 'stop' }] } }),
        // compile loads it, here in Node
        'policies/stop.ts': `import { definePolicy } from '#gateway'
          if ('process' in globalThis) process.kill(process.pid, 'SIGTERM')
          export default definePolicy({ summary: 'x', options: {}, setup: () => ({}) })`,
      })
      const { code, stdout, stderr } = await cli(
        ...[command, '--config', join(folder, 'config'), '--state', join(folder, 'state')],
        ...['--port', '0', '--upstream', upstream.url],
      )
      expect(code).toBe(0)
      expect(stdout + stderr).not.toMatch(/http:|started/)
    },
  )

  it('waits for a better config when the first one is wrong', async () => {
    const folder = writeFiles({ 'routes.oas.json': '{' })
    const child = spawnCli([
      'dev',
      '--config',
      join(folder, 'config'),
      '--state',
      join(folder, 'state'),
      '--port',
      '0',
    ])
    let text = ''
    const until = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const look = (chunk: Buffer) => {
          text += chunk.toString()
          if (pattern.test(text)) resolve()
        }
        child.stdout!.on('data', look)
        child.stderr!.on('data', look)
      })
    await until(/waiting for a better config/)
    const reloaded = until(/reloaded after routes\.oas\.json: 1 route/)
    writeFileSync(
      join(folder, 'config/routes.oas.json'),
      JSON.stringify(document({ 'GET /a': {} })),
    )
    await reloaded
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops at %s with 0 and leaves no process behind',
    async (signal) => {
      const gateway = await startGateway(plain, { command: 'dev', upstream: upstream.url })
      const left = children(gateway.process.pid!)
      expect(left.length).toBeGreaterThan(0)
      const ended = new Promise((resolve) => gateway.process.once('exit', resolve))
      gateway.process.kill(signal)
      expect(await ended).toBe(0)
      await gateway.stop()
      expect(left.filter(isAlive)).toEqual([])
    },
  )
})

it.concurrent('says so when the port is taken, and exits with 1', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const folder = writeFiles(plain)
  const { code, stderr } = await cli(
    'serve',
    '--config',
    join(folder, 'config'),
    '--state',
    join(folder, 'state'),
    '--port',
    String(port),
    '--upstream',
    upstream.url,
    '--log',
    'text',
  )
  taken.close()
  expect(code).toBe(1)
  expect(stderr).toContain(
    `Port ${port} is in use by node, process ${process.pid}.\nTwo programs cannot listen on one port.\nkill ${process.pid}, or start with --port ${port + 1}.`,
  )
})

it.concurrent('serve does not start with a config that is wrong', async () => {
  const folder = writeFiles({
    'routes.oas.json': document({ 'GET /a': { 'x-policies': ['nope'] } }),
  })
  const { code, stderr } = await cli(
    'serve',
    '--config',
    join(folder, 'config'),
    '--state',
    join(folder, 'state'),
    '--port',
    '0',
  )
  expect(code).toBe(1)
  expect(stderr).toContain("'nope' is not in policies.json.")
})

it.concurrent('is quiet: nothing but the table on the terminal, also after requests', async () => {
  const gateway = await startGateway(plain, { command: 'dev', upstream: upstream.url })
  await fetch(`${gateway.url}/a`)
  await fetch(`${gateway.url}/nothing`)
  const output = gateway.output()
  await gateway.stop()
  expect(output.replace(/:\d+/g, ':0')).toBe(
    [
      'METHOD  PATH  POLICIES  HANDLER',
      'GET     /a    -         proxy',
      '',
      '1 route on http://127.0.0.1:0',
      '',
    ].join('\n'),
  )
})

it.concurrent('several gateways with different configs run side by side', async () => {
  const [first, second] = await Promise.all([
    startGateway({ 'r.oas.json': document({ 'GET /first': {} }) }, { upstream: upstream.url }),
    startGateway({ 'r.oas.json': document({ 'GET /second': {} }) }, { upstream: upstream.url }),
  ])
  const statuses = await Promise.all(
    [first, second].flatMap(({ url }) =>
      ['/first', '/second'].map(async (path) => (await fetch(url + path)).status),
    ),
  )
  await Promise.all([first.stop(), second.stop()])
  expect(statuses).toEqual([200, 404, 404, 200])
})

it.concurrent(
  'a config anywhere on the disk may bring policies that import #gateway and npm packages of its own',
  async () => {
    const gateway = await startGateway(
      {
        'routes.oas.json': document({ 'GET /a': { 'x-policies': ['stamp'] } }),
        'policies.json': { stamp: { policy: 'stamp', options: { text: '$env.STAMP' } } },
        'policies/stamp.ts': [
          "import { definePolicy, option } from '#gateway'",
          "import { shout } from 'shouting'",
          'export default definePolicy({',
          "  summary: 'Stamps answers.',",
          "  options: { text: option.secret('What to stamp.') },",
          "  setup: ({ text }) => ({ response: ({ headers }) => headers.set('x-stamp', shout(text)) }),",
          '})',
        ].join('\n'),
        'node_modules/shouting/package.json': {
          name: 'shouting',
          type: 'module',
          exports: './index.js',
        },
        'node_modules/shouting/index.js': 'export const shout = (text) => text.toUpperCase()\n',
      },
      { upstream: upstream.url, variables: { STAMP: 'seen' } },
    )
    const response = await fetch(`${gateway.url}/a`)
    await gateway.stop()
    expect(response.headers.get('x-stamp')).toBe('SEEN')
  },
)
