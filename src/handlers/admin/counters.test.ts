import { reset } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { adminGateway } from '../../../test/worker/admin.ts'
import { limitUnavailable } from '../../limits/answers.ts'

afterEach(reset)

const window = { name: '60s', algorithm: 'sliding-window', limit: 5, windowMs: 60_000 } as const

it('shows what a caller has spent and resets it, with a line in the audit trail', async () => {
  const { call, counters } = adminGateway()
  counters.take({
    policy: 'orders',
    caller: '["consumer acme","blue"]',
    mode: 'strict',
    limits: [window],
  })
  expect((await call('GET', '/counters')).body).toEqual({
    items: [
      { policy: 'addresses', by: ['ip'], unavailable: 0 },
      { policy: 'orders', by: ['consumer', '{claims.tenant}'], unavailable: 0 },
    ],
    cursor: null,
  })
  const path = '/counters/orders?caller=acme&caller=blue'
  expect((await call('GET', path)).body).toEqual({
    policy: 'orders',
    caller: ['acme', 'blue'],
    limits: [
      {
        name: '60s',
        algorithm: 'sliding-window',
        limit: 5,
        windowSeconds: 60,
        remaining: 4,
        resetSeconds: expect.any(Number),
      },
    ],
    inFlight: 0,
  })
  expect((await call('DELETE', path)).status).toBe(204)
  expect((await call('GET', path)).body).toMatchObject({ limits: [], inFlight: 0 })
  expect((await call('GET', '/audit')).body['items']).toMatchObject([
    {
      actor: 'bearer-token:root',
      action: 'counters.reset',
      target: 'orders',
      detail: { caller: ['acme', 'blue'] },
    },
  ])
})

it('finds a policy whatever its name is, in the query', async () => {
  const names = ['a/b', 'a//b', '..', '.', '', 'a\\b', '%2F', 'a?b#c&d=e', 'ä "q" \n+', '-', '$&']
  const { call, counters } = adminGateway({}, names)
  for (const policy of names) {
    counters.take({ policy, caller: 'all', mode: 'strict', limits: [window] })
    const path = `/counters?${new URLSearchParams({ policy })}`
    const shown = await call('GET', path)
    expect(shown.body, policy).toMatchObject({ policy, caller: [], limits: [{ remaining: 4 }] })
    expect((await call('DELETE', path)).status, policy).toBe(204)
    expect((await call('GET', path)).body, policy).toMatchObject({ policy, limits: [] })
  }
  const { body } = await call('GET', '/audit')
  const targets = (body['items'] as { target: string }[]).map(({ target }) => target)
  expect(targets.toReversed()).toEqual(names)
})

it('resets nothing where no policy is named', async () => {
  const { call } = adminGateway()
  const answer = await call('DELETE', '/counters?caller=192.0.2.7')
  expect([answer.status, answer.body['code']]).toEqual([404, 'not-found'])
  expect((await call('GET', '/audit')).body['items']).toEqual([])
})

it('tells how often a counter did not answer, and everything counted as Prometheus reads it', async () => {
  const { call, send, metrics } = adminGateway()
  metrics.count(limitUnavailable, { policy: 'orders', outcome: 'closed' })
  metrics.count(limitUnavailable, { policy: 'orders', outcome: 'open' })
  expect((await call('GET', '/counters')).body['items']).toMatchObject([
    { policy: 'addresses', unavailable: 0 },
    { policy: 'orders', unavailable: 2 },
  ])
  const response = await send('GET', '/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect((await response.text()).split('\n').slice(1)).toEqual([
    '# TYPE cardea_limit_unavailable_total counter',
    'cardea_limit_unavailable_total{outcome="closed",policy="orders"} 1',
    'cardea_limit_unavailable_total{outcome="open",policy="orders"} 1',
    '',
  ])
})

it('a caller that no policy could count is refused, and nothing is noted', async () => {
  const { call } = adminGateway()
  const cases: [string, number, string][] = [
    ['/counters/other?caller=x', 404, 'There are: addresses, orders.'],
    ['/counters/addresses?caller=acme', 400, 'It counts by ip; the value is no IP address.'],
    ['/counters/orders?caller=acme', 400, 'there must be 2 values'],
  ]
  for (const [path, status, detail] of cases) {
    const answer = await call('DELETE', path)
    expect([answer.status, answer.body['detail']], path).toEqual([
      status,
      expect.stringContaining(detail),
    ])
  }
  expect((await call('GET', '/audit')).body['items']).toEqual([])
})

it('a counter that cannot be reached is told as such, and the trail says what was tried', async () => {
  const gone = Object.assign(new Error('overloaded'), { overloaded: true })
  const { call } = adminGateway({ reset: () => Promise.reject(gone) })
  const answer = await call('DELETE', '/counters/addresses?caller=192.0.2.7')
  expect([answer.status, answer.body['code']]).toEqual([503, 'counters-unavailable'])
  expect(answer.headers.get('retry-after')).toBe('5')
  expect((await call('GET', '/audit')).body['items']).toMatchObject([{ action: 'counters.reset' }])
})
