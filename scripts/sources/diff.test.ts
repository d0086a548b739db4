import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { type Document, loadDocuments } from '../compile/documents/document.ts'
import { format, Messages } from '../compile/messages.ts'
import { diff } from './diff.ts'
import { sourceOf } from './testing.ts'

async function load(paths: string, components = ''): Promise<Document> {
  const text = `openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n${paths}\n${components}`
  const messages = new Messages()
  const [document] = await loadDocuments('/', [], messages, { sourced: [sourceOf(text)] })
  if (!document || messages.errors > 0) throw new Error(messages.all.map(format).join('\n'))
  return document
}

/** `!` before what breaks callers. */
async function changes(before: string, after: string, more: readonly string[] = []) {
  const found = diff(await load(before, more[0]), await load(after, more[1] ?? more[0]))
  return found.map(({ isBreaking, subject, what }) => `${isBreaking ? '!' : ''}${subject}: ${what}`)
}

const OK = 'responses: { 200: { description: OK } }'
const get = (more: string) => `  /a: { get: { ${OK}${more && `, ${more}`} } }`

describe('routes', () => {
  it('are told when they come and go', async () => {
    const after = `  /b: { get: { ${OK}, x-policies: [a] } }`
    expect(await changes(get(''), after)).toEqual([
      '!GET /a: route removed',
      'GET /b: route added, policies: a',
    ])
  })

  it('stay the same when a path parameter gets another name', async () => {
    const path = (name: string) =>
      `  /a/{${name}}: { get: { ${OK}, parameters: [{ name: ${name}, in: path, required: true, schema: {} }] } }`
    expect(await changes(path('id'), path('key'))).toEqual([
      "GET /a/{key}: path parameter 'id' renamed to 'key'",
    ])
  })

  it.each([
    ['x-policies: [a, b]', 'x-policies: [b]', 'GET /a: policies a, b → b'],
    ['', 'servers: [{ url: "https://b.example" }]', 'GET /a: server none → https://b.example'],
    ['', 'x-handler: echo', 'GET /a: handler changed'],
    ['', 'security: [{ key: [] }]', '!GET /a: security now required'],
    ['security: [{ key: [] }]', 'security: []', 'GET /a: security no longer required'],
    ['', 'deprecated: true', 'GET /a: deprecated'],
    ['summary: a', 'summary: b', undefined],
  ])('%s → %s', async (before, after, expected) => {
    expect(await changes(get(before), get(after))).toEqual(expected === undefined ? [] : [expected])
  })
})

describe('parameters', () => {
  const parameter = (more: string) =>
    get(`parameters: [{ name: q, in: query${more && `, ${more}`} }]`)
  const plain = 'schema: { type: string }'
  it.each([
    [get(''), parameter(plain), "query parameter 'q' added"],
    [get(''), parameter(`${plain}, required: true`), "!query parameter 'q' added, required"],
    [parameter(plain), get(''), "!query parameter 'q' removed"],
    [
      parameter(plain),
      parameter(`${plain}, required: true`),
      "!query parameter 'q' is now required",
    ],
    [
      parameter(`${plain}, required: true`),
      parameter(plain),
      "query parameter 'q' is no longer required",
    ],
    [
      parameter(plain),
      parameter('schema: { type: integer }'),
      "!query parameter 'q': type string → integer",
    ],
    [
      parameter(plain),
      parameter(`${plain}, style: deepObject`),
      "!query parameter 'q': style undefined → deepObject",
    ],
  ])('%s → %s', async (before, after, expected) => {
    const told = expected.startsWith('!') ? `!GET /a: ${expected.slice(1)}` : `GET /a: ${expected}`
    expect(await changes(before, after)).toEqual([told])
  })

  it('are found on the path item, behind references, and headers in any case', async () => {
    const before = `  /a: { parameters: [{ $ref: '#/components/parameters/P' }], get: { ${OK} } }`
    const component = (name: string) =>
      `components: { parameters: { P: { name: ${name}, in: header, schema: {} } } }`
    expect(await changes(before, before, [component('X-A'), component('x-a')])).toEqual([
      "GET /a: header parameter 'X-A' renamed to 'x-a'",
    ])
  })
})

describe('bodies and answers', () => {
  const post = (body: string) => `  /a: { post: { ${OK}${body && `, requestBody: ${body}`} } }`
  const json = (schema: string) => `{ content: { application/json: { schema: ${schema} } } }`
  it.each([
    ['', json('{}'), 'POST /a: request body added'],
    [json('{}'), '', '!POST /a: request body removed'],
    [
      json('{}'),
      '{ required: true, content: { application/json: { schema: {} } } }',
      '!POST /a: request body is now required',
    ],
    [
      json('{}'),
      '{ content: { application/json: { schema: {} }, text/plain: {} } }',
      'POST /a: request body: text/plain added',
    ],
    [
      json('{}'),
      '{ content: { text/plain: {} } }',
      '!POST /a: request body: application/json removed',
    ],
  ])('%s → %s', async (before, after, expected) => {
    expect(await changes(post(before), post(after))).toContain(expected)
  })

  it('tell statuses, media types and headers', async () => {
    const before =
      '  /a: { get: { responses: { 200: { description: d, headers: { X-A: { schema: {} } } }, 404: { description: d } } } }'
    const after =
      '  /a: { get: { responses: { 201: { description: d }, 200: { description: d } } } }'
    expect(await changes(before, after)).toEqual([
      "!GET /a: response 200: header 'X-A' removed",
      'GET /a: response 404 removed',
      'GET /a: response 201 added',
    ])
    expect(
      await changes(after, '  /a: { get: { responses: { 201: { description: d } } } }'),
    ).toEqual(['!GET /a: response 200 removed'])
  })
})

