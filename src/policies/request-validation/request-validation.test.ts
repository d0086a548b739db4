import { expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import { definePolicy } from '../../core/policy.ts'
import { violations } from '../../openapi/report.ts'
import { TYPE_BITS } from '../../openapi/schema/violation.ts'
import type { Validate } from '../../openapi/schema/violation.ts'
import requestValidation, { type RequestRules } from './request-validation.ts'

/** As compile would generate it of `{ "type": "integer", "maximum": 9 }`. */
const digit: Validate = (value) =>
  Number.isInteger(value) && Number(value) <= 9
    ? null
    : [{ pointer: '', keyword: 'maximum', detail: 'must be at most 9' }]

const small: Validate = (value) =>
  (value as { size?: unknown }).size === 'small'
    ? null
    : [{ pointer: '/size', keyword: 'const', detail: 'must be "small"' }]

const rules: RequestRules = {
  operation: 'placeOrder',
  path: [],
  query: [
    {
      in: 'query',
      name: 'page',
      style: 'form',
      explode: true,
      shape: { types: TYPE_BITS.integer },
      validate: digit,
    },
  ],
  header: [],
  cookie: [],
  known: ['key'],
  body: {
    required: true,
    contents: [{ range: 'application/json', shape: { types: 0 }, validate: small }],
  },
}

const modes = {
  path: 'reject',
  query: 'reject',
  headers: 'reject',
  cookies: 'reject',
  body: 'reject',
  unknownQuery: 'reject',
  unknownBody: 'reject',
  readOnly: 'reject',
} as const

type Modes = { -readonly [K in keyof typeof modes]?: 'reject' | 'report' | 'off' }

function validated(options: Modes = {}, derived: unknown = rules) {
  const seen: unknown[] = []
  const watch = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({ finish: (_, exchange) => void seen.push(exchange.get(violations)) }),
  })
  const all = { ...modes, ...options } as typeof modes
  const step = policy('valid', requestValidation, all, derived)
  return { seen, ...harness({ policies: [policy('watch', watch, {}), step], handle: echo }) }
}

const post = (body: BodyInit, type = 'application/json'): RequestInit => ({
  method: 'POST',
  body,
  headers: type === '' ? {} : { 'content-type': type },
})

it('lets pass what is as described, with the bytes that were checked', async () => {
  const { fetch, logs } = validated()
  const text = '{ "size" : "small" }'
  const response = await fetch('/a?page=9&key=secret', post(text))
  expect(await response.json()).toMatchObject({ body: text, query: '?page=9&key=secret' })
  expect(logs).toEqual([])
})

it('tells everything that is wrong at once, and no value', async () => {
  const { fetch, seen, settled } = validated()
  const response = await fetch('/a?page=10&secretName=secretValue', post('{"size":"huge"}'))
  expect(response.status).toBe(400)
  const text = await response.text()
  expect(text).not.toMatch(/huge|secretValue/)
  expect(JSON.parse(text)).toMatchObject({
    code: 'request-invalid',
    policy: 'valid',
    detail: 'query page must be at most 9. There are 2 more errors.',
    errors: [
      { in: 'query', name: 'page', pointer: '', keyword: 'maximum', detail: 'must be at most 9' },
      { in: 'query', name: 'secretName', pointer: '', keyword: 'unknown' },
      { in: 'body', pointer: '/size', keyword: 'const', detail: 'must be "small"' },
    ],
  })
  await settled()
  expect(seen).toEqual([
    [
      {
        operation: 'placeOrder',
        policy: 'valid',
        subject: 'request',
        isRejected: true,
        places: [
          { in: 'query', name: 'page', pointer: '', keyword: 'maximum' },
          { in: 'query', name: '*', pointer: '', keyword: 'unknown' },
          { in: 'body', pointer: '/size', keyword: 'const' },
        ],
      },
    ],
  ])
})

it('reports instead of refusing where it is told to, and counts', async () => {
  const { fetch, logs } = validated({ query: 'report', unknownQuery: 'off', body: 'off' })
  for (const times of [1, 2]) {
    expect((await fetch('/a?page=10&x=1', post('{'))).status).toBe(200)
    expect(logs.at(-1)).toMatchObject({
      level: 'warn',
      event: 'request-invalid',
      step: 'valid',
      operation: 'placeOrder',
      errors: [{ in: 'query', name: 'page', pointer: '', keyword: 'maximum', times }],
    })
  }
})

