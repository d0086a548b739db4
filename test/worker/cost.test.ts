import { afterEach, expect, it } from 'vitest'
import { checkOptions } from '../../scripts/compile/options.ts'
import type { StoredKey } from '../../src/core/keys.ts'
import { handler, policy, type Step } from '../../src/core/gateway.ts'
import type { Handle, Handler } from '../../src/core/handler.ts'
import type { Options, OptionSet } from '../../src/core/option.ts'
import type { Hooks, Policy } from '../../src/core/policy.ts'
import mock from '../../src/handlers/mock/mock.ts'
import proxy from '../../src/handlers/proxy/proxy.ts'
import redirect from '../../src/handlers/redirect/redirect.ts'
import respond from '../../src/handlers/respond/respond.ts'
import { generateApiKey, hashKey, storedName } from '../../src/lib/api-key.ts'
import { TYPE_BITS, type Validate } from '../../src/openapi/schema/violation.ts'
import apiKey from '../../src/policies/api-key/api-key.ts'
import bearerToken from '../../src/policies/bearer-token/bearer-token.ts'
import concurrencyLimit from '../../src/policies/concurrency-limit/concurrency-limit.ts'
import jwtAuth from '../../src/policies/jwt-auth/jwt-auth.ts'
import quota from '../../src/policies/quota/quota.ts'
import rateLimit from '../../src/policies/rate-limit/rate-limit.ts'
import requestValidation from '../../src/policies/request-validation/request-validation.ts'
import responseValidation from '../../src/policies/response-validation/response-validation.ts'
import setHeaders from '../../src/policies/set-headers/set-headers.ts'
import { storedSample } from '../../src/stores/keys/fake-world.ts'
import { type Costs, Meter } from './cost.ts'
import performancePage from '../../docs/performance.md?raw'
import { harness } from './harness.ts'
import { AUDIENCE, claims, hmacSigner, ISSUER, NOW_MS, sign } from './jwt.ts'

/**
 * What one request costs on each kind of route, counted in the objects of the runtime and in what leaves the
 * isolate. A number that grows fails here, and has to be wanted. `docs/performance.md` has the same table.
 */
interface Kind {
  readonly name: string
  /** Made for each run: a step is started once. */
  readonly policies?: () => readonly Step<Hooks>[]
  readonly handle?: () => Step<Handle>
  readonly request?: RequestInit
  /** Requests before the one that is counted; the first starts everything. By default one like it. */
  readonly before?: readonly RequestInit[]
  /** 200 by default. */
  readonly status?: number
  readonly costs: Costs
}

const token = '0123456789abcdef0123456789abcdef'
const bearer = {
  headers: { accept: '*/*', authorization: `Bearer ${token}`, 'user-agent': 'test' },
}
const upstreamBody = '{"size":"small"}'
const post = { method: 'POST', body: upstreamBody, headers: { 'content-type': 'application/json' } }
const hs256 = await hmacSigner('HS256', token)
const [jwt, otherJwt] = await Promise.all(
  ['ada', 'grace'].map(async (sub) => ({
    headers: { authorization: `Bearer ${await sign(hs256, { ...claims, sub, exp: NOW_MS })}` },
  })),
)
const keys = [1, 2].map(
  (byte) => generateApiKey('cardea', 'live', (count) => new Uint8Array(count).fill(byte)).text,
)
const [withKey, withOtherKey] = keys.map((text) => ({
  headers: { authorization: `Bearer ${text}` },
}))

const plain: Costs = { Headers: 1, setTimeout: 1, fetch: 1 }
/** What an upload adds to it: it is sent on through a stream that is watched. */
const uploaded: Costs = { AbortController: 1, IdentityTransformStream: 1 }
/** What asking the counter adds, with its deadline, and the fields on the answer. */
const counted: Costs = { Response: 1, setTimeout: 2, 'Durable Object call': 1 }
const set = (options: object) => use('a', setHeaders, options)
const requestHeaders = () => set({ request: { 'x-a': '1' } })
const responseHeaders = () => set({ response: { 'x-a': '1' } })
const key = () => use('key', apiKey, {})
const tokens = () => {
  const rules = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['HS256'] }
  return use('tokens', jwtAuth, { ...rules, secret: '$env.TOKEN' })
}
const limited = (more: object) =>
  use('limit', rateLimit, { limit: 1000, window: '1m', by: 'all', ...more })
