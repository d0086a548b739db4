import { describe, expect, it } from 'vitest'
import { echo, harness, problemOf, type Setup } from '../../test/worker/harness.ts'
import { AUDIENCE, hmacSigner, ISSUER, jwt, NOW_MS, sign } from '../../test/worker/jwt.ts'
import { checkOptions } from '../../scripts/compile/options.ts'
import apiKey from '../policies/api-key/api-key.ts'
import basicAuth from '../policies/basic-auth/basic-auth.ts'
import bearerToken from '../policies/bearer-token/bearer-token.ts'
import { policy, type Step } from './gateway.ts'
import type { Handle } from './handler.ts'
import { definePolicy, type Hooks, type Policy } from './policy.ts'
import { principal } from './principal.ts'

it('reaches another route with the same client, id and principal', async () => {
  const seen: unknown[] = []
  const note: Handle = ({ path, id, client, principal: who }) => {
    seen.push([path, id, client.host, who?.subject])
    return new Response('second')
  }
  const { fetch } = harness({
    path: '/first',
    policies: [customers],
    env,
    handle: async (exchange) => {
      await note(exchange)
      return exchange.dispatch(new Request('http://elsewhere.test/second'))
    },
    others: [{ path: '/second', handle: note }],
  })
  expect(await (await fetch('/first', asAda)).text()).toBe('second')
  const [[, id]] = seen as [[string, string]]
  expect(seen).toEqual([
    ['/first', id, 'gateway.test', 'ada'],
    ['/second', id, 'gateway.test', 'ada'],
  ])
})

it('ends after eight', async () => {
  let calls = 0
  const { fetch } = harness({
    handle: (exchange) => {
      calls++
      return exchange.dispatch(new Request('http://gateway.test/again'))
    },
  })
  expect(await problemOf(await fetch('/first'))).toMatchObject({
    code: 'dispatch-too-deep',
    status: 508,
  })
  expect(calls).toBe(9)
})

describe('the policy that authenticated the caller stands on the other route, too', () => {
  const ways: Record<string, () => Promise<readonly [Step<Hooks>, string, Setup['runtime']?]>> = {
    'api-key': async () => {
      const key = { id: 'key_a', scopes: [], ipRanges: [], mode: 'live' }
      const consumer = { id: 'con_a', groups: [], metadata: {} }
      const find = () => ({ state: 'found', key, consumer, late: false })
      const step = made('keys', apiKey, { foreignKeys: true })
      return [step, 'Bearer 0123456789abcdef', { keys: { find } as never }]
    },
    'basic-auth': async () => {
      const step = made('users', basicAuth, { users: { ada: '$env.ADA' } })
      return [step, `Basic ${btoa(`ada:${ADA}`)}`]
    },
    'bearer-token': async () => [customers, `Bearer ${ADA}`],
    'jwt-auth': async () => {
      const trusted = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['HS256'] }
      const step = jwt({ ...trusted, secret: '$env.ADA' })
      const token = await sign(await hmacSigner('HS256', ADA))
      return [step, `Bearer ${token}`, { now: () => NOW_MS }]
    },
  }

  it.each(Object.keys(ways))('%s: its principal stands', async (name) => {
    const [step, authorization, runtime] = await ways[name]!()
    const { fetch } = composed([step], [step], { ...(runtime && { runtime }) })
    const response = await fetch('/first', { headers: { authorization } })
    expect([response.status, await response.json()]).toMatchObject([200, { method: name }])
    expect((await fetch('/second')).status).toBe(401)
  })

  it('also two dispatches later', async () => {
    const { fetch } = composed([customers], [customers], { way: ['/between', '/second'] })
    expect((await fetch('/first', asAda)).status).toBe(200)
  })

  it('but credentials that the request has are checked, and taken from what goes upstream', async () => {
    const { fetch } = composed([customers], [customers], { handle: echo, send: bearer(BOB) })
    const text = await (await fetch('/first', asAda)).text()
    expect(text).toContain('"path":"/second"')
    expect(text).not.toContain(BOB)
    const wrong = composed([customers], [customers], { send: bearer('x'.repeat(32)) })
    expect((await wrong.fetch('/first', asAda)).status).toBe(401)
  })

  it('but who it is decides the last credentials', async () => {
    const { fetch } = composed([customers], [customers], { send: bearer(BOB) })
    expect(await (await fetch('/first', asAda)).json()).toMatchObject({ subject: 'bob' })
  })
})