it.each([
  ['nothing', undefined, 'application/json', 'required'],
  ['an empty body', '', 'application/json', 'required'],
  ['text that is not JSON', '{', 'application/json', 'json'],
  ['a name twice', '{"size":"small","size":"small"}', 'application/json', 'duplicate'],
  [
    'a name twice, one escaped',
    '{"size":"small","\\u0073ize":"x"}',
    'application/json',
    'duplicate',
  ],
  ['a byte order mark', '\ufeff{"size":"small"}', 'application/json', 'encoding'],
  ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'application/json', 'encoding'],
  ['UTF-16', new Uint8Array([0x7b, 0, 0x7d, 0]), 'application/json', 'json'],
  ['another charset', '{"size":"small"}', 'application/json;charset=utf-16', 'encoding'],
  ['too many levels', '['.repeat(129) + ']'.repeat(129), 'application/json', 'depth'],
  ['very many levels', '['.repeat(500), 'application/json', 'json'],
])('refuses %s', async (_, body, type, keyword) => {
  const { fetch } = validated()
  const init = body === undefined ? { method: 'POST' } : post(body, type)
  const response = await fetch('/a', init)
  expect(response.status).toBe(400)
  expect(await problemOf(response)).toMatchObject({ errors: [{ in: 'body', keyword }] })
})

it('says with 415 which parameters a media type has to have', async () => {
  const content = { range: 'application/json', shape: { types: 0 }, validate: small }
  const contents = [
    { ...content, parameters: { version: '2' } },
    { ...content, parameters: { profile: 'a "b"' } },
  ]
  const { fetch } = validated({}, { ...rules, body: { required: true, contents } })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch('/orders', { method: 'POST', body: '{}', headers })
  expect(response.headers.get('accept')).toBe(
    'application/json; version=2, application/json; profile="a \\"b\\""',
  )
})

it.each(['text/plain', 'application/json, text/plain', 'application/json; a=1; a=2', 'json', ''])(
  'refuses the media type “%s” with 415',
  async (type) => {
    const { fetch } = validated()
    const bytes = new TextEncoder().encode('{"size":"small"}')
    const response = await fetch('/a', post(bytes, type))
    expect(response.status).toBe(415)
    expect(response.headers.get('accept')).toBe('application/json')
    expect(await problemOf(response)).toMatchObject({
      code: 'media-type-unsupported',
      detail: 'Send application/json, and say so in Content-Type.',
    })
  },
)

it('refuses a packed body, which nobody could check', async () => {
  const { fetch } = validated()
  const init = post('{"size":"small"}')
  const headers = { ...init.headers, 'content-encoding': 'gzip' }
  const response = await fetch('/a', { ...init, headers })
  expect(response.status).toBe(415)
  expect(response.headers.get('accept-encoding')).toBe('identity')
  expect(await problemOf(response)).toMatchObject({ code: 'encoding-unsupported' })
})

it('refuses a body beyond requestBodyBytesMax with 413', async () => {
  const { fetch } = validated()
  expect((await fetch('/a', post('x'.repeat(1025)))).status).toBe(413)
})

it('refuses a body where none is described, unless told otherwise', async () => {
  const { body: _, ...bodiless } = rules
  const { fetch } = validated({}, bodiless)
  expect((await fetch('/a', post('{}'))).status).toBe(400)
  expect((await fetch('/a', { method: 'POST', body: '' })).status).toBe(200)
  expect((await fetch('/a')).status).toBe(200)
  const open = validated({ unknownBody: 'off' }, bodiless)
  expect((await open.fetch('/a', post('{}'))).status).toBe(200)
})

it('counts a parameter as sent that a policy before has taken away', async () => {
  const taking = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({ request: ({ upstreamRequest }) => void (upstreamRequest.query = '') }),
  })
  const [page] = rules.query
  const derived = { ...rules, query: [{ ...page, required: true }] }
  const steps = [policy('take', taking, {}), policy('valid', requestValidation, modes, derived)]
  const { fetch } = harness({ policies: steps, handle: echo })
  expect((await fetch('/a?page=1', post('{"size":"small"}'))).status).toBe(200)
  expect((await fetch('/a', post('{"size":"small"}'))).status).toBe(400)
})

it('checks what a policy before it has made of the body', async () => {
  const writing = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({
      async request(exchange) {
        await exchange.body()
        exchange.upstreamRequest.body = '{"size":"huge"}'
      },
    }),
  })
  const steps = [policy('write', writing, {}), policy('valid', requestValidation, modes, rules)]
  const { fetch } = harness({ policies: steps, handle: echo })
  expect((await fetch('/a', post('{"size":"small"}'))).status).toBe(400)
})

it('has nothing to say where nothing is described', async () => {
  const step = policy('valid', requestValidation, modes)
  const { fetch } = harness({ policies: [step], handle: echo })
  expect((await fetch('/a?x=%', post('{'))).status).toBe(200)
})