const many = Array.from({ length: 40 }, () => withKey!)

const toUpstream = () => serve(proxy, { url: 'http://up.test' })

const small: Validate = (value) =>
  (value as { size?: unknown }).size === 'small'
    ? null
    : [{ pointer: '/size', keyword: 'const', detail: 'must be "small"' }]
const contents = [
  { range: 'application/json', shape: { types: TYPE_BITS.object }, validate: small },
]
const requestRules = {
  ...{ operation: 'a', path: [], query: [], header: [], cookie: [], known: [] },
  body: { required: true, contents },
}
const responseRules = { operation: 'a', responses: [{ status: '200', headers: [], contents }] }

const kinds: readonly Kind[] = [
  { name: 'plain proxy', costs: plain },
  { name: 'a POST', request: post, costs: { ...plain, ...uploaded } },
  {
    name: '`set-headers` on the request, three of them',
    policies: () => [requestHeaders(), requestHeaders(), requestHeaders()],
    costs: plain,
  },
  {
    name: '`set-headers` on the response, three of them',
    policies: () => [responseHeaders(), responseHeaders(), responseHeaders()],
    costs: { ...plain, Response: 1 },
  },
  {
    name: '`bearer-token`',
    policies: () => [use('token', bearerToken, { tokens: { a: '$env.TOKEN' } })],
    request: bearer,
    costs: { ...plain, WebCrypto: 1 },
  },
  { name: '`api-key`, key seen before', policies: () => [key()], request: withKey!, costs: plain },
  {
    name: '`api-key`, key not seen before',
    policies: () => [key()],
    request: withKey!,
    before: [withOtherKey!],
    costs: { ...plain, setTimeout: 2, WebCrypto: 1, 'KV read': 1 },
  },
  {
    name: '`jwt-auth`, token seen before',
    policies: () => [tokens()],
    request: jwt!,
    costs: plain,
  },
  {
    name: '`jwt-auth`, token not seen before',
    policies: () => [tokens()],
    request: jwt!,
    before: [otherJwt!],
    costs: { ...plain, WebCrypto: 1 },
  },
  {
    name: '`api-key`, `rate-limit` with a lease',
    policies: () => [key(), limited({ mode: 'lease' })],
    request: withKey!,
    before: many,
    costs: { ...plain, Response: 1 },
  },
  {
    name: '`api-key`, `rate-limit`, strict',
    policies: () => [key(), limited({ mode: 'strict' })],
    request: withKey!,
    costs: { ...plain, ...counted },
  },
  {
    name: '`rate-limit`, refused, as remembered',
    policies: () => [limited({ mode: 'strict', limit: 1 })],
    before: [{}, {}],
    status: 429,
    costs: { Response: 1 },
  },
  {
    name: '`quota`, strict',
    policies: () => [use('q', quota, { limit: 1000, period: 'day', by: 'all', mode: 'strict' })],
    costs: { ...plain, ...counted },
  },
  {
    name: '`concurrency-limit`',
    policies: () => [use('flights', concurrencyLimit, { limit: 10, by: 'all' })],
    costs: {
      ...plain,
      Response: 1,
      IdentityTransformStream: 1,
      setTimeout: 2,
      'Durable Object call': 2,
    },
  },
  {
    name: '`request-validation` of a POST',
    policies: () => [use('valid', requestValidation, {}, requestRules)],
    request: post,
    costs: { ...plain, Response: 1 },
  },
  {
    name: '`response-validation`',
    policies: () => [use('contract', responseValidation, {}, responseRules)],
    costs: { ...plain, Response: 2 },
  },
  {
    name: '`mock`',
    handle: () => serve(mock, {}, [{ status: '200', headers: [], contents: [] }]),
    costs: { Headers: 1, Response: 1 },
  },
  {
    name: '`redirect`',
    handle: () => serve(redirect, { to: '/new' }),
    status: 307,
    costs: { Headers: 1, Response: 1 },
  },
  { name: '`respond`', handle: () => serve(respond, { body: 'ok' }), costs: { Response: 1 } },
]

