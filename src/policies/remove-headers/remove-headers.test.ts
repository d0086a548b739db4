import { expect, it } from 'vitest'
import { echo, harness } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import removeHeaders from './remove-headers.ts'

const none: readonly string[] = []

function gateway(
  options: Partial<Record<'request' | 'response', readonly string[]>>,
  handle = echo,
) {
  const step = policy('clean', removeHeaders, { request: none, response: none, ...options })
  return harness({ policies: [step], handle })
}

it('removes fields of the request by name and by beginning, in any case', async () => {
  const { fetch } = gateway({ request: ['x-debug', 'x-internal-*'] })
  const headers = { 'X-Debug': '1', 'X-Internal-User': 'a', 'x-internal-': 'b', 'X-Kept': 'yes' }
  const { headers: seen } = await (
    await fetch('/a', { headers })
  ).json<{
    headers: Record<string, string>
  }>()
  expect(Object.keys(seen).filter((name) => /debug|internal/.test(name))).toEqual([])
  expect(seen['x-kept']).toBe('yes')
})

it('takes a beginning for nothing else: x-int* is no pattern for the middle of a name', async () => {
  const { fetch } = gateway({ request: ['int*'] })
  const seen = await (await fetch('/a', { headers: { 'x-int-a': '1' } })).json()
  expect(seen).toMatchObject({ headers: { 'x-int-a': '1' } })
})

it('removes every field of a name from the response, also from a problem made behind it', async () => {
  const { fetch } = gateway({ response: ['set-cookie', 'x-powered-*', 'cache-control'] }, () => {
    const headers = new Headers({ 'x-powered-by': 'PHP/5', 'x-kept': 'yes' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    return new Response('ok', { headers })
  })
  const { headers } = await fetch('/a')
  expect(headers.getSetCookie()).toEqual([])
  expect(headers.has('x-powered-by')).toBe(false)
  expect(headers.get('x-kept')).toBe('yes')

  const failing = gateway({ response: ['cache-control'] }, () => {
    throw new Error('broken')
  })
  const problem = await failing.fetch('/a')
  expect(problem.status).toBe(500)
  expect(problem.headers.has('cache-control')).toBe(false)
})

it.each(['*', 'x-*-id', 'x-**'])('refuses the pattern %s', (name) => {
  expect(() => removeHeaders.check!({ request: [name], response: [] })).toThrow(
    'is not a name or the beginning of one',
  )
})

it('has no hook for a side on which it removes nothing', () => {
  const { gateway: one } = harness({})
  const step = policy('none', removeHeaders, { request: none, response: none })
  expect(step.start(one.runtime)).toEqual({})
})
