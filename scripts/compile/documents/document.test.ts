import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Messages } from '../messages.ts'
import { loadDocuments } from './document.ts'
import { valueAt } from './pointer.ts'

/** Loads `a.oas.json` (or the named file) of a folder with these files in it. */
async function load(files: Record<string, unknown>, main = 'a.oas.json') {
  const root = join(mkdtempSync(join(tmpdir(), 'cardea-documents-')), 'config')
  for (const [file, content] of Object.entries(files)) {
    const path = join(root, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const messages = new Messages()
  const [document] = await loadDocuments(root, [main], messages)
  const told = messages.all.map(
    ({ level, code, at, what }) => `${level} ${code} ${at.file}#${at.pointer} ${what}`,
  )
  return { document, told, messages }
}

const info = { title: 'Pets', version: '1' }
const responses = { 200: { description: 'Good' } }
const parameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

function openapi(paths: unknown, rest: object = {}, version = '3.1.0') {
  return { openapi: version, info, paths, ...rest }
}

test.each(['3.0.4', '3.1.2', '3.2.0'])('accepts a plain OpenAPI %s document', async (version) => {
  const { document, told } = await load({
    'a.oas.json': openapi(
      { '/pets/{id}': { get: { operationId: 'getPet', parameters: [parameter], responses } } },
      { servers: [{ url: 'https://{a}.example', variables: { a: { default: 'x' } } }] },
      version,
    ),
  })
  expect(told).toEqual([])
  expect(document?.version).toBe(version.slice(0, 3))
})

test.each([
  [{ swagger: '2.0', info, paths: {} }, 'swagger-2', 'This is a Swagger 2.0 document.'],
  [{ info, paths: {} }, 'openapi-version', "'openapi' is missing."],
  [openapi({}, {}, '4.0.0'), 'openapi-version', `'openapi' is "4.0.0".`],
  [openapi({}, {}, '3.3.0'), 'openapi-version', `'openapi' is "3.3.0".`],
])('refuses a document of another kind %#', async (content, code, what) => {
  const { document, messages } = await load({ 'a.oas.json': content })
  expect(document).toBeUndefined()
  expect(messages.all.map((one) => [one.level, one.code, one.what])).toEqual([
    ['error', code, what],
  ])
})

test('reads the number 3.1, which YAML makes of an unquoted version, with a warning', async () => {
  const yaml = 'openapi: 3.1\ninfo: {title: a, version: "1"}\npaths: {}\n'
  const { document, told } = await load({ 'a.oas.yaml': yaml }, 'a.oas.yaml')
  expect(document?.version).toBe('3.1')
  expect(told).toEqual([
    "warning openapi-version a.oas.yaml#/openapi 'openapi' is 3.1, which is not a full version.",
  ])
})

test.each(['3.0.4', '3.1.2', '3.2.0'])(
  'refuses OpenAPI %s where what the gateway reads is missing or of the wrong form',
  async (version) => {
    const { told } = await load({
      'a.oas.json': openapi(
        {
          '/a': { get: { parameters: [{ in: 'body', name: 'x', schema: {} }], responses } },
          '/b': { servers: [{}], post: 'nothing' },
          '/c': { get: { parameters: [{ in: 'query', schema: {} }], responses, security: {} } },
        },
        { servers: 'https://example.com' },
        version,
      ),
    })
    const errors = told.filter((line) => line.startsWith('error')).toSorted()
    expect(errors).toEqual([
      `error invalid-openapi a.oas.json#/paths/~1a/get/parameters/0/in 'paths./a.get.parameters.0.in' is "body", which is not one of the values allowed there.`,
      `error invalid-openapi a.oas.json#/paths/~1b/post 'paths./b.post' is a string and not an object.`,
      `error invalid-openapi a.oas.json#/paths/~1b/servers/0 'paths./b.servers.0.url' is missing.`,
      `error invalid-openapi a.oas.json#/paths/~1c/get/parameters/0 'paths./c.get.parameters.0.name' is missing.`,
      `error invalid-openapi a.oas.json#/paths/~1c/get/security 'paths./c.get.security' is an object and not an array.`,
      `error invalid-openapi a.oas.json#/servers 'servers' is a string and not an array.`,
    ])
  },
)

test.each(['3.0.4', '3.1.2', '3.2.0'])(
  'only warns of what the gateway does not read in OpenAPI %s',
  async (version) => {
    const content = openapi(
      {
        '/a': {
          Get: {},
          get: {
            tags: 'pets',
            produces: ['text/plain'],
            responses: { 200: { description: 5 } },
            parameters: [
              { name: 'q', in: 'query' },
              { name: 'r', in: 'query', schema: { type: 'strin' } },
            ],
          },
        },
      },
      { 'x-anything': { $ref: '#/nowhere' }, info: { title: 'a', 'x-logo': 1 } },
      version,
    )
    const { told } = await load({ 'a.oas.json': content })
    expect(told.toSorted()).toEqual([
      `warning invalid-openapi a.oas.json#/info 'info.version' is missing.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/Get 'paths./a.Get' is not known to this version of OpenAPI.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/get/parameters/0 'paths./a.get.parameters.0' has neither 'schema' nor 'content'.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/get/parameters/1/schema/type 'paths./a.get.parameters.1.schema.type' is "strin", which is not one of the values allowed there.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/get/produces 'paths./a.get.produces' is not known to this version of OpenAPI.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/get/responses/200/description 'paths./a.get.responses.200.description' is a number and not a string.`,
      `warning invalid-openapi a.oas.json#/paths/~1a/get/tags 'paths./a.get.tags' is a string and not an array.`,
    ])
  },
)

test('tells the same mistake once and at most 20 mistakes of a document', async () => {
  const same = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`/p${i}`, { get: { responses, consumes: [] } }]),
  )
  const { told } = await load({ 'a.oas.json': openapi(same) })
  expect(told).toEqual([
    `warning invalid-openapi a.oas.json#/paths/~1p0/get/consumes 'paths./p0.get.consumes' is not known to this version of OpenAPI (and at 29 more places).`,
  ])
  const others = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`other${i}`, 1]))
  const many = await load({ 'a.oas.json': openapi({}, others) })
  expect(many.told).toHaveLength(21)
  expect(many.told.at(-1)).toBe(
    'warning invalid-openapi a.oas.json# There are 10 more messages of this kind.',
  )
})

