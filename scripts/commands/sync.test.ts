import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cli, document, repository, spawnCli, writeFiles } from '../../test/harness/gateway.ts'
import { loadDocuments } from '../compile/documents/document.ts'
import { format, Messages } from '../compile/messages.ts'
import { readFolder } from '../sources/folder.ts'
import { readLocked } from '../sources/locked.ts'
import { runCommand } from '../sources/testing.ts'
import { addSync } from './sync.ts'

let folder: string
let config: string
let server: Server | undefined
beforeEach(() => {
  folder = writeFiles({
    'policies.json': { guard: { policy: 'bearer-token', options: { tokens: { t: '$env.T' } } } },
    'sources.json': { shop: { document: '../api.json', overlay: 'shop.overlay.yaml' } },
    'shop.overlay.yaml': overlay("$.paths['/orders'].*"),
  })
  config = join(folder, 'config')
  writeApi(api())
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  server?.closeAllConnections()
  if (server) await new Promise((done) => server!.close(done))
  server = undefined
})

const overlay = (target: string) => `overlay: 1.1.0
info: { title: Policies of the shop, version: 1.0.0 }
actions:
  - target: ${target}
    update: { x-policies: [guard] }
`
const api = (orders = '/orders') =>
  document(
    { 'GET /menu': { operationId: 'menu' }, [`POST ${orders}`]: { operationId: 'order' } },
    { servers: [{ url: 'https://shop.example' }] },
  )
const writeApi = (value: unknown) =>
  writeFileSync(join(folder, 'api.json'), JSON.stringify(value, null, 2))
const write = (name: string, content: unknown) =>
  writeFileSync(
    join(config, name),
    typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  )

const sync = (...flags: readonly string[]) =>
  runCommand(addSync, 'sync', '--config', config, ...flags)
