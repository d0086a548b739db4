import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

/** The rules of “How a request travels”, once more through the compiler, the bundle and workerd. */
let upstream: Upstream
let gateway: Running

/** Notes each hook in a header of the answer, does what its option says, and logs when it is finished. */
const noting = `import { definePolicy, option, slot } from '#gateway'

const notes = slot<string[]>('notes')

export default definePolicy({
  summary: 'Notes what it sees.',
  needs: ['response-end'],
  options: {
    name: option.string('In the notes.'),
    does: option.oneOf(['pass', 'refuse', 'throw', 'throw-late'], 'What it does.', { default: 'pass' }),
  },
  setup: ({ name, does }) => ({
    async request(exchange) {
      exchange.set(notes, [...(exchange.get(notes) ?? []), '>' + name])
      if (does === 'throw') throw new Error('hidden detail')
      if (does === 'refuse') return new Response('refused', { status: 403 })
    },
    response(response, exchange) {
      if (does === 'throw-late') throw new Error('hidden detail')
      response.headers.set('x-notes', [...(exchange.get(notes) ?? []), '<' + name].join(' '))
      exchange.set(notes, [...(exchange.get(notes) ?? []), '<' + name])
    },
    finish: (_, exchange) => exchange.log.info('finished', { name, ...exchange.delivery }),
  }),
})
`
const read = `import { definePolicy } from '#gateway'

export default definePolicy({
  summary: 'Reads the body.',
  needs: ['body'],
  options: {},
  setup: () => ({
    async request(exchange) {
      const bytes = await exchange.body()
      exchange.upstreamRequest.headers.set('x-length', String(bytes.byteLength))
    },
  }),
})
`
const step = (name: string, does = 'pass') => ({ policy: 'noting', options: { name, does } })

beforeAll(async () => {
  upstream = await startUpstream()
  const corsFor = { policy: 'cors', options: { allowOrigin: ['https://app.example'] } }
  gateway = await startGateway(
    {
      'policies/noting.ts': noting,
      'policies/read.ts': read,
      'gateway.json': { requestBodyBytesMax: '10 B', policies: [step('global')] },
      'routes.oas.json': document({
        'GET /pass': { 'x-policies': [step('a'), step('b')] },
        'GET /refuse': { 'x-policies': [step('a'), step('b', 'refuse'), step('c')] },
        'GET /throw': { 'x-policies': [step('a'), step('b', 'throw'), step('c')] },
        'GET /throw-late': { 'x-policies': [step('a'), step('b', 'throw-late')] },
        'POST /read': { 'x-policies': [{ policy: 'read' }, { policy: 'read' }] },
        'GET /cors': { 'x-policies': [corsFor, step('b', 'refuse')] },
        'GET /weak': {
          'x-policies': [{ policy: 'bearer-token', options: { tokens: { a: '$env.WEAK' } } }],
        },
      }),
    },
    { upstream: upstream.url, variables: { WEAK: 'short' } },
  )
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

const call = async (path: string, init?: RequestInit) => {
  upstream.seen.length = 0
  const response = await fetch(gateway.url + path, init)
  return { response, text: await response.text(), notes: response.headers.get('x-notes') }
}

it('runs policies in the order of the files and back again, those of gateway.json outermost', async () => {
  const { notes } = await call('/pass')
  expect(notes).toBe('>global >a >b <b <a <global')
})

it('sends a refusal back through the policies already passed, and reaches nobody behind', async () => {
  const { response, notes } = await call('/refuse')
  expect([response.status, notes]).toEqual([403, '>global >a >b <a <global'])
  expect(upstream.seen).toEqual([])
})

it('answers 500 without detail when a hook throws, and logs it with the request id', async () => {
  const { response, text, notes } = await call('/throw')
  const { requestId, code } = JSON.parse(text) as { requestId: string; code: string }
  expect([response.status, code, notes]).toEqual([
    500,
    'internal-error',
    '>global >a >b <a <global',
  ])
  expect(text).not.toContain('hidden detail')
  expect(upstream.seen).toEqual([])
  await gateway.printed(new RegExp(`"event":"failed","request":"${requestId}".*hidden detail`))
})

it('does not leak a response whose check throws', async () => {
  const { response, text } = await call('/throw-late')
  expect(upstream.seen).toHaveLength(1)
  expect(response.status).toBe(500)
  expect(text).not.toContain('"target"')
})

it('runs the policies of gateway.json before 404 and 405, too', async () => {
  const { response, notes } = await call('/nothing')
  expect([response.status, notes]).toEqual([404, '>global <global'])
  expect((await call('/pass', { method: 'PUT' })).notes).toBe('>global <global')
})

it('reads a body once for all who need it, sends the same bytes on, and refuses one byte too many', async () => {
  const { response } = await call('/read', { method: 'POST', body: '0123456789' })
  expect(response.status).toBe(200)
  expect(upstream.seen[0]).toMatchObject({ body: '0123456789', headers: { 'x-length': '10' } })
  expect((await call('/read', { method: 'POST', body: '0123456789a' })).response.status).toBe(413)
  expect(upstream.seen).toEqual([])
})

it('answers a preflight by cors alone, and puts its fields on a refusal behind it', async () => {
  const origin = 'https://app.example'
  const asked = { origin, 'access-control-request-method': 'GET' }
  const { response, notes } = await call('/cors', { method: 'OPTIONS', headers: asked })
  expect([response.status, response.headers.get('access-control-allow-origin'), notes]).toEqual([
    204,
    origin,
    null,
  ])
  const refused = await call('/cors', { headers: { origin } })
  expect(refused.response.status).toBe(403)
  expect(refused.response.headers.get('access-control-allow-origin')).toBe(origin)
})

it('answers 503 in the place of a policy whose secret is unusable', async () => {
  const { response, text, notes } = await call('/weak')
  expect([response.status, notes]).toEqual([503, '>global <global'])
  expect(text).not.toContain('short')
  expect(upstream.seen).toEqual([])
})

it('finishes every policy that was called, when the body has ended, with its bytes', async () => {
  const { text } = await call('/pass?finish')
  const bytes = Buffer.byteLength(text)
  for (const name of ['global', 'a', 'b']) {
    await gateway.printed(
      new RegExp(`"finished".*"name":"${name}","outcome":"complete","bytes":${bytes}[,}]`),
    )
  }
})
