import { describe, expect, it } from 'vitest'
import { noSchemas, operationAt } from '../../../test/worker/document-node.ts'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import derive from './mock.compile.ts'
import mock from './mock.ts'

interface Options {
  readonly status?: number
  readonly example?: string
  readonly prefer?: boolean
}

/** A mock of an operation with these `responses`. */
function mocked(responses: unknown, options: Options = {}, more: object = {}) {
  const operation = operationAt({ operation: { responses }, ...more }, ['operation'])
  const { derived } = derive(operation, options, noSchemas)
  const all = { status: undefined, example: undefined, prefer: true, ...options }
  const { fetch, gateway } = harness({
    handle: (exchange) => mock.setup(all, gateway.runtime, derived)(exchange),
  })
  return (headers: Record<string, string> = {}) => fetch('/cats', { headers })
}

const json = (media: object) => ({ description: '', content: { 'application/json': media } })
const text = (value: string) => ({ value })

describe('without wishes', () => {
  it('answers with the lowest 2xx that is described', async () => {
    const response = await mocked({
      default: json({ example: 'default' }),
      404: json({ example: 'none' }),
      202: json({ example: 'later' }),
      201: json({ example: 'made' }),
    })()
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('vary')).toBe('Accept, Prefer')
    expect(await response.text()).toBe('"made"')
  })

  it.each([
    [{ '2XX': json({ example: 1 }), default: json({}) }, 200],
    [{ default: json({ example: 1 }), 404: json({}) }, 200],
    [{ 404: json({}), 302: { description: '' } }, 302],
    [{ '4XX': json({}) }, 400],
  ])('takes from %j what is nearest to a success', async (responses, status) => {
    expect((await mocked(responses)()).status).toBe(status)
  })

  it('takes the first named example before one without name before one made up', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } } }
    const examples = { tom: text('Tom'), kit: text('Kit') }
    expect(await (await mocked({ 200: json({ schema, examples, example: 1 }) })()).json()).toBe(
      'Tom',
    )
    expect(await (await mocked({ 200: json({ schema, example: 1 }) })()).json()).toBe(1)
    const made = await mocked({ 200: json({ schema }) })()
    expect(await made.json()).toEqual({ name: 'string' })
  })

  it('sends no content where none is described, or the status has none', async () => {
    const bare = await mocked({ 201: { description: '' } })()
    expect([bare.status, bare.body]).toEqual([201, null])
    const odd = await mocked({ 204: json({ example: 1 }) })()
    expect([odd.status, odd.body, odd.headers.get('content-type')]).toEqual([204, null, null])
  })

  it('follows references to responses, examples, headers and schemas', async () => {
    const components = {
      responses: { Cat: json({ examples: { tom: { $ref: '#/components/examples/Tom' } } }) },
      examples: { Tom: text('Tom') },
    }
    const answer = mocked({ 200: { $ref: '#/components/responses/Cat' } }, {}, { components })
    expect(await (await answer()).json()).toBe('Tom')
  })
})

describe('Prefer (RFC 7240)', () => {
  const responses = {
    200: json({ examples: { tom: text('Tom'), 'old cat': text('Garfield') } }),
    404: json({ examples: { gone: text('Gone'), never: text('Never') } }),
    '5XX': json({ example: 'broken' }),
  }

  it.each([
    ['code=404', 404, 'Gone', 'code=404'],
    ['code=404, example=never', 404, 'Never', 'code=404, example=never'],
    ['example="old cat"', 200, 'Garfield', 'example="old cat"'],
    ['example=never', 404, 'Never', 'example=never'],
    ['code=503', 503, 'broken', 'code=503'],
    ['respond-async', 200, 'Tom', null],
    ['code=', 200, 'Tom', null],
  ])('answers %s with %i %s', async (prefer, status, body, applied) => {
    const response = await mocked(responses)({ prefer })
    expect([response.status, await response.json()]).toEqual([status, body])
    expect(response.headers.get('preference-applied')).toBe(applied)
  })

  it.each([
    ['code=418', 'The document describes these statuses: 200, 404, 5XX.'],
    ['code=101', 'The document describes these statuses: 200, 404, 5XX.'],
    ['code=2e2', 'The document describes these statuses: 200, 404, 5XX.'],
    ['example=never, code=200', 'The document has these examples here: tom, old cat.'],
    ['code=500, example=tom', 'The document has no examples with names here.'],
  ])('refuses %s and says what there is', async (prefer, detail) => {
    const response = await mocked(responses)({ prefer })
    expect(response.status).toBe(501)
    expect(await problemOf(response)).toMatchObject({ code: 'mock-unavailable', detail })
    expect(response.headers.get('preference-applied')).toBeNull()
  })

  it('takes any status where `default` is described', async () => {
    const response = await mocked({ default: json({ example: 'any' }) })({ prefer: 'code=418' })
    expect([response.status, await response.json()]).toEqual([418, 'any'])
  })

  it('is not heard when the options say so, and outranks them otherwise', async () => {
    const fixed = mocked(responses, { status: 404, example: 'never', prefer: false })
    const deaf = await fixed({ prefer: 'code=200' })
    expect([deaf.status, await deaf.json()]).toEqual([404, 'Never'])
    expect(deaf.headers.get('vary')).toBe('Accept')
    const free = await mocked(responses, { status: 404, example: 'never' })({ prefer: 'code=200' })
    expect([free.status, await free.json()]).toEqual([200, 'Tom'])
  })
})

