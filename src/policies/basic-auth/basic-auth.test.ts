import { describe, expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import basicAuth from './basic-auth.ts'

const PASSWORD = 'correct horse: battery staple'
const options = {
  users: { ada: '$env.ADA', grüße: '$env.GRUSS', müller: '$env.MUELLER' },
  realm: 'Shop "beta"',
  forward: false,
}
const env = { ADA: PASSWORD, GRUSS: 'päßwörd', MUELLER: 'm\u00fc' }

function gateway(more: Partial<typeof options> = {}, variables: Record<string, string> = env) {
  return harness({
    policies: [policy('users', basicAuth, { ...options, ...more })],
    env: variables,
    handle: (exchange) =>
      exchange.request.url.endsWith('/echo')
        ? echo(exchange)
        : Response.json(exchange.principal ?? null),
  })
}

function basic(text: string): RequestInit {
  const bytes = new TextEncoder().encode(text)
  return { headers: { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` } }
}

it('lets pass who knows the password, and says who it is', async () => {
  const response = await gateway().fetch('/a', basic(`ada:${PASSWORD}`))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    method: 'basic-auth',
    subject: 'ada',
    scopes: [],
    groups: [],
    claims: {},
    metadata: {},
  })
})

it('reads UTF-8, and letters however Unicode writes them', async () => {
  const { fetch } = gateway()
  expect((await fetch('/a', basic('grüße:päßwörd'))).status).toBe(200)
  const decomposed = 'mu\u0308ller:mu\u0308'
  expect(await (await fetch('/a', basic(decomposed))).json()).toMatchObject({ subject: 'müller' })
})

it('asks for credentials when there are none, or of another scheme only', async () => {
  const { fetch } = gateway()
  for (const headers of [{}, { authorization: 'Bearer abc' }] as Record<string, string>[]) {
    const response = await fetch('/a', { headers })
    expect(response.headers.get('www-authenticate')).toBe(
      'Basic realm="Shop \\"beta\\"", charset="UTF-8"',
    )
    expect(await problemOf(response)).toEqual({
      type: 'about:blank',
      title: 'This route needs credentials.',
      status: 401,
      code: 'credentials-missing',
      policy: 'users',
    })
  }
})

it.each([
  'ada:wrong',
  'ada:',
  'ada',
  ':',
  `Ada:${PASSWORD}`,
  `ada:${PASSWORD} `,
  `ada :${PASSWORD}`,
  `nobody:${PASSWORD}`,
  `__proto__:undefined`,
  `constructor:${PASSWORD}`,
  `ada:${PASSWORD}\0`,
])('refuses %j, and tells a wrong password from an unknown user to nobody', async (pair) => {
  const response = await gateway().fetch('/a', basic(pair))
  expect(response.headers.get('www-authenticate')).toContain('Basic realm=')
  expect(await problemOf(response)).toEqual({
    type: 'about:blank',
    title: 'The credentials are not valid.',
    status: 401,
    code: 'credentials-invalid',
    policy: 'users',
  })
})

it.each(['Basic', 'Basic !!!!', 'Basic YWRhOg', 'Basic _w==', 'Basic /w=='])(
  'refuses the malformed %j',
  async (authorization) => {
    const response = await gateway().fetch('/a', { headers: { authorization } })
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'credentials-invalid' })
  },
)

it('refuses a repeated Authorization, also one that repeats the right credentials', async () => {
  const { authorization } = basic(`ada:${PASSWORD}`).headers as { authorization: string }
  const headers = new Headers({ authorization })
  headers.append('authorization', authorization)
  const response = await gateway().fetch('/a', { headers })
  expect(await problemOf(response)).toMatchObject({ status: 400, code: 'credentials-ambiguous' })
})

it('keeps the password from the upstream unless told otherwise', async () => {
  const init = basic(`ada:${PASSWORD}`)
  const kept = await (await gateway({ forward: true }).fetch('/echo', init)).json()
  expect(kept).toMatchObject({ headers: init.headers })
  const removed = await (await gateway().fetch('/echo', init)).json<{ headers: object }>()
  expect(removed.headers).not.toHaveProperty('authorization')
})

describe('answers 503, and shows no secret, when it is set up wrongly:', () => {
  it.each([
    ['a missing variable', {}, { ADA: PASSWORD }, 'the variable GRUSS is not set'],
    ['an empty password', {}, { ...env, ADA: '' }, "the password of 'ada' is empty"],
    ['no users', { users: {} }, env, '`users` is empty, so nobody could pass'],
    ['a colon in a name', { users: { 'a:b': '$env.ADA' } }, env, "the user name 'a:b'"],
    ['a realm that is no ASCII', { realm: 'Straße' }, env, '`realm` is not printable ASCII'],
    [
      'one name in two spellings',
      { users: { 'm\u00fc': '$env.ADA', 'mu\u0308': '$env.ADA' } },
      env,
      'two user names differ only in how Unicode writes them',
    ],
  ] as const)('%s', async (_, more, variables, message) => {
    const { fetch, logs } = gateway(more as Partial<typeof options>, variables)
    const response = await fetch('/a', basic(`ada:${PASSWORD}`))
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not-ready' })
    expect(JSON.stringify(logs)).toContain(message)
    expect(JSON.stringify(logs)).not.toContain(PASSWORD)
  })
})
