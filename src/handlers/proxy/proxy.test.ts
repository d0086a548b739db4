import { describe, expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { handler } from '../../core/gateway.ts'
import type { Runtime } from '../../core/runtime.ts'
import proxy from './proxy.ts'

const defaults = {
  url: 'http://up.test/base/',
  path: undefined,
  timeout: 30_000,
  headers: 'all',
  query: 'all',
  basePath: '',
} as const

/** A gateway whose fetch answers by itself and notes what it was asked. */
function proxied(
  options: Partial<Omit<typeof defaults, 'url'>> & { readonly url?: string | undefined } = {},
  answer: () => Response | Promise<Response> = () => new Response('ok'),
  env: Record<string, string> = {},
) {
  const asked: { url: string; init: RequestInit }[] = []
  const runtime: Partial<Runtime> = {
    fetch: async (url, init) => {
      asked.push({ url, init: init! })
      return answer()
    },
  }
  const step = handler('proxy', proxy, { ...defaults, ...options } as never)
  const one = harness({
    env,
    runtime,
    handle: (exchange) => step.start(exchange.gateway.runtime)(exchange),
  })
  return { ...one, asked }
}

it('puts the canonical path and the query behind the base, without a second slash', async () => {
  const { fetch, asked } = proxied()
  await fetch('/a/%62?c=%20d')
  expect(asked[0]!.url).toBe('http://up.test/base/a/b?c=%20d')
})

it.each([99, 100, 101, 103, 600, 999])(
  'answers 502 where the upstream’s status is %d, which ends no exchange',
  async (status) => {
    const odd = { status, body: null, headers: new Headers(), webSocket: null } as Response
    const { fetch, logs } = proxied({}, () => odd)
    expect((await fetch('/a')).status).toBe(502)
    expect(logs).toMatchObject([{ event: 'origin-failed', status }])
  },
)

it('lets nothing that is not listed hide behind a semicolon, which some servers take for &', async () => {
  const { fetch, asked } = proxied({ query: ['a'] } as never)
  await fetch('/x?a=1;b=2&b=3&a=%3B')
  expect(asked[0]!.url).toBe('http://up.test/base/x?a=1%3Bb=2&a=%3B')
})

it('follows no redirect', async () => {
  const { fetch, asked } = proxied()
  await fetch('/a')
  expect(asked[0]!.init.redirect).toBe('manual')
})

it('cuts the base path off, at a segment’s end only', async () => {
  const { fetch, asked } = proxied({ basePath: '/v1' } as never)
  for (const path of ['/v1/a', '/v1', '/v10/a']) await fetch(path)
  expect(asked.map(({ url }) => url)).toEqual([
    'http://up.test/base/a',
    'http://up.test/base/',
    'http://up.test/base/v10/a',
  ])
})

it('looks at a rewritten path again, and refuses what has become a dot segment', async () => {
  const { fetch, asked } = proxied({ path: '/files/{query.name}' } as never)
  const response = await fetch('/a?name=..')
  expect(await problemOf(response)).toMatchObject({ code: 'path-ambiguous' })
  expect(asked).toEqual([])
})

it('answers 502 no-upstream without a URL', async () => {
  expect(await problemOf(await proxied({ url: undefined }).fetch('/a'))).toMatchObject({
    code: 'no-upstream',
    status: 502,
  })
})

it('sends every route to the upstream of --upstream', async () => {
  const { fetch, asked } = proxied({}, undefined, { CARDEA_UPSTREAM: 'http://other.test' })
  await fetch('/a')
  expect(asked[0]!.url).toBe('http://other.test/a')
})

it('is not ready with an upstream that is no http URL', async () => {
  expect((await proxied({ url: 'file:///etc/passwd' }).fetch('/a')).status).toBe(503)
})

it('hands a refusal found while the body was on its way to the client', async () => {
  const step = handler('proxy', proxy, defaults as never)
  const refusal = new Response('too much', { status: 413 })
  const { fetch } = harness({
    runtime: { fetch: () => Promise.reject(new Error('aborted')) },
    handle: (exchange) => {
      exchange.refusal = refusal
      return step.start(exchange.gateway.runtime)(exchange)
    },
  })
  expect((await fetch('/a')).status).toBe(413)
})

describe('on Cloudflare, where an origin that is down is an answer', () => {
  const cloudflare = { CARDEA_PLATFORM: 'cloudflare' }

  it.each([
    [522, 504, 'upstream-timeout'],
    [524, 504, 'upstream-timeout'],
    [520, 502, 'upstream-unreachable'],
    [521, 502, 'upstream-unreachable'],
    [530, 502, 'upstream-unreachable'],
  ])('%i becomes %i %s', async (status, mapped, code) => {
    const { fetch, logs } = proxied({}, () => new Response('page', { status }), cloudflare)
    expect(await problemOf(await fetch('/a'))).toMatchObject({ status: mapped, code })
    expect(logs).toMatchObject([{ event: 'origin-failed', status }])
  })

  it('leaves the statuses of applications alone, and all of them elsewhere', async () => {
    const answer = (status: number) => () => new Response('page', { status })
    expect((await proxied({}, answer(503), cloudflare).fetch('/a')).status).toBe(503)
    expect((await proxied({}, answer(520)).fetch('/a')).status).toBe(520)
  })
})
