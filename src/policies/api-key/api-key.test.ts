import { expect, it } from 'vitest'
import { echo, harness, problemOf, type Setup } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import type { KeyAnswer } from '../../core/keys.ts'
import { generateApiKey, hashKey } from '../../lib/api-key.ts'
import { FakeWorld, storedSample } from '../../stores/keys/fake-world.ts'
import { createKeys } from '../../stores/keys/keys.ts'
import apiKey from './api-key.ts'

it('lets a key pass in each place, tells who it is, and forwards nothing of it', async () => {
  const places = { bearer: true, headers: ['x-api-key'], query: ['api_key'], cookies: ['key'] }
  const { fetch, text } = await gateway(places)
  const ways: [string, Record<string, string>][] = [
    ['/a?b=1', { authorization: `Bearer ${text}` }],
    ['/a?b=1', { authorization: `bearer  ${text}` }],
    ['/a?b=1', { 'x-api-key': text }],
    [`/a?api_key=${text}&b=1`, {}],
    ['/a?b=1', { cookie: `c=1; key=${text}` }],
  ]
  for (const [url, headers] of ways) {
    const response = await fetch(url, { headers })
    expect(response.status, url).toBe(200)
    const seen = await response.text()
    expect(seen).not.toContain(text)
    expect(seen).toContain('"query":"?b=1"')
  }
})

it('sets the principal from key and consumer', async () => {
  const stored = storedSample('a', { scopes: ['read'] }, { groups: ['g'], metadata: { plan: 'x' } })
  const { fetch, bearer } = await gateway(
    {},
    { stored, handle: ({ principal }) => Response.json(principal) },
  )
  expect(await (await fetch('/a', bearer)).json()).toEqual({
    method: 'api-key',
    subject: 'key_a',
    key: 'key_a',
    consumer: 'con_a',
    scopes: ['read'],
    groups: ['g'],
    claims: {},
    metadata: { plan: 'x' },
  })
})

it('forwards the key when told to', async () => {
  const { fetch, bearer, text } = await gateway({ forward: true })
  expect(await (await fetch('/a', bearer)).text()).toContain(text)
})

it('refuses a request without a key with a challenge', async () => {
  const { fetch } = await gateway({ realm: 'Shop' })
  const response = await fetch('/a')
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="Shop"')
  expect(await problemOf(response)).toMatchObject({ code: 'key-missing' })
})

it('refuses two different keys, wherever they stand, and takes one that stands twice', async () => {
  const { fetch, text, other } = await gateway({ headers: ['x-api-key'], query: ['key'] })
  const two: [string, Record<string, string>][] = [
    ['/a', { authorization: `Bearer ${text}`, 'x-api-key': other }],
    [`/a?key=${text}&key=${other}`, {}],
    ['/a', { 'x-api-key': `${text}, ${other}` }],
    ['/a', { authorization: `Bearer ${text}, Bearer ${other}` }],
    ['/a', { authorization: `Bearer some.jwt.token, Bearer ${text}` }],
  ]
  for (const [url, headers] of two) {
    expect(await codeOf(fetch(url, { headers })), JSON.stringify(headers)).toBe(
      'credentials-ambiguous',
    )
  }
  const twice = { authorization: `Bearer ${text}`, 'x-api-key': text }
  expect((await fetch(`/a?key=${text}`, { headers: twice })).status).toBe(200)
})

it('malformed keys are refused without asking anybody', async () => {
  const { fetch, text, fake } = await gateway({ headers: ['x-api-key'] })
  for (const wrong of [
    `${text}x`,
    text.slice(0, -1),
    text.replace('_live_', '_test_'),
    'cardea_',
  ]) {
    expect(await codeOf(fetch('/a', { headers: { authorization: `Bearer ${wrong}` } }))).toBe(
      'key-malformed',
    )
  }
  expect(await codeOf(fetch('/a', { headers: { 'x-api-key': 'whatever' } }))).toBe('key-malformed')
  expect(await codeOf(fetch('/a', { headers: { authorization: `Bearer ${text}!` } }))).toBe(
    'key-malformed',
  )
  expect(fake.asked).toEqual({ kv: 0, registry: 0, feed: 0 })
})

it('ten thousand malformed keys cost no KV read', async () => {
  const { fetch, fake } = await gateway({})
  for (let i = 0; i < 10_000; i++) {
    const wrong = `cardea_live_${String(i).padStart(32, '0')}_000000`
    const response = await fetch('/a', { headers: { authorization: `Bearer ${wrong}` } })
    expect(response.status).toBe(401)
  }
  expect(fake.asked).toEqual({ kv: 0, registry: 0, feed: 0 })
})