describe('media types', () => {
  const content = {
    'application/json': { example: { id: 1 } },
    'application/xml': { example: { id: 1, tag: ['<a>', 'b'] } },
    'text/plain': { example: 'é' },
  }

  it.each([
    ['application/json', 'application/json', '{"id":1}'],
    [
      'application/xml',
      'application/xml',
      '<?xml version="1.0" encoding="UTF-8"?>\n<root><id>1</id><tag>&lt;a&gt;</tag><tag>b</tag></root>',
    ],
    ['text/*;q=0.9, image/png', 'text/plain;charset=utf-8', 'é'],
  ])('negotiates %s (RFC 9110 §12.5.1)', async (accept, type, body) => {
    const response = await mocked({ 200: { description: '', content } })({ accept })
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toBe(body)
  })

  it('answers 406 where none is accepted', async () => {
    const response = await mocked({ 200: { description: '', content } })({ accept: 'image/png' })
    expect(response.status).toBe(406)
    expect(await problemOf(response)).toMatchObject({
      code: 'not-acceptable',
      detail:
        'The document describes these media types: application/json, application/xml, text/plain;charset=utf-8.',
    })
  })

  it.each([
    ['*/*', { schema: { type: 'integer' } }, 'application/json', '1'],
    ['application/json', { example: '{"a":1}' }, 'application/json', '{"a":1}'],
    [
      'application/json',
      { schema: { type: 'string' }, example: '[a]' },
      'application/json',
      '"[a]"',
    ],
    ['application/x-www-form-urlencoded', { example: { a: 'b c' } }, undefined, 'a=b+c'],
    ['application/jsonl', { itemSchema: { const: { a: 1 } } }, undefined, '{"a":1}\n'],
    [
      'text/event-stream',
      { itemSchema: { properties: { event: { const: 'tick' }, data: { type: 'string' } } } },
      'text/event-stream;charset=utf-8',
      'event: tick\ndata: string\n\n',
    ],
    ['image/*', { schema: { type: 'string', format: 'binary' } }, 'image/png', ''],
  ])('writes %s with %j', async (type, media, sent, body) => {
    const response = await mocked({ 200: { description: '', content: { [type]: media } } })()
    expect(response.headers.get('content-type')).toBe(sent ?? type)
    expect(await response.text()).toBe(body)
  })

  it('tells data and its written form apart (OpenAPI 3.2)', async () => {
    const examples = {
      data: { dataValue: '{"a":1}' },
      written: { serializedValue: '{ "a" : 1 }', dataValue: { a: 1 } },
      outside: { externalValue: 'https://example.com/a.json' },
    }
    const answer = mocked({ 200: json({ examples }) })
    expect(await (await answer()).text()).toBe('"{\\"a\\":1}"')
    expect(await (await answer({ prefer: 'example=written' })).text()).toBe('{ "a" : 1 }')
    expect((await answer({ prefer: 'example=outside' })).status).toBe(501)
  })
})

describe('headers', () => {
  it('sends those with an example and those that are required', async () => {
    const headers = {
      ETag: { example: '"v1"' },
      'X-Page': { schema: { type: 'integer', default: 3 } },
      'X-Tags': { schema: { type: 'array', example: ['a', 'b'] } },
      'X-Needed': { required: true, schema: { type: 'string', format: 'uuid' } },
      'X-Maybe': { schema: { type: 'string' } },
      'X-Broken': { example: 'a\r\nSet-Cookie: b' },
      'Set-Cookie': { example: ['a=1', 'b=2'] },
      'Content-Length': { example: 99 },
      'Bad Name': { example: 1 },
    }
    const response = await mocked({ 200: { ...json({ example: 1 }), headers } })()
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    response.headers.delete('x-request-id')
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json',
      etag: '"v1"',
      'set-cookie': 'b=2',
      vary: 'Accept, Prefer',
      'x-needed': '123e4567-e89b-42d3-a456-426614174000',
      'x-page': '3',
      'x-tags': 'a,b',
    })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })
})

describe('limits', () => {
  it('leaves out what goes beyond 256 KiB for an operation, and says so', async () => {
    const examples = { small: text('small'), large: text('x'.repeat(256 * 1024)) }
    const answer = mocked({ 200: json({ examples }) })
    expect(await (await answer()).json()).toBe('small')
    const response = await answer({ prefer: 'example=large' })
    expect(await problemOf(response)).toMatchObject({
      status: 501,
      detail:
        'The mock keeps at most 256 KiB of examples for an operation, and this one goes beyond.',
    })
  })

  it.each([undefined, {}, { 101: json({}) }])('has no answer for responses %j', async (none) => {
    expect(await problemOf(await mocked(none)())).toMatchObject({
      status: 501,
      code: 'mock-unavailable',
      detail: 'The document describes no response of this operation.',
    })
  })

  it('refuses to compile with a status that is not described', () => {
    expect(() => mocked({ 200: json({}) }, { status: 404 })).toThrow(
      'the status 404 is not described, only 200',
    )
  })
})
