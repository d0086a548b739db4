import { expect, it } from 'vitest'
import { echo, harness } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import setHeaders from './set-headers.ts'

const none = { request: {}, response: {}, ifAbsent: false }

it('sets fields of the request, and the upstream sees only the new value', async () => {
  const step = policy('tenant', setHeaders, { ...none, request: { 'x-tenant': 'acme' } })
  const { fetch } = harness({ policies: [step], handle: echo })
  const seen = await (await fetch('/a', { headers: { 'x-tenant': 'forged' } })).json()
  expect(seen).toMatchObject({ headers: { 'x-tenant': 'acme' } })
})

it('fills templates from the exchange and escapes what a field may not hold', async () => {
  const step = policy('item', setHeaders, { ...none, request: { 'x-item': 'item {params.id}' } })
  const { fetch } = harness({ policies: [step], handle: echo, path: '/items/{id}' })
  const seen = await (await fetch('/items/a%0D%0Ab%C3%A9')).json()
  expect(seen).toMatchObject({ headers: { 'x-item': 'item a%0D%0Ab%C3%A9' } })
})

it('sets fields of the response, also of a problem made behind it', async () => {
  const step = policy('frame', setHeaders, { ...none, response: { 'x-frame-options': 'DENY' } })
  const { fetch } = harness({
    policies: [step],
    handle: () => {
      throw new Error('broken')
    },
  })
  const response = await fetch('/a')
  expect(response.status).toBe(500)
  expect(response.headers.get('x-frame-options')).toBe('DENY')
})

it('leaves a field alone that is there, when told so', async () => {
  const response = { 'cache-control': 'no-store', 'x-added': 'yes' }
  const step = policy('default', setHeaders, { ...none, response, ifAbsent: true })
  const { fetch } = harness({
    policies: [step],
    handle: () => new Response('ok', { headers: { 'cache-control': 'max-age=60' } }),
  })
  const { headers } = await fetch('/a')
  expect(headers.get('cache-control')).toBe('max-age=60')
  expect(headers.get('x-added')).toBe('yes')
})

it('has no hook for a side on which it sets nothing, so such a route pays nothing', () => {
  const { gateway } = harness({})
  const hooks = policy('none', setHeaders, none).start(gateway.runtime)
  expect(hooks).toEqual({})
})