it('says that a key stands in the wrong place, also where none is needed', async () => {
  for (const optional of [false, true]) {
    const { fetch, text } = await gateway({ bearer: false, headers: ['x-api-key'], optional })
    const wrong: [string, Record<string, string>][] = [
      ['/a', { authorization: `Bearer ${text}` }],
      ['/a', { authorization: text }],
      ['/a', { 'api-key': text }],
      [`/a?key=${text}`, {}],
      ['/a', { cookie: `a=b; key=${text}` }],
    ]
    for (const [url, headers] of wrong) {
      expect(await codeOf(fetch(url, { headers })), url).toBe('key-misplaced')
    }
  }
})

it('unknown, expired, revoked and disabled look alike, and the log has the reason', async () => {
  const cases: [string, object, object][] = [
    ['expired', { expiresMs: 1 }, {}],
    ['revoked', { status: 'revoked' }, {}],
    ['disabled', { status: 'disabled' }, {}],
    ['consumer-disabled', {}, { status: 'disabled' }],
    ['address', { ipRanges: ['10.0.0.0/8'] }, {}],
    ['mode', { mode: 'test' }, {}],
  ]
  const answers = new Set<string>()
  for (const [reason, key, consumer] of cases) {
    const stored = storedSample('a', key, consumer)
    const { fetch, bearer, logs } = await gateway({ mode: 'live' }, { stored })
    const response = await fetch('/a', bearer)
    answers.add(`${response.status} ${JSON.stringify(await problemOf(response))}`)
    expect(logs.at(-1)).toMatchObject({ event: 'key-refused', reason, key: 'key_a' })
  }
  const { fetch, other, logs } = await gateway({})
  const response = await fetch('/a', { headers: { authorization: `Bearer ${other}` } })
  answers.add(`${response.status} ${JSON.stringify(await problemOf(response))}`)
  expect(logs.at(-1)).toMatchObject({ event: 'key-refused', reason: 'unknown' })
  expect(answers.size).toBe(1)
  expect([...answers][0]).toMatch(/^401 .*"code":"key-invalid"/)
})

it('takes a key only from its addresses', async () => {
  const stored = storedSample('a', { ipRanges: ['203.0.113.0/24', '2001:db8::/32'] })
  const { send } = await gateway({}, { stored })
  expect(await send('203.0.113.77')).toBe(200)
  expect(await send('2001:db8::1')).toBe(200)
  expect(await send('203.0.114.1')).toBe(401)
  expect(await send('')).toBe(401)
})

it('asks for all scopes and groups', async () => {
  const stored = storedSample('a', { scopes: ['read', 'write'] }, { groups: ['staff'] })
  const status = async (options: object) => {
    const { fetch, bearer } = await gateway(options, { stored })
    return (await fetch('/a', bearer)).status
  }
  expect(await status({ scopes: ['read', 'write'], groups: ['staff'] })).toBe(200)
  expect(await status({ scopes: ['read', 'admin'] })).toBe(403)
  expect(await status({ groups: ['staff', 'boss'] })).toBe(403)
  const { fetch, bearer } = await gateway({ scopes: ['admin'] }, { stored })
  const response = await fetch('/a', bearer)
  expect(response.headers.get('www-authenticate')).toBe(
    'Bearer error="insufficient_scope", scope="admin"',
  )
  expect(await problemOf(response)).toMatchObject({ code: 'scope-insufficient' })
})

it('optional: without a key the request passes as nobody, with a wrong one it does not', async () => {
  const handle = ({ principal }: { principal?: unknown }) => Response.json(principal ?? null)
  const { fetch, bearer, other } = await gateway({ optional: true }, { handle })
  expect(await (await fetch('/a')).json()).toBeNull()
  expect(await (await fetch('/a', bearer)).json()).toMatchObject({ key: 'key_a' })
  expect((await fetch('/a', { headers: { authorization: `Bearer ${other}` } })).status).toBe(401)
})

