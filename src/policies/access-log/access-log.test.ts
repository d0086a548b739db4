import { expect, it } from 'vitest'
import { harness } from '../../../test/worker/harness.ts'
import { type Options, principal, problem } from '#gateway'
import { policy } from '../../core/gateway.ts'
import type { Hooks } from '../../core/policy.ts'
import accessLog from './access-log.ts'

const plain: Options<typeof accessLog.options> = { clientIp: true, requestHeaders: [] }
const id = '3b1c8f0e-6a0c-4d4c-9f5e-1c8a1f1b7f10'

/** A gateway whose clock the handler moves. */
function gateway(
  options: Partial<typeof plain>,
  more: Partial<Parameters<typeof harness>[0]> = {},
) {
  const clock = { nowMs: 1_000 }
  const made = harness({
    policies: [policy('log', accessLog, { ...plain, ...options })],
    runtime: { now: () => clock.nowMs, randomUUID: () => id },
    ...more,
  })
  return { ...made, clock }
}

const client = { cf: { clientIp: '192.0.2.1:5000' } } as RequestInit

it('writes one line with what the request was and what became of it, without the query', async () => {
  const { fetch, logs, settled, clock } = gateway(
    {},
    {
      handle: () => {
        clock.nowMs += 12
        return new Response('hello')
      },
    },
  )
  const response = await fetch('/items/42?token=secret', { ...client, method: 'PUT' })
  expect(logs).toEqual([])
  clock.nowMs += 30
  await response.text()
  await settled()
  expect(logs).toEqual([
    {
      level: 'info',
      event: 'access',
      request: id,
      route: 'test',
      path: '/items/42',
      step: 'log',
      method: 'PUT',
      status: 200,
      durationMs: 42,
      bytes: 5,
      outcome: 'complete',
      clientIp: '192.0.2.1',
    },
  ])
})

it('writes that the client left before the end', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4)),
  })
  const { fetch, logs, settled } = gateway({}, { handle: () => new Response(body) })
  const response = await fetch('/a')
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  await settled()
  expect(logs).toMatchObject([{ status: 200, outcome: 'cancelled' }])
})

it('writes 499 for a client that leaves before there is an answer', async () => {
  const client = new AbortController()
  const { fetch, logs, settled, clock } = gateway(
    {},
    {
      handle: () => {
        clock.nowMs += 12
        client.abort()
        return new Promise(() => undefined)
      },
    },
  )
  void fetch('/a', { signal: client.signal })
  await settled()
  expect(logs).toMatchObject([
    { event: 'access', status: 499, outcome: 'cancelled', bytes: 0, durationMs: 12 },
  ])
})

it('writes refusals and failures behind it', async () => {
  const refusing = {
    name: 'closed',
    observesEnd: false,
    start: (): Hooks => ({ request: (exchange) => problem(exchange, 'token-missing') }),
  }
  const { fetch, logs, settled } = gateway(
    {},
    { policies: [policy('log', accessLog, plain), refusing] },
  )
  await (await fetch('/a')).text()
  await settled()
  expect(logs).toMatchObject([{ event: 'access', status: 401, outcome: 'complete' }])
})

it('writes who called, as the policies behind it found out, and no credential', async () => {
  const authenticating = {
    name: 'auth',
    observesEnd: false,
    start: (): Hooks => ({
      request(exchange) {
        exchange.principal = principal({
          method: 'api-key',
          subject: 'key_1',
          consumer: 'acme',
          key: 'key_1',
        })
      },
    }),
  }
  const { fetch, logs, settled } = gateway(
    {},
    { policies: [policy('log', accessLog, plain), authenticating] },
  )
  await (await fetch('/a', { headers: { authorization: 'Bearer never-in-the-log' } })).text()
  await settled()
  expect(logs).toMatchObject([
    { authenticatedBy: 'api-key', subject: 'key_1', consumer: 'acme', key: 'key_1' },
  ])
  expect(JSON.stringify(logs)).not.toContain('never-in-the-log')
})

it('writes the request fields that were chosen, cut short, and a referer without its query', async () => {
  const { fetch, logs, settled } = gateway({
    requestHeaders: ['user-agent', 'referer', 'x-absent', 'x-long'],
  })
  const headers = {
    'user-agent': 'curl/8 "x"',
    referer: 'https://a.test/b?token=secret#c',
    'x-long': 'x'.repeat(300),
    'x-other': 'not chosen',
  }
  await (await fetch('/a', { headers })).text()
  await settled()
  expect(logs[0]!['requestHeaders']).toEqual({
    'user-agent': 'curl/8 "x"',
    referer: 'https://a.test/b',
    'x-long': 'x'.repeat(256),
  })
})

it('leaves the address of the client out when told so', async () => {
  const { fetch, logs, settled } = gateway({ clientIp: false })
  await (await fetch('/a', client)).text()
  await settled()
  expect(logs[0]).not.toHaveProperty('clientIp')
})

it('writes no bytes for an answer without a body', async () => {
  const handle = () => new Response(null, { status: 204 })
  const { fetch, logs, settled } = gateway({}, { handle })
  await fetch('/a')
  await settled()
  expect(logs).toMatchObject([{ status: 204, bytes: 0, outcome: 'complete' }])
})

it.each([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-acme-key',
  'apikey',
  'x-auth',
  'x-csrf-token',
  'x-amz-security-token',
  'cf-access-jwt-assertion',
  'x-hub-signature-256',
])('refuses to write %s', (name) => {
  expect(() => accessLog.check!({ ...plain, requestHeaders: [name] })).toThrow('credentials')
})

it.each(['user-agent', 'idempotency-key', 'accept', 'x-tenant', 'content-type', 'x-author'])(
  'writes %s when asked',
  (name) => {
    expect(() => accessLog.check!({ ...plain, requestHeaders: [name] })).not.toThrow()
  },
)