test('follows references into other files, JSON and YAML, with escaped pointers', async () => {
  const { document, told } = await load({
    'a.oas.json': openapi({
      '/pets/{id}': { $ref: 'parts/pets.yaml#/items/~1pets~1%7Bid%7D' },
      '/whole': { $ref: '../shared/item.json' },
    }),
    'parts/pets.yaml': [
      'items:',
      '  /pets/{id}:',
      '    parameters: [{ $ref: "../common.json#/a~0b" }]',
      '    get: { responses: { 200: { description: Good } } }',
    ].join('\n'),
    'common.json': { 'a~b': parameter },
    '../shared/item.json': { get: { responses } },
  })
  expect(told).toEqual([])
  const get = document?.pathItem('/pets/{id}')?.get('get')
  expect(get?.source.file).toBe('parts/pets.yaml')
  expect(get?.source.at(get.pointer)).toEqual({
    file: 'parts/pets.yaml',
    pointer: '/items/~1pets~1{id}/get',
    line: 4,
    column: 5,
  })
  const parameters = document?.pathItem('/pets/{id}')?.get('parameters')
  const first = valueAt(parameters?.value, '/0')
  const found = parameters && document?.resolve(first, parameters.source, parameters.pointer)
  expect(found).toMatchObject({ value: parameter, pointer: '/a~0b' })
  expect(found?.source.file).toBe('common.json')
  expect([...(document?.sources ?? [])].map(({ file }) => file)).toEqual([
    'a.oas.json',
    'parts/pets.yaml',
    '../shared/item.json',
    'common.json',
  ])
})

test('lets fields beside a path item reference win over those it leads to', async () => {
  const { document, told } = await load({
    'a.oas.json': openapi(
      { '/a': { $ref: '#/components/pathItems/A', summary: 'own' } },
      {
        components: {
          pathItems: {
            A: { $ref: '#/components/pathItems/B', description: 'A' },
            B: { summary: 'B', description: 'B', get: { responses } },
          },
        },
      },
    ),
  })
  expect(told).toEqual([])
  const item = document?.pathItem('/a')
  expect([...(item ?? [])].map(([name, { pointer }]) => [name, pointer])).toEqual([
    ['summary', '/paths/~1a/summary'],
    ['description', '/components/pathItems/A/description'],
    ['get', '/components/pathItems/B/get'],
  ])
})

test('refuses a path item that leads nowhere, and warns of any other reference that does', async () => {
  const { document, told } = await load({
    'a.oas.json': openapi(
      {
        '/dead': { $ref: '#/components/pathItems/None' },
        '/file': { $ref: 'none.yaml' },
        '/remote': { $ref: 'https://example.com/a.json#/b' },
        '/circle': { $ref: '#/components/pathItems/A' },
        '/ok': {
          get: {
            parameters: [{ $ref: '#/components/parameters/toString' }],
            responses: { 200: { $ref: '#/components/responses/__proto__' } },
          },
        },
      },
      {
        components: {
          pathItems: {
            A: { $ref: '#/components/pathItems/B' },
            B: { $ref: '#/components/pathItems/A' },
          },
          schemas: {
            Node: { properties: { next: { $ref: '#/components/schemas/Node' } } },
            Dead: { items: { $ref: '#/components/schemas/None' }, example: { $ref: '#/x' } },
            Anchor: { $ref: '#anchor' },
          },
        },
      },
    ),
  })
  expect(told.map((line) => line.replace(' cannot be followed.', '')).toSorted()).toEqual([
    "error dead-ref a.oas.json#/paths/~1dead/$ref The reference '#/components/pathItems/None'",
    "error dead-ref a.oas.json#/paths/~1file/$ref The reference 'none.yaml'",
    "error ref-cycle a.oas.json#/components/pathItems/B/$ref The reference '#/components/pathItems/B'",
    "error ref-cycle a.oas.json#/paths/~1circle/$ref The reference '#/components/pathItems/A'",
    "error remote-ref a.oas.json#/paths/~1remote/$ref The reference 'https://example.com/a.json#/b'",
    "warning dead-ref a.oas.json#/components/schemas/Dead/items/$ref The reference '#/components/schemas/None'",
    "warning dead-ref a.oas.json#/paths/~1ok/get/parameters/0/$ref The reference '#/components/parameters/toString'",
    "warning dead-ref a.oas.json#/paths/~1ok/get/responses/200/$ref The reference '#/components/responses/__proto__'",
  ])
  expect(document?.pathItem('/dead')).toBeUndefined()
  expect(document?.pathItem('/nowhere')).toBeUndefined()
})