/** The whole compiler, in a process of its own, which takes half a second. */
const compile = () => cli('compile', '--check', '--config', config, '--var', 'T=x')
/** What compile reads of the lock, and what it says of it. */
async function told(): Promise<string> {
  const messages = new Messages()
  await loadDocuments(config, [], messages, readLocked(config, messages))
  return messages.all.map(format).join('\n')
}
const locked = () =>
  Object.fromEntries(
    [...readFolder(join(config, 'sources.lock'))].map(([n, b]) => [n, b.toString()]),
  )

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('sync', () => {
  it('writes documents that compile reads, the same bytes every time', async () => {
    const first = await sync()
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('shop  2 routes from ../api.json  new\n')
    expect(Object.keys(locked()).toSorted()).toEqual([
      '.gitattributes',
      'README.md',
      'lock.json',
      'shop.oas.json',
      'shop.source.json',
    ])
    expect(locked()['.gitattributes']).toBe('* -text linguist-generated=true\n')
    expect(locked()['shop.source.json']).toBe(readFileSync(join(folder, 'api.json'), 'utf8'))
    expect(JSON.parse(locked()['shop.oas.json']!)).toMatchObject({
      paths: { '/orders': { post: { 'x-policies': ['guard'] } } },
    })
    const before = locked()
    expect((await sync()).stdout).toBe(
      'shop  2 routes from ../api.json  no change for callers\nNothing changed.\n',
    )
    expect(locked()).toEqual(before)
    expect((await sync('--check')).code).toBe(0)
    expect((await compile()).stdout).toMatch(/^2 routes \(/)
  })

  it('shows what changed, what breaks callers first', async () => {
    await sync()
    const changed = document(
      {
        'GET /menu': { parameters: [{ name: 'day', in: 'query', required: true, schema: {} }] },
        'POST /orders': { operationId: 'order' },
        'GET /health': {},
      },
      { servers: [{ url: 'https://shop.example' }] },
    )
    writeApi(changed)
    const check = await sync('--check')
    expect(check.code).toBe(1)
    expect(check.stderr).toContain(
      'is not what the sources say: shop.source.json, shop.oas.json, lock.json.',
    )
    const { code, stdout } = await sync()
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'shop  3 routes from ../api.json  2 changes, 1 breaking',
      "  BREAKING  GET /menu  query parameter 'day' added, required",
      '            GET /health  route added, policies: none',
    ])
    expect((await sync('--check')).code).toBe(0)
  })

  it('refuses a source in which an operation loses its policies, wherever it moved', async () => {
    await sync()
    const before = locked()
    writeApi(api('/v2/orders'))
    for (const flags of [[], ['--check']]) {
      const { code, stderr } = await sync(...flags)
      expect(code).toBe(1)
      expect(stderr).toContain(
        'POST /v2/orders, which was POST /orders, would lose its policies: guard.',
      )
    }
    expect(locked()).toEqual(before)
    write('shop.overlay.yaml', overlay("$.paths['/v2/orders'].*"))
    expect((await sync()).code).toBe(0)
    write('shop.overlay.yaml', overlay("$.paths['/menu'].*"))
    // what the overlay takes away is what somebody wrote
    expect((await sync()).code).toBe(0)
  })

  it('accepts lost policies when told to, and says so', async () => {
    await sync()
    writeApi(api('/v2/orders'))
    const { code, stderr } = await sync('--allow-lost-policies')
    expect(code).toBe(0)
    expect(stderr).toContain('warning lost-policies')
  })

  it('warns of an action that selects nothing; with --check it fails', async () => {
    write('shop.overlay.yaml', overlay('$.paths.nothing'))
    const { code, stderr } = await sync()
    expect(code).toBe(0)
    expect(stderr).toContain(
      'shop.overlay.yaml:4:5 #/actions/0/target\n  warning overlay-matches-nothing',
    )
    const check = await sync('--check')
    expect(check.code).toBe(1)
    expect(check.stderr).toContain('error overlay-matches-nothing')
    expect(await told()).toContain('warning overlay-matches-nothing')
  })

  it.each([
    [
      'an overlay that cannot be applied',
      'shop.overlay.yaml',
      overlay('$.paths').replace('{ x-policies: [guard] }', '1'),
      'shop.overlay.yaml:5:5 #/actions/0/update\n  error overlay-mismatch',
    ],
    [
      'an overlay that is not there',
      'sources.json',
      { shop: { document: '../api.json', overlay: 'x.yaml' } },
      "There is no overlay 'x.yaml'.",
    ],
    [
      'a document that is not there',
      'sources.json',
      { shop: { document: '../x.json' } },
      'cannot be read: ENOENT.',
    ],
    [
      'http that nobody allowed',
      'sources.json',
      { shop: { document: 'http://a.example/x' } },
      'is not https',
    ],
    [
      'a password in a URL',
      'sources.json',
      { shop: { document: 'https://a:b@a.example/x' } },
      'The URL holds a password',
    ],
    [
      'a key that nobody reads',
      'sources.json',
      { shop: { documnet: '../api.json' } },
      "Did you mean 'document'?",
    ],
    [
      'a name that is no file name',
      'sources.json',
      { '../x': { document: '../api.json' } },
      "'../x' is not a name for a source.",
    ],
    ['no sources', 'sources.json', {}, 'names no source.'],
    ['broken JSON', 'sources.json', '{', 'error invalid-json'],
    [
      'a document that is not OpenAPI',
      'sources.json',
      { shop: { document: 'policies.json' } },
      'error openapi-version',
    ],
  ])('refuses %s, writes nothing, and says what to do', async (_, file, content, expected) => {
    write(file, content)
    const { code, stderr } = await sync()
    expect(code).toBe(1)
    expect(stderr).toContain(expected)
    expect(readdirSync(config)).not.toContain('sources.lock')
  })

  it('says what to write where there is no sources.json', async () => {
    rmSync(join(config, 'sources.json'))
    const { code, stderr } = await sync()
    expect(code).toBe(1)
    expect(stderr).toContain('Write { "orders": { "document": "../api/openapi.yaml"')
  })

  it('does nothing there when it was told so, and with sources.json all that it does', async () => {
    await sync()
    writeApi(api('/v2/orders'))
    expect((await sync('--check', '--if-present')).code).toBe(1)
    rmSync(join(config, 'sources.json'))
    const { code, stdout, stderr } = await sync('--check', '--if-present')
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  })

  it('syncs one source and leaves the others as they are', async () => {
    write('sources.json', { shop: { document: '../api.json' }, b: { document: '../b.json' } })
    cpSync(join(folder, 'api.json'), join(folder, 'b.json'))
    write('sources.json', {
      shop: { document: '../api.json', overlay: 'shop.overlay.yaml' },
      b: { document: '../b.json' },
    })
    await sync()
    const before = locked()
    writeApi(api('/v2/orders'))
    rmSync(join(folder, 'b.json'))
    expect((await sync('shop', '--allow-lost-policies')).code).toBe(0)
    expect(locked()['b.oas.json']).toBe(before['b.oas.json'])
    expect(locked()['shop.oas.json']).not.toBe(before['shop.oas.json'])
    expect((await sync('c')).stderr).toContain("There is no source 'c' in sources.json.")
  })
})

