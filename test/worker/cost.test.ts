import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { policy, handler } from '../../src/core/gateway.ts'
import proxy from '../../src/handlers/proxy/proxy.ts'
import bearerToken from '../../src/policies/bearer-token/bearer-token.ts'
import setHeaders from '../../src/policies/set-headers/set-headers.ts'
import { type Harness, harness, type Setup } from './harness.ts'

/**
 * What one warm request costs in objects of the runtime, which are what is dear in workerd. A number that
 * grows fails here, and has to be wanted.
 */
const counted = [
  'URL',
  'URLSearchParams',
  'Request',
  'Response',
  'Headers',
  'AbortController',
] as const
type Name = (typeof counted)[number] | 'setTimeout' | 'TransformStream'

const originals = new Map<string, unknown>()
let counts: Partial<Record<Name, number>>
const note = (name: Name) => (counts[name] = (counts[name] ?? 0) + 1)

beforeEach(() => {
  counts = {}
  const world = globalThis as unknown as Record<string, unknown>
  for (const name of [...counted, 'TransformStream'] as const) {
    const original = world[name] as new (...args: unknown[]) => object
    originals.set(name, original)
    world[name] = new Proxy(original, {
      construct(target, args) {
        note(name)
        return Reflect.construct(target, args) as object
      },
    })
  }
  const timeout = globalThis.setTimeout
  originals.set('setTimeout', timeout)
  world['setTimeout'] = (...args: Parameters<typeof setTimeout>) => {
    note('setTimeout')
    return timeout(...args)
  }
})
afterEach(() => {
  for (const [name, original] of originals) (globalThis as Record<string, unknown>)[name] = original
})

const upstream = {
  url: 'http://up.test',
  path: undefined,
  timeout: 30_000,
  headers: 'all',
  query: 'all',
  basePath: '',
} as const
const headers = { request: {}, response: {}, ifAbsent: false }

/** Starts everything with a first request, then counts the second. */
async function costOf(setup: Setup): Promise<Partial<Record<Name, number>>> {
  const answer = new Response('ok')
  const step = handler('proxy', proxy, upstream as never)
  const one: Harness = harness({
    ...setup,
    runtime: { fetch: async () => answer },
    handle: (exchange) => step.start(exchange.gateway.runtime)(exchange),
  })
  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined } as never
  const request = new Request('http://gateway.test/orders/4711?expand=lines', {
    headers: { accept: '*/*', authorization: `Bearer ${secret}`, 'user-agent': 'test' },
  })
  await one.gateway.fetch(request, context)
  counts = {}
  await one.gateway.fetch(request, context)
  return counts
}

const secret = '0123456789abcdef0123456789abcdef'

describe('one warm request constructs no more than', () => {
  it('plain proxy: one copy of the headers and one timer', async () => {
    expect(await costOf({})).toEqual({ Headers: 1, setTimeout: 1 })
  })

  it('set-headers on the request: the same', async () => {
    const step = policy('a', setHeaders, { ...headers, request: { 'x-a': '1' } })
    expect(await costOf({ policies: [step, step, step] })).toEqual({ Headers: 1, setTimeout: 1 })
  })

  it('set-headers on the response: one wrap of the response, however many policies', async () => {
    const step = policy('a', setHeaders, { ...headers, response: { 'x-a': '1' } })
    expect(await costOf({ policies: [step, step, step] })).toEqual({
      Headers: 1,
      Response: 1,
      setTimeout: 1,
    })
  })

  it('bearer-token: the same as plain proxy', async () => {
    const step = policy('a', bearerToken, {
      tokens: { a: secret },
      realm: undefined,
      forward: false,
    })
    expect(await costOf({ policies: [step] })).toEqual({ Headers: 1, setTimeout: 1 })
  })
})
