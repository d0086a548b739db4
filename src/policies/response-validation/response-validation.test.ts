import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import { problem } from '../../core/problem.ts'
import type { Handle } from '../../core/handler.ts'
import { TYPE_BITS, type Validate } from '../../openapi/schema/violation.ts'
import responseValidation, { type ResponseRules } from './response-validation.ts'

/** As compile would generate them of `{ "const": "cat" }` and `{ "type": "integer" }`. */
const cat: Validate = (value) =>
  value === 'cat' ? null : [{ pointer: '', keyword: 'const', detail: 'must be "cat"' }]
const integer: Validate = (value) =>
  Number.isInteger(value) ? null : [{ pointer: '', keyword: 'type', detail: 'must be an integer' }]

const rules: ResponseRules = {
  operation: 'getCat',
  responses: [
    {
      status: '200',
      headers: [
        {
          in: 'header',
          name: 'X-Left',
          required: true,
          style: 'simple',
          explode: false,
          shape: { types: TYPE_BITS.integer },
          validate: integer,
        },
      ],
      contents: [{ range: 'application/json', shape: { types: 0 }, validate: cat }],
    },
    { status: '204', headers: [] },
    { status: '4XX', headers: [] },
  ],
}

const defaults = {
  status: 'report',
  headers: 'report',
  body: 'report',
  writeOnly: 'reject',
  bodyBytesMax: 64,
} as const

function checked(handle: Handle, options: object = {}) {
  const all = { ...defaults, ...options } as typeof defaults
  return harness({ policies: [policy('contract', responseValidation, all, rules)], handle })
}

const json = (body: BodyInit, more: Record<string, string> = {}, status = 200): Handle => {
  const headers = { 'content-type': 'application/json', 'x-left': '1', ...more }
  return () => new Response(body, { status, headers })
}

it('says nothing of an answer that is as described', async () => {
  const { fetch, logs } = checked(json('"cat"'))
  expect(await (await fetch('/cat')).text()).toBe('"cat"')
  expect(logs).toEqual([])
})

it('says nothing of a 304 that was asked for: it is about an answer from before', async () => {
  const unchanged: Handle = () => new Response(null, { status: 304, headers: { etag: '"1"' } })
  const { fetch, logs } = checked(unchanged, { status: 'reject' })
  const headers = { 'if-none-match': '"1"' }
  expect((await fetch('/cat', { headers })).status).toBe(304)
  expect(logs).toEqual([])
  expect((await fetch('/cat')).status).toBe(502)
})

it('does not take a part for the whole', async () => {
  const part = json('"c', { 'content-range': 'bytes 0-1/5' }, 206)
  const responses = [{ ...rules.responses[0]!, status: '2XX' }]
  const options = { ...defaults, body: 'reject' } as const
  const { fetch } = harness({
    policies: [policy('contract', responseValidation, options, { ...rules, responses })],
    handle: part,
  })
  expect((await fetch('/cat', { headers: { range: 'bytes=0-1' } })).status).toBe(206)
})

it.each([
  ['a value', json('"dog"'), { in: 'body', pointer: '', keyword: 'const' }],
  ['what is not JSON', json('cat'), { in: 'body', keyword: 'json' }],
  ['a field', json('"cat"', { 'x-left': 'x' }), { in: 'header', name: 'X-Left', keyword: 'type' }],
  [
    'a media type',
    json('cat', { 'content-type': 'text/plain' }),
    { in: 'body', keyword: 'contentType' },
  ],
  ['a status', json('"cat"', {}, 201), { in: 'status', keyword: 'unknown' }],
  ['a body', json('"cat"', {}, 404), { in: 'body', keyword: 'unknown' }],
])('reports %s that is not described, and lets the answer pass', async (_, handle, error) => {
  const { fetch, logs } = checked(handle)
  const plain = await (handle({} as never) as Response).text()
  expect(await (await fetch('/cat')).text()).toBe(plain)
  expect(logs).toMatchObject([
    { level: 'warn', event: 'response-invalid', operation: 'getCat', errors: [error] },
  ])
})

it.each([
  ['body', json('"my secret"')],
  ['headers', json('"cat"', { 'x-left': 'my secret' })],
  ['status', json('"my secret"', {}, 201)],
])('turns a wrong %s into 502 and leaks nothing of it', async (part, handle) => {
  const { fetch, logs } = checked(handle, { [part]: 'reject' })
  const response = await fetch('/cat')
  expect(response.status).toBe(502)
  expect([...response.headers.keys()]).not.toContain('x-left')
  const found = await problemOf(response)
  expect(found).toEqual({
    type: 'about:blank',
    title: 'The upstream’s answer is not as the API describes it.',
    status: 502,
    code: 'response-invalid',
    policy: 'contract',
  })
  expect(JSON.stringify(logs)).not.toContain('my secret')
})

/** Sent chunk by chunk, so its length is not announced. */
const streamed = (...chunks: readonly string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })

it('reads an answer whose length is not announced', async () => {
  const { fetch } = checked(json(streamed('"d', 'og"')), { body: 'reject' })
  expect((await fetch('/cat')).status).toBe(502)
})

it('answers 502 when the upstream breaks off while its answer is read', async () => {
  const broken = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('"c'))
      controller.error(new Error('broken off'))
    },
  })
  const { fetch } = checked(json(broken))
  expect(await problemOf(await fetch('/cat'))).toMatchObject({ code: 'upstream-unreachable' })
})

it('lets a long answer pass, whole, whether its length is announced or not', async () => {
  const long = JSON.stringify('x'.repeat(100))
  const chunks = long.match(/.{1,10}/g)!
  for (const handle of [json(streamed(...chunks)), json(long, { 'content-length': '102' })]) {
    const { fetch, logs } = checked(handle, { body: 'reject' })
    expect(await (await fetch('/cat')).text()).toBe(long)
    expect(logs).toEqual([])
  }
})

it('never holds back an event stream', async () => {
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
  })
  const derived: ResponseRules = {
    ...rules,
    responses: [
      {
        status: '200',
        headers: [],
        contents: [{ range: 'text/event-stream', shape: { types: 0 }, validate: cat }],
      },
    ],
  }
  const handle = () => new Response(endless, { headers: { 'content-type': 'text/event-stream' } })
  const step = policy(
    'contract',
    responseValidation,
    { ...defaults, body: 'reject' } as never,
    derived,
  )
  const { fetch } = harness({ policies: [step], handle })
  const reader = (await fetch('/cat')).body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n')
  await reader.cancel()
})

it('leaves the gateway’s own problems alone, and answers without a body', async () => {
  const own = checked((exchange) => problem(exchange, 'no-upstream'), { status: 'reject' })
  expect(await problemOf(await own.fetch('/cat'))).toMatchObject({ code: 'no-upstream' })
  expect(own.logs).toEqual([])
  const empty = checked(() => new Response(null, { status: 204 }), { body: 'reject' })
  expect((await empty.fetch('/cat')).status).toBe(204)
  expect(empty.logs).toEqual([])
})
