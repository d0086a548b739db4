import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { type Options, Refusal } from '#gateway'
import { policy } from '../../core/gateway.ts'
import type { Handle } from '../../core/handler.ts'
import cors from './cors.ts'

const defaults: Options<typeof cors.options> = {
  allowOrigin: ['https://app.example.com'],
  allowCredentials: false,
  allowMethods: 'any',
  allowHeaders: 'any',
  exposeHeaders: [],
  maxAge: 600_000,
}

function gateway(
  options: Partial<typeof defaults>,
  more: Partial<Parameters<typeof harness>[0]> = {},
) {
  const step = policy('browser', cors, { ...defaults, ...options })
  return harness({ policies: [step], preflight: [step], method: 'PUT', path: '/a', ...more })
}

const from = (origin: string) => ({ method: 'PUT', headers: { origin } })

const preflight = (origin: string, headers: Record<string, string> = {}) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PUT', ...headers },
})

const fieldsOf = ({ headers }: Response) => Object.fromEntries(headers)

it('names the origin on an answer, and says that it depends on it', async () => {
  const { fetch } = gateway({})
  const response = await fetch('/a', from('https://app.example.com'))
  expect(fieldsOf(response)).toMatchObject({
    'access-control-allow-origin': 'https://app.example.com',
    vary: 'Origin',
  })
  expect(response.headers.has('access-control-allow-credentials')).toBe(false)
})

it.each(['https://evil.test', 'null', 'https://app.example.com.evil.test'])(
  'says nothing to the origin %s, but still that the answer depends on it',
  async (origin) => {
    const response = await gateway({}).fetch('/a', from(origin))
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    expect(response.headers.get('vary')).toBe('Origin')
  },
)

it('says that the answer depends on the origin also to a request without one, for caches', async () => {
  const response = await gateway({}).fetch('/a', { method: 'PUT' })
  expect(response.headers.get('vary')).toBe('Origin')
  expect(response.headers.has('access-control-allow-origin')).toBe(false)
})

it('answers * the same for everybody, so nothing depends on the origin', async () => {
  const { fetch } = gateway({ allowOrigin: ['*'] })
  for (const init of [from('https://any.test'), { method: 'PUT' }]) {
    const response = await fetch('/a', init)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.has('vary')).toBe(false)
  }
})

it('adds Origin to what the upstream already varies by, once', async () => {
  const vary = async (value: string) => {
    const handle = () => new Response('ok', { headers: { vary: value } })
    return (await gateway({}, { handle }).fetch('/a', { method: 'PUT' })).headers.get('vary')
  }
  expect(await vary('Accept')).toBe('Accept, Origin')
  expect(await vary('accept, origin')).toBe('accept, origin')
  expect(await vary('*')).toBe('*')
})

it('takes away what an upstream says of origins, so that it cannot open what is closed here', async () => {
  const handle = () =>
    new Response('ok', {
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': '*',
      },
    })
  const response = await gateway({}, { handle }).fetch('/a', from('https://evil.test'))
  expect([...response.headers.keys()].filter((name) => name.startsWith('access-'))).toEqual([])
})

it('stands on refusals made behind it, so that a script can read why', async () => {
  const refusing: Handle = () => {
    throw new Refusal(new Response(null, { status: 401 }))
  }
  const { fetch } = gateway({ exposeHeaders: ['x-request-id'] }, { handle: refusing })
  const response = await fetch('/a', from('https://app.example.com'))
  expect(response.status).toBe(401)
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
  expect(response.headers.get('access-control-expose-headers')).toBe('x-request-id')
})

it('answers a preflight with the methods of the path and the fields that were asked for', async () => {
  const asked = { 'access-control-request-headers': 'authorization, x-tenant' }
  const response = await gateway({}).fetch('/a', preflight('https://app.example.com', asked))
  expect(response.status).toBe(204)
  expect(fieldsOf(response)).toEqual({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-methods': 'OPTIONS, PUT',
    'access-control-allow-headers': 'authorization, x-tenant',
    'access-control-max-age': '600',
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  })
})