describe('compile', () => {
  it('names the line of the overlay, or of the original, that somebody wrote', async () => {
    write('shop.overlay.yaml', overlay("$.paths['/orders'].*").replace('guard', 'gaurd'))
    writeApi({ ...api(), servers: [] })
    await sync()
    const { code, stderr } = await compile()
    expect(code).toBe(1)
    expect(stderr).toContain(
      'shop.overlay.yaml:5:28 #/actions/0/update/x-policies/0\n  error unknown-policy',
    )
    expect(stderr).toContain('../api.json:9:7 #/paths/~1menu/get\n  warning no-upstream')
  })

  it('takes an edited overlay at once, and says that the lock is behind', async () => {
    await sync()
    write('shop.overlay.yaml', overlay("$.paths['/menu'].*"))
    expect(await told()).toContain('warning overlay-not-synced')
    const messages = new Messages()
    const [source] = readLocked(config, messages).sourced
    expect(source?.value).toMatchObject({
      paths: { '/menu': { get: { 'x-policies': ['guard'] } } },
    })
    rmSync(join(folder, 'api.json'))
    expect((await sync('--offline')).stdout).toContain('POST /orders  policies guard → none')
    expect(await told()).toBe('')
  })

  it.each(['shop.source.json', 'shop.oas.json'])(
    'refuses %s when it was edited, and sync mends it',
    async (name) => {
      await sync()
      const before = locked()
      const path = join(config, 'sources.lock', name)
      writeFileSync(path, `${readFileSync(path, 'utf8')} `)
      expect(await told()).toContain(`error lock-changed: 'sources.lock/${name}' was changed`)
      expect((await sync('--check')).code).toBe(1)
      expect((await sync()).stderr).toContain('warning lock-changed')
      expect(locked()).toEqual(before)
    },
  )

  it('refuses a missing copy, a lock that cannot be read, and a source that was never synced', async () => {
    expect(await told()).toContain('error source-not-synced')
    await sync()
    rmSync(join(config, 'sources.lock/shop.source.json'))
    expect(await told()).toContain("'sources.lock/shop.source.json' is missing.")
    writeFileSync(join(config, 'sources.lock/lock.json'), '<<<<<<< HEAD\n')
    expect(await told()).toContain('error invalid-json')
    writeFileSync(join(config, 'sources.lock/lock.json'), '{}')
    expect(await told()).toContain('error invalid-lock')
    expect((await sync()).code).toBe(0)
    write('sources.json', { shop: { document: '../other.json' } })
    expect(await told()).toContain('error source-not-synced')
  })
})