describe('another authenticating policy stands on the other route', () => {
  it('asks for its own credentials: who is a customer is no administrator', async () => {
    const admins = made('admins', bearerToken, { tokens: { root: '$env.BOB' } })
    const { fetch } = composed([customers], [admins])
    expect(await problemOf(await fetch('/first', asAda))).toMatchObject({
      code: 'token-missing',
      policy: 'admins',
    })
  })

  it('even with the same options: a policy is its name', async () => {
    const twin = made('twins', bearerToken, { tokens })
    const { fetch } = composed([customers], [twin])
    expect((await fetch('/first', asAda)).status).toBe(401)
  })

  it('asks on the way to a third route, whose policy did not vouch for what it made of the caller', async () => {
    const { fetch } = composed([customers], [customers], {
      way: ['/between', '/second'],
      between: [become('somebody')],
    })
    expect((await fetch('/first', asAda)).status).toBe(401)
  })
})

it('a policy that dispatches before the authenticating one has nobody vouched for', async () => {
  const before = made(
    'before',
    definePolicy({
      summary: '',
      options: {},
      setup: () => ({
        request: (exchange) => {
          exchange.principal = principal({ method: 'guess', subject: 'anybody' })
          return exchange.dispatch(new Request('http://gateway.test/second'))
        },
      }),
    }),
  )
  const { fetch } = composed([before, customers], [customers])
  expect((await fetch('/first', asAda)).status).toBe(401)
})

const ADA = 'ada_0123456789abcdef0123456789abcdef'
const BOB = 'bob_0123456789abcdef0123456789abcdef'
const env = { ADA, BOB }
const tokens = { ada: '$env.ADA', bob: '$env.BOB' }
const customers = made('customers', bearerToken, { tokens })
const asAda = bearer(ADA)

/** A step as the compiler makes it of options as people write them. */
function made(name: string, use: unknown, given: object = {}): Step<Hooks> {
  const part = use as Policy
  return policy(name, part, checkOptions(part.options, given).options as never)
}

/** Sets who is calling, without asking anybody. */
function become(subject: string): Step<Hooks> {
  const request: Hooks['request'] = (exchange) => {
    exchange.principal = principal({ method: 'test', subject })
  }
  return made(subject, definePolicy({ summary: '', options: {}, setup: () => ({ request }) }))
}

interface Composed extends Pick<Setup, 'handle' | 'runtime'> {
  /** Where the request goes after `/first`, one dispatch each. */
  readonly way?: readonly string[]
  readonly between?: readonly Step<Hooks>[]
  /** What the dispatched request holds. */
  readonly send?: RequestInit
}

/** `/first` dispatches to `/second`, which tells who is calling. */
function composed(
  first: readonly Step<Hooks>[],
  second: readonly Step<Hooks>[],
  { way = ['/second'], between = [], send = {}, handle, runtime = {} }: Composed = {},
) {
  const onward: Handle = (exchange) => {
    const next = way[way.indexOf(exchange.path) + 1]!
    return exchange.dispatch(new Request(`http://gateway.test${next}`, send))
  }
  const tell: Handle = ({ principal: who }) => Response.json(who ?? null)
  return harness({
    path: '/first',
    policies: first,
    handle: onward,
    others: [
      { path: '/between', policies: between, handle: onward },
      { path: '/second', policies: second, handle: handle ?? tell },
    ],
    env,
    runtime,
  })
}

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } }
}