it('a bearer token without our prefix is no key and stays for the next policy', async () => {
  const { fetch } = await gateway({ optional: true })
  const jwt = { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln' }
  expect(await (await fetch('/a', { headers: jwt })).text()).toContain(jwt.authorization)
  const { fetch: strict } = await gateway({})
  expect(await codeOf(strict('/a', { headers: jwt }))).toBe('key-missing')
})

it('takes keys of another system only when told to', async () => {
  const foreign = 'sk-0123456789abcdef/+'
  const options = { bearer: false, headers: ['x-api-key'] }
  for (const foreignKeys of [false, true]) {
    const { fetch, add } = await gateway({ ...options, foreignKeys })
    await add(foreign)
    const response = await fetch('/a', { headers: { 'x-api-key': foreign } })
    expect(response.status).toBe(foreignKeys ? 200 : 401)
  }
})

it('tells when to come again while too many keys are looked up, and never says 401 in an outage', async () => {
  const answering = (answer: KeyAnswer) => ({ keys: { find: () => answer } as never })
  const busy = await gateway({}, { runtime: answering({ state: 'busy', retryAfterMs: 1200 }) })
  const response = await busy.fetch('/a', busy.bearer)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await problemOf(response)).toMatchObject({ code: 'key-busy' })
  const down = await gateway({}, { runtime: answering({ state: 'unavailable' }) })
  expect(await codeOf(down.fetch('/a', down.bearer))).toBe('key-unavailable')
})

it('refuses everything when the bindings for keys are missing', async () => {
  const step = policy('key', apiKey, { ...none })
  const { fetch } = harness({ policies: [step], handle: echo })
  expect((await fetch('/a')).status).toBe(503)
})

it('a warm key adds no promise', async () => {
  const { fetch, bearer, hooks } = await gateway({})
  await fetch('/a', bearer)
  let outcome: unknown = 'not called'
  await hooks((exchange, request) => (outcome = request(exchange)), bearer)
  expect(outcome).toBeUndefined()
})

it('keys stand in no log line and no answer', async () => {
  const { fetch, text, other, logs, bearer } = await gateway({ query: ['key'] })
  const bodies: string[] = []
  for (const [url, init] of [
    ['/a', bearer],
    [`/a?key=${other}`, {}],
    [`/a?key=${text}x`, {}],
    [`/a?misplaced=${text}`, {}],
  ] as const) {
    bodies.push(await (await fetch(url, init)).text())
  }
  for (const key of [text, other]) {
    expect(JSON.stringify(logs)).not.toContain(key)
    expect(JSON.stringify(logs)).not.toContain(await hashKey(key))
  }
  expect(bodies.slice(1).join()).not.toContain(text.slice(12, 44))
})

const none = {
  bearer: true,
  headers: [],
  query: [],
  cookies: [],
  scopes: [],
  groups: [],
  mode: undefined,
  optional: false,
  foreignKeys: false,
  forward: false,
  realm: undefined,
}

type More = Pick<Setup, 'handle' | 'runtime'> & { stored?: ReturnType<typeof storedSample> }

/** A gateway that knows one key, and a second key that nobody knows. */
async function gateway(
  options: object,
  { stored = storedSample('a'), handle = echo, runtime }: More = {},
) {
  const fake = new FakeWorld()
  fake.delayMs = 0
  Object.assign(fake.world, {
    sleep: () => new Promise(() => {}),
    within: (_: number, work: Promise<unknown>) => work,
  })
  Object.assign(fake.time, { sleep: () => Promise.resolve() })
  const keys = createKeys(fake.world, 'cardea')
  const make = () => generateApiKey('cardea', 'live', fake.world.randomBytes).text as string
  const add = async (key: string) => {
    fake.kv.set(await hashKey(key), stored)
    fake.truth.set(await hashKey(key), stored)
  }
  const [text, other] = [make(), make()]
  await add(text)
  const bearer = { headers: { authorization: `Bearer ${text}` } }
  const step = policy('key', apiKey, { ...none, ...options })
  const made = harness({ policies: [step], handle, runtime: runtime ?? { keys } })
  const send = async (ip: string) => {
    const request = new Request('http://gateway.test/a', bearer)
    Object.defineProperty(request, 'cf', {
      value: { clientIp: ip.includes(':') ? `[${ip}]:1` : `${ip}:1` },
    })
    const context = { waitUntil() {}, passThroughOnException() {} } as unknown as ExecutionContext
    return (await made.gateway.fetch(request, context)).status
  }
  /** Calls the policy's own hook with an exchange of its own. */
  const hooks = async (
    use: (exchange: never, request: (exchange: never) => unknown) => void,
    init: RequestInit,
  ) => {
    const started = step.start({ ...made.gateway.runtime })
    const exchange = {
      request: new Request('http://gateway.test/a', init),
      settings: made.gateway.settings,
      search: new URLSearchParams(),
      upstreamRequest: { headers: new Headers(), query: '' },
      client: { ip: '203.0.113.9' },
      waitUntil() {},
    }
    use(exchange as never, started.request as never)
  }
  return { ...made, fake, text, other, bearer, add, send, hooks }
}

async function codeOf(response: Promise<Response>): Promise<unknown> {
  return (await problemOf(await response))['code']
}