describe('schemas', () => {
  /** Both ways: [what it says in requests, in responses]. */
  async function both(before: string, after: string): Promise<readonly string[]> {
    const path = (schema: string) => {
      const content = { 'application/json': { schema: parse(schema) as unknown } }
      const responses = { 200: { description: 'd', content } }
      return stringify({ '/a': { post: { requestBody: { content }, responses } } }).replace(
        /^/gm,
        '  ',
      )
    }
    return (await changes(path(before), path(after))).map((one) =>
      one.replace('POST /a: ', '').replace('request body', 'in').replace('response 200', 'out'),
    )
  }

  it.each([
    [
      '{ type: string }',
      '{ type: [string, "null"] }',
      ['in: type string → null or string', '!out: type string → null or string'],
    ],
    [
      '{ type: number }',
      '{ type: integer }',
      ['!in: type number → integer', 'out: type number → integer'],
    ],
    [
      '{ enum: [a, b] }',
      '{ enum: [b, c] }',
      [
        '!in: "a" no longer allowed',
        'in: "c" allowed',
        'out: "a" no longer allowed',
        '!out: "c" allowed',
      ],
    ],
    ['{}', '{ const: 1 }', ['!in: only 1 allowed', 'out: only 1 allowed']],
    ['{ maxLength: 9 }', '{ maxLength: 5 }', ['!in: maxLength 9 → 5', 'out: maxLength 9 → 5']],
    ['{ minimum: 5 }', '{ minimum: 1 }', ['in: minimum 5 → 1', '!out: minimum 5 → 1']],
    ['{ minimum: 5 }', '{}', ['in: minimum 5 → none', '!out: minimum 5 → none']],
    ['{ pattern: a }', '{ pattern: b }', ['!in: pattern "a" → "b"', '!out: pattern "a" → "b"']],
    ['{ format: date }', '{}', ['in: format "date" → none', '!out: format "date" → none']],
    [
      '{ properties: { a: {} } }',
      '{ properties: { a: {} }, required: [a] }',
      ["!in: 'a' is required", "out: 'a' is required"],
    ],
    [
      '{ properties: { a: {} }, required: [a] }',
      '{ properties: { a: {} } }',
      ["in: 'a' is no longer required", "!out: 'a' is no longer required"],
    ],
    [
      '{ properties: { a: {}, b: {} } }',
      '{ properties: { a: {}, c: {} } }',
      [
        "in: property 'b' removed",
        "in: property 'c' added",
        "!out: property 'b' removed",
        "out: property 'c' added",
      ],
    ],
    [
      '{ additionalProperties: false, properties: { a: {} } }',
      '{ additionalProperties: false }',
      ["!in: property 'a' removed", "!out: property 'a' removed"],
    ],
    [
      '{}',
      '{ additionalProperties: false }',
      ['!in: other properties no longer allowed', 'out: other properties no longer allowed'],
    ],
    [
      '{ items: { type: string } }',
      '{ items: { type: integer } }',
      ['!in[]: type string → integer', '!out[]: type string → integer'],
    ],
    [
      '{ properties: { a: { properties: { b: { maximum: 1 } } } } }',
      '{ properties: { a: { properties: { b: {} } } } }',
      ['in.a.b: maximum 1 → none', '!out.a.b: maximum 1 → none'],
    ],
    [
      '{ oneOf: [{ title: A }] }',
      '{ oneOf: [{ title: A }, { title: B }] }',
      ['in: oneOf with B', '!out: oneOf with B'],
    ],
    ['{ not: { type: string } }', '{}', ["!in: 'not' changed", "!out: 'not' changed"]],
    ['{ description: a, example: 1 }', '{ description: b }', []],
  ])('%s → %s', async (before, after, expected) => {
    expect(await both(before, after)).toEqual(expected)
  })

  it('tell a shared one once for each direction, also when it contains itself', async () => {
    const use = "{ content: { application/json: { schema: { $ref: '#/components/schemas/T' } } } }"
    const paths = `  /a: { post: { requestBody: ${use}, responses: { 200: { description: d } } } }
  /b: { post: { requestBody: ${use}, responses: { 200: { description: d, ${use.slice(1)} } } }`
    const tree = (more: string) =>
      `components: { schemas: { T: { properties: { next: { $ref: '#/components/schemas/T' } }${more} } } }`
    expect(await changes(paths, paths, [tree(''), tree(', required: [next]')])).toEqual([
      "!schema T in requests: 'next' is required",
      "schema T in responses: 'next' is required",
    ])
  })

  it('ignore required properties that are never sent', async () => {
    expect(
      await both(
        '{ properties: { id: { readOnly: true } } }',
        '{ properties: { id: { readOnly: true } }, required: [id] }',
      ),
    ).toEqual(["out: 'id' is required"])
  })
})