let meter: Meter | undefined
afterEach(() => {
  meter?.remove()
  meter = undefined
})

it.each(kinds)('one request costs no more: $name', async (kind) => {
  expect(await costOf(kind)).toEqual(kind.costs)
})

it('docs/performance.md has these numbers', () => {
  const [, table] =
    /<!-- costs:start -->\n\n(.*?)\n\n<!-- costs:end -->/s.exec(performancePage) ?? []
  expect(table).toBe(tableOf(kinds))
})

/** Starts everything, then counts one request, from its arrival until nothing of it is left to do. */
async function costOf(kind: Kind): Promise<Costs> {
  const { policies, handle = toUpstream, status = 200 } = kind
  const end = handle()
  meter = new Meter()
  const note = (name: keyof Costs) => meter!.note(name)
  const stored = new Map<string, StoredKey>()
  for (const text of keys) stored.set(storedName(await hashKey(text)), storedSample('a'))
  const { gateway } = harness({
    policies: policies?.() ?? [],
    env: { TOKEN: token },
    runtime: {
      ...meter.stores(NOW_MS, stored),
      fetch: async (_, { body } = {}) => {
        note('fetch')
        if (body instanceof ReadableStream) await drained(body)
        return answers.shift()!
      },
    },
    handle: (exchange) => end.start(exchange.gateway.runtime)(exchange),
  })
  const { request = {}, before = [request] } = kind
  const arriving = [...before, request].map(
    (init) => new Request('http://gateway.test/orders/4711?expand=lines', init),
  )
  // made here, because what the upstream constructs is not the gateway's
  const answers = arriving.map(
    () => new Response(upstreamBody, { headers: { 'content-type': 'application/json' } }),
  )
  const send = async (one: Request): Promise<number> => {
    const left: Promise<unknown>[] = []
    // the test's own context waits with timers, which would be counted
    const context = {
      waitUntil: (work: Promise<unknown>) => void left.push(work),
    } as ExecutionContext
    const response = await gateway.fetch(one, context)
    await response.arrayBuffer()
    while (left.length > 0) await left.shift()
    return response.status
  }
  const last = arriving.pop()!
  for (const one of arriving) await send(one)
  meter.read()
  expect(await send(last)).toBe(status)
  return meter.read()
}

async function drained(body: ReadableStream): Promise<void> {
  const reader = body.getReader()
  while (!(await reader.read()).done);
}

/** A policy with options as a user writes them. */
function use<S extends OptionSet>(
  name: string,
  one: Policy<S>,
  given: object,
  derived?: unknown,
): Step<Hooks> {
  return policy(name, one, optionsOf(one, given), derived)
}

function serve<S extends OptionSet>(
  one: Handler<S>,
  given: object,
  derived?: unknown,
): Step<Handle> {
  return handler('test', one, optionsOf(one, given), derived)
}

function optionsOf<S extends OptionSet>(
  { options: known }: { readonly options: S },
  given: object,
): Options<S> {
  const { options, faults } = checkOptions(known, given as Record<string, unknown>)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return options as Options<S>
}

const columns: readonly (readonly [string, readonly (keyof Costs)[]])[] = [
  ['`URL` parses', ['URL', 'URLSearchParams']],
  ['`Request`', ['Request']],
  ['`Response`', ['Response']],
  ['`Headers`', ['Headers']],
  ['streams', ['TransformStream', 'IdentityTransformStream', 'FixedLengthStream']],
  ['timers', ['setTimeout', 'AbortController']],
  ['upstream', ['fetch']],
  ['WebCrypto', ['WebCrypto']],
  ['KV reads', ['KV read']],
  ['Durable Object calls', ['Durable Object call']],
]

function tableOf(all: readonly Kind[]): string {
  const rows = all.map(({ name, costs }) => [
    name,
    ...columns.map(([, names]) => String(names.reduce((sum, one) => sum + (costs[one] ?? 0), 0))),
  ])
  const head = ['a warm request', ...columns.map(([title]) => title)]
  const rule = ['---', ...columns.map(() => '---:')]
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
