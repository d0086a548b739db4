import { describe, expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import bearerToken from './bearer-token.ts'

const CI = 'ci_0123456789abcdef0123456789abcdef'
const BACKUP = 'backup~0123456789.abcdef+0123456789/abcdef=='
const env = { CI, BACKUP }
const options = {
  tokens: { ci: '$env.CI', backup: '$env.BACKUP' } as Record<string, string>,
  realm: undefined as string | undefined,
  forward: false,
}

function gateway(more: Partial<typeof options> = {}, variables: Record<string, string> = env) {
  return harness({
    policies: [policy('admins', bearerToken, { ...options, ...more })],
    env: variables,
    handle: (exchange) =>
      exchange.request.url.endsWith('/echo')
        ? echo(exchange)
        : Response.json(exchange.principal ?? null),
  })
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

it('lets pass who presents one of the tokens, and says which by its name', async () => {
  const { fetch } = gateway()
  expect(await (await fetch('/a', bearer(CI))).json()).toEqual({
    method: 'bearer-token',
    subject: 'ci',
    scopes: [],
    groups: [],
    claims: {},
    metadata: {},
  })
  const other = await fetch('/a', { headers: { authorization: `bearer  ${BACKUP}` } })
  expect(await other.json()).toMatchObject({ subject: 'backup' })
})

it('asks without naming an error when there is no token (RFC 6750 §3.1)', async () => {
  for (const realm of [undefined, 'shop']) {
    const response = await gateway({ realm }).fetch('/a')
    const expected = realm === undefined ? 'Bearer' : 'Bearer realm="shop"'
    expect(response.headers.get('www-authenticate')).toBe(expected)
    expect(await problemOf(response)).toEqual({
      type: 'about:blank',
      title: 'This route needs a bearer token.',
      status: 401,
      code: 'token-missing',
      policy: 'admins',
    })
  }
})

it.each([`${CI}x`, CI.slice(0, -1), CI.toUpperCase(), 'ci', '', `${CI} ${CI}`, '$env.CI'])(
  'refuses %j',
  async (token) => {
    const response = await gateway().fetch('/a', bearer(token))
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'token-invalid' })
  },
)

it('refuses a repeated Authorization, whichever token comes first', async () => {
  for (const [first, second] of [
    [`Bearer ${CI}`, `Bearer ${CI}`],
    ['Bearer wrong', `Bearer ${CI}`],
    ['Basic YTpi', `Bearer ${CI}`],
  ] as const) {
    const headers = new Headers({ authorization: first })
    headers.append('authorization', second)
    const response = await gateway().fetch('/a', { headers })
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_request"')
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'credentials-ambiguous' })
  }
})

it('keeps the token from the upstream unless told otherwise', async () => {
  const removed = await (await gateway().fetch('/echo', bearer(CI))).json<{ headers: object }>()
  expect(removed.headers).not.toHaveProperty('authorization')
  const kept = await (await gateway({ forward: true }).fetch('/echo', bearer(CI))).json()
  expect(kept).toMatchObject({ headers: { authorization: `Bearer ${CI}` } })
})

describe('answers 503, and shows no secret, when it is set up wrongly:', () => {
  const short = 'x'.repeat(31)
  it.each([
    ['31 characters', {}, { ...env, CI: short }, "the token 'ci' has fewer than 32 characters"],
    ['a missing variable', {}, { CI }, 'the variable BACKUP is not set'],
    ['no tokens', { tokens: {} }, env, '`tokens` is empty, so nobody could pass'],
    [
      'characters that nobody can send',
      {},
      { ...env, CI: `${CI} ${short}` },
      "the token 'ci' has characters that RFC 6750 §2.1 does not allow",
    ],
    ['one token with two names', {}, { CI, BACKUP: CI }, 'two of the tokens are the same'],
  ] as const)('%s', async (_, more, variables, message) => {
    const { fetch, logs } = gateway(more, variables)
    const response = await fetch('/a', bearer(variables.CI))
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not-ready' })
    expect(JSON.stringify(logs)).toContain(message)
    expect(JSON.stringify(logs)).not.toContain(variables.CI)
  })
})

it('takes a token of 32 characters', async () => {
  const token = 'x'.repeat(32)
  const { fetch } = gateway({}, { ...env, CI: token })
  expect((await fetch('/a', bearer(token))).status).toBe(200)
})