describe('over the network', () => {
  const yaml = `openapi: 3.1.0
info: { title: Shop, version: '1' }
servers: [{ url: /v1 }]
paths:
  /orders: { $ref: 'paths/orders.yaml#/item' }
`
  const part = `item:
  post:
    operationId: order
    requestBody: { content: { application/json: { schema: { $ref: '#/schemas/Order' } } } }
    responses: { 200: { description: OK } }
schemas: { Order: { $ref: 'order.json' } }
`
  const files: Readonly<Record<string, string>> = {
    '/api/openapi': yaml,
    '/api/paths/orders.yaml': part,
    '/api/paths/order.json': '{ "type": "object" }',
  }

  it('fetches a document with all that it refers to, and the overlay reaches into other files', async () => {
    const seen: string[] = []
    const origin = await serve((request, response) => {
      seen.push(`${request.url} ${request.headers['x-key']}`)
      response.end(files[request.url!])
    })
    const source = { document: `${origin}/api/openapi`, overlay: 'shop.overlay.yaml' }
    write('sources.json', {
      shop: { ...source, allowHttp: true, headers: { 'x-key': '$env.DOCS_KEY' } },
    })
    expect((await sync()).stderr).toContain('The variable DOCS_KEY is not set.')
    process.env['DOCS_KEY'] = 'k'
    const { code, stderr } = await sync().finally(() => delete process.env['DOCS_KEY'])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(seen.toSorted()).toEqual([
      '/api/openapi k',
      '/api/paths/order.json k',
      '/api/paths/orders.yaml k',
    ])
    const outcome = JSON.parse(locked()['shop.oas.json']!) as object
    expect(outcome).toMatchObject({
      servers: [{ url: `${origin}/v1` }],
      paths: { '/orders': { post: { operationId: 'order', 'x-policies': ['guard'] } } },
    })
    expect(JSON.stringify(outcome)).toContain('{"$ref":"./paths/orders.yaml#/schemas/Order"}')
    expect(JSON.stringify(locked())).not.toContain('DOCS_KEY')
    // the network is gone: compile does not ask for it
    server?.closeAllConnections()
    server?.close()
    server = undefined
    expect(await compile()).toMatchObject({ code: 0, stderr: '' })
  })

  it('keeps the last documents when the connection is cut in the middle', async () => {
    await sync()
    const before = locked()
    const origin = await serve((request, response) => {
      if (request.url !== '/api/paths/orders.yaml') response.end(files[request.url!])
      else response.write('item:', () => response.destroy())
    })
    write('sources.json', { shop: { document: `${origin}/api/openapi`, allowHttp: true } })
    const { code, stderr } = await sync()
    expect(code).toBe(1)
    expect(stderr).toContain(`${origin}/api/paths/orders.yaml cannot be fetched`)
    expect(locked()).toEqual(before)
    expect(readdirSync(config).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'keeps the last documents when %s ends it',
    async (signal) => {
      await sync()
      const before = locked()
      const asked = Promise.withResolvers<void>()
      const origin = await serve((_, response) => void response.write(' ', () => asked.resolve()))
      write('sources.json', { shop: { document: `${origin}/x`, allowHttp: true } })
      const child = spawnCli(['sync', '--config', config])
      const ended = once(child, 'exit')
      await asked.promise
      child.kill(signal)
      await ended
      expect(locked()).toEqual(before)
      write('sources.json', { shop: { document: '../api.json', overlay: 'shop.overlay.yaml' } })
      expect((await sync()).stdout).toContain('Nothing changed.')
    },
  )

  it('follows no reference to another host, nor to a file of this machine', async () => {
    mkdirSync(join(folder, 'secret'))
    writeFileSync(join(folder, 'secret/a.json'), '{ "get": {} }')
    const origin = await serve((_, response) =>
      response.end(
        JSON.stringify(
          document(
            { 'GET /ok': {} },
            {
              components: {
                schemas: {
                  A: { $ref: 'http://127.0.0.1:9/x' },
                  B: { $ref: `file://${folder}/secret/a.json` },
                },
              },
            },
          ),
        ),
      ),
    )
    write('sources.json', { shop: { document: `${origin}/x`, allowHttp: true } })
    const { code, stderr } = await sync()
    expect(code).toBe(0)
    expect(stderr.match(/warning remote-ref/g)).toHaveLength(2)
    expect(Object.keys(locked())).toHaveLength(5)
  })
})

it('does what docs/sources.md shows', async () => {
  const page = readFileSync(join(repository, 'docs/sources.md'), 'utf8')
  for (const [, name, text] of page.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)) {
    mkdirSync(dirname(join(config, name!)), { recursive: true })
    write(name!, text)
  }
  const shown = Array.from(page.matchAll(/^\$ npx cardea sync\n(.*?)^```$/gms), ([, text]) => text!)
  const first = await sync()
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toContain(shown[0])
  const changed = document(
    {
      'GET /orders': { parameters: [{ name: 'day', in: 'query', required: true, schema: {} }] },
      'POST /orders': {
        operationId: 'placeOrder',
        responses: { 201: { description: 'Created' }, 202: { description: 'Later' } },
      },
      'GET /health': {},
    },
    { servers: [{ url: 'https://orders.example.com' }] },
  )
  writeFileSync(join(folder, 'api/openapi.yaml'), JSON.stringify(changed))
  expect((await sync()).stdout).toContain(shown[1])
})