it('answers a preflight with the configured methods and fields, whatever was asked for', async () => {
  const options = { allowMethods: ['PUT', 'PATCH'], allowHeaders: ['x-tenant'], maxAge: 90_500 }
  const asked = { 'access-control-request-headers': 'authorization' }
  const response = await gateway(options).fetch('/a', preflight('https://app.example.com', asked))
  expect(fieldsOf(response)).toEqual({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-methods': 'PUT, PATCH',
    'access-control-allow-headers': 'x-tenant',
    'access-control-max-age': '90',
    vary: 'Origin',
  })
})

it('tells a preflight of another origin nothing', async () => {
  const response = await gateway({}).fetch('/a', preflight('https://evil.test'))
  expect(response.status).toBe(204)
  expect([...response.headers.keys()]).toEqual(['vary'])
})

it('leaves out of an answer what is not a field name', async () => {
  const asked = { 'access-control-request-headers': 'x-good, x bad, , <x>' }
  const response = await gateway({}).fetch('/a', preflight('https://app.example.com', asked))
  expect(response.headers.get('access-control-allow-headers')).toBe('x-good')
})

it('runs alone on a preflight: what stands before it cannot refuse one, and nothing is reached', async () => {
  const step = policy('browser', cors, defaults)
  const closed = {
    name: 'closed',
    observesEnd: false,
    start: () => ({ request: () => new Response(null, { status: 401 }) }),
  }
  const reached: string[] = []
  const { fetch } = harness({
    policies: [closed, step],
    preflight: [step],
    handle: ({ request }) => {
      reached.push(request.method)
      return new Response('ok')
    },
  })
  // the route takes any method, so OPTIONS would match it, too
  const response = await fetch('/a', preflight('https://app.example.com'))
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-methods')).toBe('PUT')
  expect(reached).toEqual([])
})

it('lets OPTIONS through that is not a preflight', async () => {
  const { fetch } = gateway({}, { method: '*' })
  const response = await fetch('/a', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.com' },
  })
  expect(await response.text()).toBe('ok')
})

it('lets scripts send credentials when told so, to exact origins only', async () => {
  const { fetch } = gateway({ allowCredentials: true })
  const good = await fetch('/a', from('https://app.example.com'))
  expect(good.headers.get('access-control-allow-credentials')).toBe('true')
  const bad = await fetch('/a', from('https://evil.test'))
  expect(bad.headers.has('access-control-allow-credentials')).toBe(false)
})

it.each([
  [['*']],
  [['https://*.example.com']],
  [['null']],
  [['https://a.test', 'http://localhost:*']],
])('refuses to start with credentials for %j', async (allowOrigin) => {
  const { fetch, logs } = gateway({ allowOrigin, allowCredentials: true })
  const response = await fetch('/a', from('https://a.test'))
  expect(response.status).toBe(503)
  expect(await problemOf(response)).toMatchObject({ code: 'not-ready' })
  expect(logs[0]).toMatchObject({ error: expect.stringContaining('list each origin') })
})

it('reads origins from a variable, and refuses to start when it holds something else', async () => {
  const options = { allowOrigin: ['$env.ORIGINS'] }
  const good = gateway(options, { env: { ORIGINS: 'https://a.test,https://b.test' } })
  const response = await good.fetch('/a', from('https://b.test'))
  expect(response.headers.get('access-control-allow-origin')).toBe('https://b.test')
  const bad = gateway(options, { env: { ORIGINS: 'b.test' } })
  expect((await bad.fetch('/a', from('https://b.test'))).status).toBe(503)
})

it('refuses a list in which * makes the others meaningless, and a method in lower case', () => {
  const check = (options: Partial<typeof defaults>) => () =>
    cors.check!({ ...defaults, ...options })
  expect(check({ allowOrigin: ['*', 'https://a.test'] })).toThrow('write it alone')
  expect(check({ allowMethods: ['put'] })).toThrow("'put' is not a method in upper case")
})
