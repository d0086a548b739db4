import { describe, expect, it } from 'vitest'
import { harness, problemOf } from '../../test/worker/harness.ts'
import { policy } from './gateway.ts'
import { definePolicy } from './policy.ts'

const item = { method: 'GET', path: '/items/{id}' }

it('answers 404 where no route matches', async () => {
  const response = await harness(item).fetch('/other')
  expect(await problemOf(response)).toEqual({
    type: 'about:blank',
    title: 'No route matches this path.',
    status: 404,
    code: 'route-not-found',
  })
})

it('answers 405 with Allow where the path has other methods', async () => {
  const response = await harness(item).fetch('/items/1', { method: 'POST' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
})

it('answers OPTIONS by itself where the path has methods, and 404 where it has none', async () => {
  const one = harness(item)
  const response = await one.fetch('/items/1', { method: 'OPTIONS' })
  expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
  expect((await one.fetch('/x', { method: 'OPTIONS' })).status).toBe(404)
})

it('hands OPTIONS to an operation of its own', async () => {
  const one = harness({ ...item, method: 'OPTIONS', handle: () => new Response('own') })
  const headers = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
  expect(await (await one.fetch('/items/1', { method: 'OPTIONS', headers })).text()).toBe('own')
})

it('refuses an ambiguous path with 400, on known and unknown paths alike', async () => {
  const one = harness(item)
  for (const path of ['/items/%5c', '/items/a%00', '/other/%2e%2e%2fitems']) {
    expect(await problemOf(await one.fetch(path))).toMatchObject({ code: 'path-ambiguous' })
  }
})

it('refuses an encoded slash in a parameter unless the route takes it', async () => {
  expect((await harness(item).fetch('/items/a%2Fb')).status).toBe(400)
})

it('decodes parameters for policies, once', async () => {
  const one = harness({ ...item, handle: ({ params }) => Response.json(params) })
  expect(await (await one.fetch('/items/a%20%C3%A9%253F')).json()).toEqual({ id: 'a é%3F' })
})

it.each(['constructor', '__proto__'])('takes %s for a parameter like any other', async (name) => {
  const one = harness({
    method: 'GET',
    path: `/{${name}}`,
    handle: ({ params }) => Response.json(params[name]),
  })
  expect(await (await one.fetch('/x')).json()).toBe('x')
})

describe('preflight', () => {
  const asks = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
  const named = (name: string, notes: string[]) =>
    policy(
      name,
      definePolicy({
        summary: name,
        options: {},
        setup: () => ({ request: () => void notes.push(name) }),
      }),
      {},
    )

  it('is matched as the method it asks about, and only the preflight policies run', async () => {
    const notes: string[] = []
    const cors = named('cors', notes)
    const one = harness({ ...item, policies: [named('auth', notes), cors], preflight: [cors] })
    const response = await one.fetch('/items/1', { method: 'OPTIONS', headers: asks })
    expect(response.status).toBe(204)
    expect(notes).toEqual(['cors'])
  })

  it('needs Origin and the method it asks about to be one', async () => {
    const notes: string[] = []
    const one = harness({ ...item, preflight: [named('cors', notes)] })
    await one.fetch('/items/1', { method: 'OPTIONS', headers: { origin: 'https://a.test' } })
    await one.fetch('/items/1', {
      method: 'OPTIONS',
      headers: { ...asks, 'access-control-request-method': 'PUT' },
    })
    expect(notes).toEqual([])
  })

  it('runs the preflight policies only, also where a route takes any method', async () => {
    const notes: string[] = []
    const cors = named('cors', notes)
    const any = { ...item, method: '*', policies: [named('auth', notes), cors] }
    await harness({ ...any, preflight: [cors] }).fetch('/items/1', {
      method: 'OPTIONS',
      headers: asks,
    })
    expect(notes).toEqual(['cors'])
  })

  it('goes to the handler where a route takes any method and has no preflight policy', async () => {
    const one = harness({ ...item, method: '*', handle: () => new Response('own') })
    const response = await one.fetch('/items/1', { method: 'OPTIONS', headers: asks })
    expect(await response.text()).toBe('own')
  })

  it.each([
    [true, ['cors'], 204],
    [false, [], 400],
  ])('takes an encoded slash where the route does: %s', async (encodedSlash, ran, status) => {
    const notes: string[] = []
    const one = harness({ ...item, encodedSlash, preflight: [named('cors', notes)] })
    const response = await one.fetch('/items/a%2Fb', { method: 'OPTIONS', headers: asks })
    expect([response.status, notes]).toEqual([status, ran])
  })
})
