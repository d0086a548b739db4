import { expect, it } from 'vitest'
import { noSchemas } from '../../../test/worker/document-node.ts'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { handler, policy } from '../../core/gateway.ts'
import { definePolicy } from '../../core/policy.ts'
import derive from './redirect.compile.ts'
import redirect from './redirect.ts'

type Some = Partial<Parameters<typeof redirect.setup>[0]> & { readonly to: string }

function redirecting(options: Some, path = '/{rest+}', more: Parameters<typeof harness>[0] = {}) {
  const all = { status: 307, query: 'all', ...options } as const
  const step = handler('redirect', redirect, all)
  const { fetch, gateway } = harness({
    path,
    handle: (exchange) => step.start(gateway.runtime)(exchange),
    ...more,
  })
  return (url: string) => fetch(url, { redirect: 'manual' })
}

const location = async (options: Some, url: string, path?: string) =>
  (await redirecting(options, path)(url)).headers.get('location')

it.each([301, 302, 303, 307, 308] as const)('answers %i without content', async (status) => {
  const response = await redirecting({ to: '/new', status })('/old')
  expect([response.status, response.body]).toEqual([status, null])
  expect(response.headers.get('location')).toBe('/new')
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

it.each([
  ['/v2/{params.id}', '/v1/a%20b', '/v2/a%20b'],
  ['/v2/{params.id}', '/v1/%3Fa=%23', '/v2/%3Fa%3D%23'],
  ['https://shop.example/{params.id}', '/v1/7', 'https://shop.example/7'],
  ['https://shop.example', '/v1/7', 'https://shop.example/'],
  ['HTTPS://Shop.Example:443?id={params.id}', '/v1/7', 'https://shop.example/?id=7'],
  ['/é/{{x}}', '/v1/7', '/%C3%A9/%7Bx%7D'],
])('fills %s for %s', async (to, url, wanted) => {
  expect(await location({ to }, url, '/v1/{id}')).toBe(wanted)
})

it('keeps the rest of a path as a path', async () => {
  expect(await location({ to: '/new/{params.rest}' }, '/old/a/b.html', '/old/{rest+}')).toBe(
    '/new/a/b.html',
  )
})

it.each([
  ['/new', 'all', '/new?a=1&a=%20'],
  ['/new?b=2', 'all', '/new?b=2&a=1&a=%20'],
  ['/new?b={params.rest}#top', 'all', '/new?b=old&a=1&a=%20#top'],
  ['/new?b=2#top', 'none', '/new?b=2#top'],
] as const)('puts the query behind %s (%s)', async (to, query, wanted) => {
  expect(await location({ to, query }, '/old?a=1&a=%20')).toBe(wanted)
})

it('does not carry on what a policy has taken out of the query', async () => {
  const secretive = definePolicy({
    summary: 'takes the query away',
    options: {},
    setup: () => ({
      request: ({ upstreamRequest }) => {
        upstreamRequest.query = ''
      },
    }),
  })
  const policies = [policy('secretive', secretive, {})]
  const go = redirecting({ to: 'https://other.example/' }, '/{rest+}', { policies })
  expect((await go('/old?key=secret')).headers.get('location')).toBe('https://other.example/')
})

it.each([
  ['/{query.a}/evil.example', '/x', 'two slashes from an empty value'],
  ['/a/{query.a}/b', '/x?a=..', 'a dot segment'],
  ['/a/{query.a}/b', '/x?a=%2E%2E', 'an encoded dot segment'],
  ['/a/{query.a}', '/x?a=%5Cevil.example', 'a backslash'],
  ['https://shop.example/a/{query.a}', '/x?a=..', 'a dot segment on another host'],
])('refuses to fill %s for %s: %s', async (to, url) => {
  const response = await redirecting({ to })(url)
  expect(response.headers.get('location')).toBeNull()
  expect(await problemOf(response)).toMatchObject({ status: 400, code: 'path-ambiguous' })
})

it.each([
  ['https://shop.example/{query.u}', 'https://shop.example/%40evil.example%2F'],
  ['/{query.u}', '/%40evil.example%2F'],
  ['https://shop.example?u={query.u}', 'https://shop.example/?u=%40evil.example%2F'],
])('lets no value of %s become a host', async (to, wanted) => {
  expect(await location({ to, query: 'none' }, '/x?u=@evil.example/')).toBe(wanted)
})

it.each([
  '{query.u}',
  'https://{query.u}/',
  'https://shop.example{query.u}',
  'https://shop.example:{query.port}/',
  'https://user@shop.example/',
  'https://shop.example\\@evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  'javascript:alert(1)',
  'shop',
  'https://a b/',
  '/a/../b',
  '/a\\b',
])('refuses to compile or start with %s', async (to) => {
  expect(() => derive({} as never, { to }, noSchemas)).toThrow(`its target '${to}' is unusable: `)
  expect((await redirecting({ to })('/x')).status).toBe(503)
})

it('takes a target from the environment, and checks it when it starts', async () => {
  expect(derive({} as never, { to: '$env.TARGET' }, noSchemas)).toEqual({})
  const at = (TARGET: string) => redirecting({ to: '$env.TARGET' }, '/{rest+}', { env: { TARGET } })
  const good = await at('https://shop.example/{params.rest}')('/x')
  expect(good.headers.get('location')).toBe('https://shop.example/x')
  expect((await at('//evil.example')('/x')).status).toBe(503)
})
