import { describe, expect, it } from 'vitest'
import { changesOf as changes } from './testing.ts'

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
    [
      'security: [{ key: [] }]',
      'security: [{ other: [] }]',
      '!GET /a: security: key no longer suffices',
    ],
    [
      'security: [{ o: [r] }]',
      'security: [{ o: [r, w] }]',
      '!GET /a: security: o (r) no longer suffices',
    ],
    ['security: [{ o: [r, w] }]', 'security: [{ o: [r] }]', 'GET /a: security: o (r) suffices'],
    [
      'security: [{ a: [] }]',
      'security: [{ a: [], b: [] }]',
      '!GET /a: security: a no longer suffices',
    ],
    [
      'security: [{ a: [] }]',
      'security: [{ a: [] }, { b: [], c: [] }]',
      'GET /a: security: b and c suffices',
    ],
    ['security: [{ a: [] }, { b: [] }]', 'security: [{ b: [] }, { a: [] }]', undefined],
    ['', 'deprecated: true', 'GET /a: deprecated'],
    ['summary: a', 'summary: b', undefined],
  ])('%s → %s', async (before, after, expected) => {
    const schemes = 'a: &a { type: http, scheme: basic }, b: *a, c: *a, o: *a, key: *a, other: *a'
    const components = [`components: { securitySchemes: { ${schemes} } }`]
    const [first] = await changes(get(before), get(after), components)
    expect(first).toBe(expected)
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
      "!query parameter 'q': style form → deepObject",
    ],
  ])('%s → %s', async (before, after, expected) => {
    const told = expected.startsWith('!') ? `!GET /a: ${expected.slice(1)}` : `GET /a: ${expected}`
    expect(await changes(before, after)).toEqual([told])
  })

  it.each([
    ['schema: { type: string }', 'schema: { type: string }, style: form, explode: true'],
    ['schema: { type: string }, allowReserved: false', 'schema: { type: string }, required: false'],
    ['schema: { type: array, uniqueItems: false }', 'schema: { type: array, minItems: 0 }'],
  ])('%s is the same as %s', async (before, after) => {
    expect(await changes(parameter(before), parameter(after))).toEqual([])
    expect(await changes(parameter(after), parameter(before))).toEqual([])
  })

  it.each([
    [`${plain}, explode: false`, "!GET /a: query parameter 'q': explode true → false"],
    [`${plain}, allowReserved: true`, "GET /a: query parameter 'q': allowReserved true"],
    [`${plain}, deprecated: true`, "GET /a: query parameter 'q': deprecated"],
    ['content: { a/b: {} }', "!GET /a: query parameter 'q': schema → content"],
  ])('tell of %s', async (more, expected) => {
    expect(await changes(parameter(plain), parameter(more))).toContain(expected)
  })

  it('are the same wherever they are written', async () => {
    const name = 'name: q, in: query, schema: { type: string }'
    const inline = `  /a: { get: { ${OK}, parameters: [{ ${name} }] } }`
    const shared = `  /a: { parameters: [{ ${name} }], get: { ${OK} } }`
    const behind = `  /a: { get: { ${OK}, parameters: [{ $ref: '#/components/parameters/Q' }] } }`
    const components = `components: { parameters: { Q: { ${name} } } }`
    expect(await changes(inline, shared)).toEqual([])
    expect(await changes(inline, behind, ['', components])).toEqual([])
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

describe('answers, bodies and credentials', () => {
  const answers = (text: string) => `  /a: { get: { responses: { ${text} } } }`
  it('are the same under a range, in another case, or behind a reference', async () => {
    const one = '{ description: d, content: { application/json; charset=utf-8: { schema: {} } } }'
    const other = one.replace('application/json; ch', 'Application/JSON;ch')
    expect(await changes(answers(`200: ${one}`), answers(`200: ${other}`))).toEqual([])
    expect(await changes(answers(`200: ${one}`), answers(`2XX: ${one}`))).toEqual([
      'GET /a: response 2XX added',
    ])
    const behind = answers("200: { $ref: '#/components/responses/R' }")
    const components = `components: { responses: { R: ${one} } }`
    expect(await changes(answers(`200: ${one}`), behind, ['', components])).toEqual([])
  })

  it('take a range of media types for each of them where it is sent, not where it is read', async () => {
    const both = (type: string) => {
      const content = `content: { ${type}: { schema: {} } }`
      return `  /a: { post: { requestBody: { ${content} }, responses: { 200: { description: d, ${content} } } } }`
    }
    expect(await changes(both('text/csv'), both('text/*'))).toEqual([
      'POST /a: request body: text/* added',
      '!POST /a: response 200: text/csv removed',
      'POST /a: response 200: text/* added',
    ])
  })

  it('tell what became of headers, whose names are the same in any case', async () => {
    const headers = (text: string) => answers(`200: { description: d, headers: { ${text} } }`)
    const before = headers('X-A: { required: true, schema: { type: string } }')
    const after = headers('x-a: { schema: { type: integer } }, X-B: { schema: {} }')
    expect(await changes(before, after)).toEqual([
      "!GET /a: response 200: header 'X-A' is no longer always there",
      "!GET /a: response 200: header 'X-A': type string → integer",
      "GET /a: response 200: header 'X-B' added",
    ])
  })

  it('tell where credentials go and come from', async () => {
    const schemes = (key: string, scopes: string, more = '') =>
      `components: { securitySchemes: { key: { type: apiKey, in: header, name: ${key} }, o: { type: oauth2, flows: { clientCredentials: { tokenUrl: 'https://t.example/a', scopes: { ${scopes} } }${more} } } } }`
    const told = (before: string, after: string) => changes(get(''), get(''), [before, after])
    expect(await told(schemes('X-Key', 'r: r'), schemes('x-key', 'r: other'))).toEqual([])
    expect(await told(schemes('X-Key', 'r: r'), schemes('X-Other', ''))).toEqual([
      '!security scheme key: name x-key → x-other',
      '!security scheme o: flow clientCredentials, scope r there → none',
    ])
    const implicit = ", implicit: { authorizationUrl: 'https://t.example/b', scopes: {} }"
    expect(await told(schemes('X-Key', ''), schemes('X-Key', '', implicit))).toEqual([
      'security scheme o: flow implicit none → https://t.example/b',
    ])
  })
})
