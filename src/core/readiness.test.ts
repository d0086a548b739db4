import { createExecutionContext } from 'cloudflare:test'
import { expect, it } from 'vitest'
import bearerToken from '../policies/bearer-token/bearer-token.ts'
import { harness } from '../../test/worker/harness.ts'
import { policy } from './gateway.ts'
import { definePolicy } from './policy.ts'
import { answerCheck, CHECK_HEADER, CHECK_VARIABLE, isCheck } from './readiness.ts'

const bearer = policy('operators', bearerToken, {
  tokens: { ci: '$env.CI_TOKEN', metrics: '$env.METRICS_TOKEN' },
  realm: undefined,
  forward: false,
})
const broken = policy(
  'broken',
  definePolicy({
    summary: 'Throws what it was given.',
    options: {},
    setup: () => {
      throw new Error('the key is hunter2')
    },
  }),
  {},
)

// printf '%s' nonce | sha256sum
const CHECK = '78377b525757b494427f89014f97d79928f3938d14eb51e20fb5dec9834eb304'

async function check(presented: string, secrets: Record<string, string>): Promise<Response> {
  const env = { [CHECK_VARIABLE]: CHECK, ...secrets }
  const { gateway } = harness({ policies: [bearer, broken], env, path: '/items' })
  const request = new Request('https://gateway.test/', { headers: { [CHECK_HEADER]: presented } })
  expect(isCheck(request, env)).toBe(true)
  return answerCheck(gateway, request, env, createExecutionContext())
}

it('names each part that cannot start and why, and no value of a secret', async () => {
  const response = await check('nonce', { CI_TOKEN: 'short', METRICS_TOKEN: 'x'.repeat(32) })
  expect(await response.json()).toEqual({
    faults: [
      { part: 'operators', reason: "the token 'ci' has fewer than 32 characters" },
      { part: 'broken', reason: 'it fails to start; see its log' },
    ],
  })
  expect(response.headers.get('cache-control')).toBe('no-store')
})

it('takes whoever does not know the word for an ordinary request', async () => {
  const response = await check('another', { CI_TOKEN: 'short', METRICS_TOKEN: 'x'.repeat(32) })
  expect(response.status).toBe(404)
  expect(await response.text()).not.toContain('operators')
})

it('asks nothing where no version was made for a check', () => {
  const request = new Request('https://gateway.test/', { headers: { [CHECK_HEADER]: '' } })
  expect(isCheck(request, {})).toBe(false)
  expect(isCheck(new Request('https://gateway.test/'), { [CHECK_VARIABLE]: CHECK })).toBe(false)
})
