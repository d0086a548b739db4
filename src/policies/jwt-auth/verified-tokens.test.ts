import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { definePolicy } from '#gateway'
import { policy } from '../../core/gateway.ts'
import { problemOf } from '../../../test/worker/harness.ts'
import { KEYS, published, world } from '../../../test/worker/issuer.ts'
import {
  AUDIENCE,
  bearer,
  claims,
  guarded,
  ISSUER,
  jwt,
  NOW,
  NOW_MS,
  sign,
  type Signer,
  signer,
} from '../../../test/worker/jwt.ts'
import { VerifiedTokens } from './verified-tokens.ts'

let issuer: Signer
let other: Signer
beforeAll(async () => {
  ;[issuer, other] = await Promise.all([signer('ES256', 'first'), signer('ES256', 'second')])
})

const verify = vi.spyOn(crypto.subtle, 'verify')
beforeEach(() => void verify.mockClear())
afterEach(() => void vi.clearAllMocks())

const options = () => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  jwks: { keys: [issuer.jwk] },
  clockTolerance: '5s',
})

/** A gateway with a clock that can be moved. */
function clocked(more: Readonly<Record<string, unknown>> = {}) {
  const clock = { nowMs: NOW_MS }
  const gateway = guarded(
    { ...options(), ...more },
    { runtime: { now: () => clock.nowMs, fetch: () => Promise.reject(new Error('no')) } },
  )
  const status = async (token: string) => (await gateway.fetch('/a', bearer(token))).status
  return { clock, gateway, status }
}

it('looks at the signature of a token once, and gives the same principal every time', async () => {
  const { gateway } = clocked()
  const token = await sign(issuer)
  const answers: unknown[] = []
  for (let i = 0; i < 3; i++) {
    answers.push(await (await gateway.fetch('/a', bearer(token))).json())
  }
  expect(answers[0]).toMatchObject({ subject: 'ada', claims })
  expect(answers.slice(1)).toEqual([answers[0], answers[0]])
  expect(verify).toHaveBeenCalledTimes(1)
})

it('looks at another signature below the same claims', async () => {
  const { status } = clocked()
  const token = await sign(issuer)
  const [head, body] = token.split('.')
  const forged = `${head}.${body}.${(await sign(other)).split('.')[2]}`
  expect([await status(token), await status(forged), await status(token)]).toEqual([200, 401, 200])
  expect(verify).toHaveBeenCalledTimes(2)
})

it('refuses a token that it knows in the moment in which it expires', async () => {
  const { clock, gateway, status } = clocked()
  const token = await sign(issuer, { ...claims, exp: NOW + 60 })
  expect(await status(token)).toBe(200)
  clock.nowMs = NOW_MS + 64_999
  expect(await status(token)).toBe(200)
  clock.nowMs = NOW_MS + 65_000
  expect(await problemOf(await gateway.fetch('/a', bearer(token)))).toMatchObject({
    code: 'token-invalid',
    detail: 'It has expired.',
  })
})

it('refuses a token that it knows when it has grown older than maxAge', async () => {
  const { clock, status } = clocked({ maxAge: '10s' })
  const token = await sign(issuer, { ...claims, iat: NOW })
  expect(await status(token)).toBe(200)
  clock.nowMs = NOW_MS + 14_999
  expect(await status(token)).toBe(200)
  clock.nowMs = NOW_MS + 16_000
  expect(await status(token)).toBe(401)
})

it('looks again when the clock was put back', async () => {
  const { clock, status } = clocked()
  const token = await sign(issuer, { ...claims, nbf: NOW })
  expect(await status(token)).toBe(200)
  clock.nowMs = NOW_MS - 6_000
  expect(await status(token)).toBe(401)
})

it('refuses a token that it knows when the issuer has taken its key away', async () => {
  const { answers, clock, gateway } = world(issuer)
  const token = await sign(issuer, { ...claims, exp: NOW + 86_400 })
  const status = async () => (await gateway.fetch('/a', bearer(token))).status
  expect([await status(), await status()]).toEqual([200, 200])
  expect(verify).toHaveBeenCalledTimes(1)
  answers[KEYS] = published(other)
  clock.nowMs += 3_600_000
  expect(await status()).toBe(401)
})

it('remembers for one policy alone: another audience refuses the same token', async () => {
  const clock = { runtime: { now: () => NOW_MS } }
  const token = await sign(issuer)
  const shop = guarded(options(), clock)
  expect((await shop.fetch('/a', bearer(token))).status).toBe(200)
  const office = guarded({ ...options(), audience: 'office' }, clock)
  expect((await office.fetch('/a', bearer(token))).status).toBe(401)
})

it('lets nobody change the claims that the next request will see', async () => {
  const meddling = definePolicy({
    summary: 'test',
    options: {},
    setup: () => ({
      request({ principal }) {
        const { roles } = principal!.claims as { roles: { name: string }[] }
        roles[0]!.name = 'admin'
      },
    }),
  })
  const { fetch, logs } = guarded(
    {},
    { policies: [jwt(options()), policy('meddling', meddling, {})] },
  )
  const token = await sign(issuer, { ...claims, roles: [{ name: 'reader' }] })
  expect((await fetch('/a', bearer(token))).status).toBe(500)
  expect(logs.at(-1)).toMatchObject({ event: 'failed', step: 'meddling' })
})

it('keeps no more tokens than its bound, the recent ones', () => {
  const tokens = new VerifiedTokens({ toleranceMs: 0, maxAgeMs: undefined }, 100)
  const verified = { claims: {}, key: issuer.publicKey, alg: 'ES256', kid: undefined } as const
  const names = Array.from({ length: 20 }, (_, i) => String(i).padStart(10, '0'))
  for (const name of names) tokens.add(name, verified, NOW_MS)
  const isKept = (name: string) => tokens.find(name, NOW_MS) !== undefined
  expect(names.slice(-5).filter(isKept)).toEqual(names.slice(-5))
  expect(names.slice(0, 10).filter(isKept)).toEqual([])
})
