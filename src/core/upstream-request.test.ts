import { expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../test/worker/harness.ts'

interface Sent {
  readonly headers: Record<string, string>
  readonly path: string
  readonly query: string
}

async function forwarded(headers: Record<string, string>): Promise<Record<string, string>> {
  const { fetch } = harness({ handle: echo })
  return (await (await fetch('/a', { headers })).json<Sent>()).headers
}

it('forwards what the client sent, and says who is calling itself', async () => {
  const sent = await forwarded({ accept: 'text/plain', 'x-own': '1' })
  expect(sent).toMatchObject({
    accept: 'text/plain',
    'x-own': '1',
    'x-forwarded-host': 'gateway.test',
    'x-forwarded-proto': 'http',
    forwarded: 'for=unknown;host="gateway.test";proto=http',
  })
  expect(sent['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

it.each([
  'CF-Connecting-IP',
  'True-Client-IP',
  'X-Real-IP',
  'X-Client-IP',
  'X-Forwarded-For',
  'X-Forwarded-Anything',
  'Forwarded',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Original-URI',
  'X-HTTP-Method-Override',
  'X-Method-Override',
  'X-Originating-IP',
  'Proxy',
  'Expect',
  'HTTP2-Settings',
  'Client-Cert',
  'Client-Cert-Chain',
  'Remote-User',
  'X-Envoy-Original-Path',
  'X-Middleware-Subrequest',
  'X-Host',
  'CF-IPCountry',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Keep-Alive',
  'TE',
  'Trailer',
])('does not forward %s of a client', async (name) => {
  expect((await forwarded({ [name]: 'forged' }))[name.toLowerCase()]).not.toBe('forged')
})

it('says nothing of itself in Via unless it is told its name, and hands on what others say', async () => {
  expect(await forwarded({})).not.toHaveProperty('via')
  expect((await forwarded({ via: '1.1 edge' })).via).toBe('1.1 edge')
})

it.each([
  [{}, '1.1 shop'],
  [
    { via: '2 edge, 1.1 Shop.example (a shop, "1.1 shop")' },
    '2 edge, 1.1 Shop.example (a shop, "1.1 shop"), 1.1 shop',
  ],
])('adds its name to Via (RFC 9110 §7.6.3) behind what others say: %j', async (headers, via) => {
  const { fetch } = harness({ handle: echo, settings: { via: 'shop' } })
  expect((await (await fetch('/a', { headers })).json<Sent>()).headers['via']).toBe(via)
})

it.each(['1.1 shop', '1.0 edge,HTTP/1.1  SHOP (Cardea), 1.1 other'])(
  'refuses a request that has been here before: %s',
  async (via) => {
    const { fetch } = harness({ handle: echo, settings: { via: 'shop' } })
    expect(await problemOf(await fetch('/a', { headers: { via } }))).toMatchObject({
      status: 508,
      code: 'loop-detected',
    })
  },
)

it('takes a dispatched request for no loop, though it says where it has been', async () => {
  const { fetch } = harness({
    path: '/first',
    settings: { via: 'shop' },
    handle: (exchange) => {
      const { headers } = exchange.upstreamRequest
      return exchange.dispatch(new Request('http://gateway.test/second', { headers }))
    },
    others: [{ path: '/second', handle: echo }],
  })
  expect((await (await fetch('/first')).json<Sent>()).headers['via']).toBe('1.1 shop')
})

it.each(['X_Forwarded_For', 'x_own', 'X.Own', 'x!own'])(
  'drops %s, which a CGI server would read as another field',
  async (name) => {
    expect(await forwarded({ [name]: '1' })).not.toHaveProperty([name.toLowerCase()])
  },
)

it('drops a field whose name is not ASCII, and keeps the others', async () => {
  const sent = await forwarded({ 'x-\u00fc': '1', 'x-own': '2' })
  expect(Object.keys(sent).filter((name) => !/^[a-z-]+$/.test(name))).toEqual([])
  expect(sent['x-own']).toBe('2')
})

it('drops what Connection names, in any case and with any spaces, before it sets its own', async () => {
  const sent = await forwarded({
    connection: 'keep-alive , X-Hop,x-request-id,X-FORWARDED-FOR,, bad name',
    'x-hop': '1',
    'x-kept': '1',
  })
  expect(sent).not.toHaveProperty('x-hop')
  expect(sent).not.toHaveProperty('connection')
  expect(sent['x-kept']).toBe('1')
  expect(sent['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

it('lets only WebSocket upgrade, by a GET that has a key and the one version there is', async () => {
  const handshake = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  const { fetch } = harness({ method: '*', handle: echo })
  const ask = async (method: string, more: Record<string, string>) => {
    const headers = { ...handshake, ...more }
    return (await (await fetch('/a', { method, headers })).json<Sent>()).headers
  }
  expect(await ask('GET', {})).toHaveProperty('upgrade', 'websocket')
  expect(await ask('GET', { upgrade: 'h2c' })).not.toHaveProperty('upgrade')
  expect(await ask('GET', { 'sec-websocket-version': '99' })).not.toHaveProperty('upgrade')
  expect(await ask('POST', {})).not.toHaveProperty('upgrade')
  const { 'sec-websocket-key': _, ...keyless } = handshake
  expect(await forwarded(keyless)).not.toHaveProperty('upgrade')
})

it('continues a valid trace and drops what is left of a broken one', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const good = await forwarded({
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    tracestate: 'a=1',
  })
  expect(good['traceparent']).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
  expect(good['traceparent']).not.toContain('00f067aa0ba902b7')
  expect(good['tracestate']).toBe('a=1')
  const bad = await forwarded({ traceparent: 'broken', tracestate: 'a=1' })
  expect(bad).not.toHaveProperty('traceparent')
  expect(bad).not.toHaveProperty('tracestate')
})
