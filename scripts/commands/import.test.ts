import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { document, writeFiles } from '../../test/harness/gateway.ts'
import { loadDocuments } from '../compile/documents/document.ts'
import { format, Messages } from '../compile/messages.ts'
import { operationsOf } from '../compile/operations.ts'
import { runCommand } from '../sources/testing.ts'
import { addImport } from './import.ts'

let folder: string
let config: string
beforeEach(() => {
  folder = writeFiles({ 'policies.json': {} })
  config = join(folder, 'config')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const original = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return path
}
const run = (path: string, ...flags: readonly string[]) =>
  runCommand(addImport, 'import', path, '--config', config, ...flags)
const read = (name: string) => readFileSync(join(config, name), 'utf8')
/** As compile reads it: messages, and how many routes. */
async function compiled(): Promise<{ readonly told: string; readonly routes: number }> {
  const messages = new Messages()
  const names = readdirSync(config).filter((name) => name.includes('.oas.'))
  const documents = await loadDocuments(config, names, messages)
  const routes = documents.flatMap((one) => operationsOf(one, messages)).length
  return { told: messages.all.map(format).join('\n'), routes }
}
const servers = { servers: [{ url: 'https://a.example' }] }

it('copies OpenAPI 3 as it is, comments and all, and compile reads it', async () => {
  const text = `openapi: 3.1.0 # mine
info: { title: Tea Shop, version: '1' }
servers: [{ url: https://a.example }]
paths: { /tea: { get: { responses: { 200: { description: OK } } } } }
`
  const { code, stdout, stderr } = await run(original('openapi.yaml', text))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('tea-shop.oas.yaml')
  expect(read('tea-shop.oas.yaml')).toBe(text)
  expect(await compiled()).toEqual({ told: '', routes: 1 })
})

it('converts Swagger 2.0: servers, bodies, forms, list parameters, security', async () => {
  const swagger = {
    swagger: '2.0',
    info: { title: 'Pets', version: '1' },
    host: 'pets.example',
    basePath: '/v1',
    schemes: ['https'],
    consumes: ['application/json'],
    produces: ['application/json'],
    securityDefinitions: { key: { type: 'apiKey', name: 'k', in: 'header' } },
    parameters: {
      Body: { name: 'b', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } },
    },
    definitions: {
      Pet: { type: 'object', properties: { n: { type: 'string', 'x-nullable': true } } },
    },
    paths: {
      '/pets': {
        get: {
          'x-policies': [],
          schemes: ['wss'],
          parameters: [
            {
              name: 't',
              in: 'query',
              type: 'array',
              items: { type: 'string' },
              collectionFormat: 'multi',
            },
          ],
          responses: {
            200: {
              description: 'OK',
              schema: { type: 'array', items: { $ref: '#/definitions/Pet' } },
            },
          },
        },
        put: {
          parameters: [{ $ref: '#/parameters/Body' }],
          responses: { 204: { description: 'OK' } },
        },
        post: {
          consumes: ['application/x-www-form-urlencoded'],
          parameters: [{ name: 'f', in: 'formData', type: 'string', required: true }],
          responses: { 204: { description: 'OK' } },
        },
      },
    },
  }
  const { code, stdout } = await run(original('pets.json', swagger))
  expect(code).toBe(0)
  expect(stdout).toContain('It was Swagger 2.0 and is OpenAPI 3.0 now.')
  expect(JSON.parse(read('pets.oas.json'))).toMatchObject({
    openapi: '3.0.4',
    servers: [{ url: 'https://pets.example/v1' }],
    paths: {
      '/pets': {
        get: {
          'x-policies': [],
          parameters: [
            { name: 't', explode: true, schema: { type: 'array', items: { type: 'string' } } },
          ],
          responses: { 200: { content: { 'application/json': { schema: { type: 'array' } } } } },
        },
        put: {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
        post: {
          requestBody: {
            content: { 'application/x-www-form-urlencoded': { schema: { required: ['f'] } } },
          },
        },
      },
    },
    components: {
      schemas: { Pet: { properties: { n: { nullable: true } } } },
      securitySchemes: { key: { type: 'apiKey', name: 'k', in: 'header' } },
    },
  })
  expect(read('pets.oas.json')).not.toContain('wss')
  expect(await compiled()).toEqual({ told: '', routes: 3 })
})

describe('Swagger without schemes', () => {
  const swagger = (more: object) => ({
    swagger: '2.0',
    info: { title: 'Pets', version: '1' },
    host: 'pets.example',
    basePath: '/v1',
    paths: { '/pets': { get: { responses: { 200: { description: 'OK' } } } } },
    ...more,
  })
  const servers = () => (JSON.parse(read('pets.oas.json')) as { servers: unknown[] }).servers

  it('is taken for https when it comes from disk', async () => {
    expect((await run(original('pets.json', swagger({})))).code).toBe(0)
    expect(servers()).toEqual([{ url: 'https://pets.example/v1' }])
    expect(await compiled()).toEqual({ told: '', routes: 1 })
  })

  it('is no obstacle to a host with parameters, as documents of Azure have it', async () => {
    const host = {
      hostTemplate: '{account}.pets.example',
      parameters: [{ name: 'account', in: 'path', required: true, type: 'string', default: 'me' }],
    }
    const path = original('pets.json', swagger({ 'x-ms-parameterized-host': host }))
    expect((await run(path)).code).toBe(0)
    expect(servers()).toEqual([
      { url: 'https://{account}.pets.example/v1', variables: { account: { default: 'me' } } },
    ])
  })

  it('has no server when it names no host and comes from disk', async () => {
    const { host: _, ...rest } = swagger({})
    expect((await run(original('pets.json', rest))).code).toBe(0)
    expect(servers()).toEqual([{ url: '/v1' }])
  })
})

it('brings along the files that a document refers to', async () => {
  mkdirSync(join(folder, 'parts'))
  original(
    'parts/tea.yaml',
    "get: { responses: { 200: { description: OK, content: { a/b: { schema: { $ref: '../tea.yaml#/components/schemas/Tea' } } } } } }\n",
  )
  const main = original(
    'tea.yaml',
    `# ours
openapi: 3.1.0
info: { title: T, version: '1' }
servers: [{ url: https://a.example }]
paths: { /tea: { $ref: parts/tea.yaml } }
components: { schemas: { Tea: {} } }
`,
  )
  expect((await run(main)).code).toBe(0)
  rmSync(join(folder, 'parts'), { recursive: true })
  expect(read('tea.oas.yaml')).toMatch(/^# ours\n/)
  const [part] = readdirSync(join(config, 'tea.parts'))
  expect(part).toMatch(/^[0-9a-f]{8}-tea\.yaml$/)
  expect(read(`tea.parts/${part}`)).toContain('../tea.oas.yaml#/components/schemas/Tea')
  expect(await compiled()).toEqual({ told: '', routes: 1 })
})

describe('what is there already', () => {
  it('is left alone: the same twice is no error, something else is', async () => {
    const path = original('a.json', document({ 'GET /a': {} }, servers))
    await run(path)
    const before = read('a.oas.json')
    expect(await run(path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is the same already'),
    })
    original('a.json', document({ 'GET /b': {} }, servers))
    const refused = await run(path)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('a.oas.json is already there.\nNothing is overwritten')
    expect(read('a.oas.json')).toBe(before)
    expect((await run(path, '--name', 'b')).code).toBe(0)
    expect((await run(path, '--force')).code).toBe(0)
    expect(read('a.oas.json')).toBe(readFileSync(path, 'utf8'))
  })

  it('gives way with --force also when it has another ending, so that no route stands twice', async () => {
    await run(original('a.json', document({ 'GET /a': {} }, servers)))
    const yaml = original('a.yaml', `openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: {}\n`)
    expect((await run(yaml)).code).toBe(1)
    expect((await run(yaml, '--force')).code).toBe(0)
    expect(existsSync(join(config, 'a.oas.json'))).toBe(false)
  })
})

it.each([
  ['no file', 'nothing.json', 'cannot be read: ENOENT.'],
  ['a scheme that is not fetched', 'ftp://a.example/x', 'is neither a file nor a URL'],
  ['http without leave', 'http://a.example/x', '--allow-http for import.'],
])('refuses %s, writes nothing, and says what to do', async (_, source, expected) => {
  const { code, stderr } = await run(source)
  expect(code).toBe(1)
  expect(stderr).toContain(expected)
  expect(readdirSync(config)).toEqual(['policies.json'])
})

it('refuses what cannot be read, and Swagger that is not 2.0', async () => {
  expect((await run(original('a.json', '{'))).stderr).toContain('error invalid-json')
  const old = original('b.json', { swagger: '1.2', paths: {} })
  expect((await run(old)).stderr).toContain('Only 2.0 can be converted.')
  expect(readdirSync(config)).toEqual(['policies.json'])
})

it('writes a document with errors, says what they are and fails', async () => {
  const broken = { ...document({}, servers), paths: { '/a': { get: [] } } }
  const { code, stderr } = await run(original('a.json', broken))
  expect(code).toBe(1)
  expect(stderr).toContain('error invalid-openapi')
  expect(stderr).toContain('Mend them there')
  expect(existsSync(join(config, 'a.oas.json'))).toBe(true)
})