test('checks path items and parameters of other files as it checks its own', async () => {
  const { told } = await load({
    'a.oas.json': openapi({ '/a': { $ref: 'b.json#/item' } }),
    'b.json': { item: { get: { responses, parameters: [{ $ref: '#/p' }] } }, p: { name: 'x' } },
  })
  expect(told).toEqual([
    "error invalid-openapi b.json#/p 'components.parameters._.in' is missing.",
    "warning invalid-openapi b.json#/p 'components.parameters._' has neither 'schema' nor 'content'.",
  ])
})

test('warns of templates that cannot be routed and names them for leaving out', async () => {
  const operation = { get: { responses } }
  const bad = ['/a/{', '/a/}', '/a/{}', '/{x}/{x}', '/{rest+}/b', '/{a{b}}']
  bad.push('/a{rest+}', '/{x}{y}', '/../f', '/a'.repeat(33))
  const paths = Object.fromEntries([...bad, 'c'].map((path) => [path, operation]))
  const good = {
    '/d/{a}...{b}/{rest+}': { parameters: ['a', 'b', 'rest'].map(named), ...operation },
  }
  const { document, messages } = await load({ 'a.oas.json': openapi({ ...paths, ...good }) })
  const told = messages.all.filter(({ code }) => code === 'invalid-path-template')
  expect(messages.errors).toBe(0)
  expect(told.map(({ what }) => what)).toEqual([
    "The path '/a/{' has a '{' without its '}'.",
    "The path '/a/}' has a '}' without its '{'.",
    "The path '/a/{}' has a parameter without a name.",
    "The path '/{x}/{x}' has the parameter 'x' twice.",
    "The path '/{rest+}/b' has '{rest+}', which takes the rest of the path and so has to be its whole last segment.",
    "The path '/{a{b}}' has a '{' or '/' inside '{…}'.",
    "The path '/a{rest+}' has '{rest+}', which takes the rest of the path and so has to be its whole last segment.",
    "The path '/{x}{y}' has two parameters side by side.",
    "The path '/../f' is one that the gateway refuses from clients.",
    `The path '${'/a'.repeat(33)}' has more than 32 segments.`,
    "The path 'c' does not begin with '/'.",
  ])
  expect([...(document?.unusable ?? [])]).toEqual([...bad, 'c'])
})

function named(name: string) {
  return { ...parameter, name }
}

test('warns of path parameters that do not fit their template and of ids given twice', async () => {
  const { told } = await load({
    'a.oas.json': openapi({
      '/a/{id}': {
        parameters: [named('id')],
        get: { operationId: 'one', responses },
        post: { operationId: 'one', responses, parameters: [named('other')] },
      },
      '/b/{id}': { get: { responses } },
    }),
  })
  expect(told).toEqual([
    "warning unused-path-parameter a.oas.json#/paths/~1a~1{id}/post/parameters/0 'POST /a/{id}' declares the path parameter 'other', which its path does not have.",
    "warning duplicate-operation-id a.oas.json#/paths/~1a~1{id}/post/operationId 'POST /a/{id}' has the operationId 'one', which 'GET /a/{id}' has too.",
    "warning undeclared-path-parameter a.oas.json#/paths/~1b~1{id}/get 'GET /b/{id}' does not declare the path parameter 'id'.",
  ])
})

test('reads a file that only an anchor of it is referred to, and what that file refers to', async () => {
  const { document, told } = await load({
    'a.oas.json': openapi({}, { components: { schemas: { Size: { $ref: 'sizes.json#size' } } } }),
    'sizes.json': { $defs: { s: { $anchor: 'size', $ref: 'deeper.json#/text' } } },
    'deeper.json': { text: { type: 'string' } },
  })
  expect(told).toEqual([])
  expect(Array.from(document!.sources, ({ file }) => file)).toEqual([
    'a.oas.json',
    'sizes.json',
    'deeper.json',
  ])
})
