import { reset } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { adminGateway } from '../../../test/worker/admin.ts'
import { problemOf } from '../../../test/worker/harness.ts'
import type { Keys } from '../../core/keys.ts'
import { generateApiKey, hashKey } from '../../lib/api-key.ts'
import { adminApp } from './app.ts'
import { openApiDocument } from './openapi.ts'

afterEach(reset)

it('issues a key, shows it once, and the key works', async () => {
  const { call, keys } = adminGateway()
  await call('POST', '/consumers', { id: 'acme', groups: ['partners'] })
  const made = await call('POST', '/consumers/acme/keys', { name: 'ci', scopes: ['read'] })
  expect(made.status).toBe(201)
  const { key, ...record } = made.body
  expect(key).toMatch(/^cardea_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/)
  expect(record).toMatchObject({
    consumer: 'acme',
    name: 'ci',
    start: 'cardea_live',
    lastFour: String(key).slice(-4),
    expires: null,
  })
  expect(await find(keys, key)).toMatchObject({
    state: 'found',
    consumer: { groups: ['partners'] },
  })
  const read = await call('GET', `/keys/${record['id']}`)
  expect(read.body).toEqual(record)
})

it('rolls a key: the new one works, the old one ends after the grace period', async () => {
  const { call, keys } = adminGateway()
  await call('POST', '/consumers', { id: 'acme' })
  const { body: old } = await call('POST', '/consumers/acme/keys', { mode: 'test' })
  const rolled = await call('POST', `/keys/${old['id']}/roll`, { graceSeconds: 3600 })
  expect(rolled.body).toMatchObject({ replaces: old['id'], mode: 'test', expires: null })
  expect(await find(keys, rolled.body['key'])).toMatchObject({ state: 'found' })
  const { body: after } = await call('GET', `/keys/${old['id']}`)
  expect(Date.parse(String(after['expires'])) - Date.now()).toBeGreaterThan(3_500_000)
  expect((await call('POST', `/keys/${old['id']}/roll`, { grace: '1h' })).status).toBe(400)
})

it('revokes, disables and deletes, and the isolate that does it sees it at once', async () => {
  const { call, keys } = adminGateway()
  await call('POST', '/consumers', { id: 'acme' })
  const { body: a } = await call('POST', '/consumers/acme/keys')
  const { body: b } = await call('POST', '/consumers/acme/keys')
  expect((await call('POST', `/keys/${a['id']}/revoke`)).body['status']).toBe('revoked')
  expect(await find(keys, a['key'])).toMatchObject({ state: 'refused', reason: 'revoked' })
  await call('PATCH', '/consumers/acme', { status: 'disabled' })
  expect(await find(keys, b['key'])).toMatchObject({ reason: 'consumer-disabled' })
  expect((await call('DELETE', '/consumers/acme')).status).toBe(204)
  expect((await call('GET', `/keys/${b['id']}`)).status).toBe(404)
})

it('changes only the version that was seen', async () => {
  const { call } = adminGateway()
  const made = await call('POST', '/consumers', { id: 'acme' })
  expect(made.headers.get('location')).toBe('/admin/consumers/acme')
  const etag = made.headers.get('etag')!
  const first = await call('PATCH', '/consumers/acme', { name: 'A' }, { 'if-match': etag })
  expect(first.status).toBe(200)
  const second = await call('PATCH', '/consumers/acme', { name: 'B' }, { 'if-match': etag })
  expect([second.status, second.body['code']]).toEqual([412, 'version-changed'])
  for (const wrong of [`W/${etag}`, '1', '"x"', '"1", "2"']) {
    const { status } = await call('DELETE', '/consumers/acme', undefined, { 'if-match': wrong })
    expect(status, wrong).toBe(412)
  }
  const any = await call('DELETE', '/consumers/acme', undefined, { 'if-match': '*' })
  expect(any.status).toBe(204)
})

it('lists page by page with filters', async () => {
  const { call } = adminGateway()
  for (const [id, plan] of [
    ['a', 'gold'],
    ['b', 'free'],
    ['c', 'gold'],
    ['d', 'gold'],
  ] as const) {
    await call('POST', '/consumers', { id, metadata: { plan }, tags: ['x'] })
  }
  const query = '/consumers?limit=2&tag=x&metadata=plan%3Dgold'
  const first = await call('GET', query)
  expect(idsOf(first.body)).toEqual(['a', 'c'])
  const second = await call('GET', `${query}&cursor=${String(first.body['cursor'])}`)
  expect(idsOf(second.body)).toEqual(['d'])
  expect(second.body['cursor']).toBeNull()
  expect((await call('GET', '/consumers?limit=0')).body['code']).toBe('input-invalid')
})

it('answers what is wrong as a problem that names it', async () => {
  const { call } = adminGateway()
  await call('POST', '/consumers', { id: 'acme' })
  const cases: [string, string, unknown, number, string][] = [
    ['POST', '/consumers', { id: 'acme' }, 409, 'already-exists'],
    ['POST', '/consumers', { plan: 'x' }, 400, 'input-invalid'],
    ['POST', '/consumers', ['x'], 400, 'input-invalid'],
    ['POST', '/consumers', '{', 400, 'input-invalid'],
    ['POST', '/consumers', '{"id":"a","id":"b"}', 400, 'input-invalid'],
    ['POST', '/consumers/acme/keys', { expires: 'tomorrow' }, 400, 'input-invalid'],
    ['POST', '/consumers/acme/keys', { mode: 'prod' }, 400, 'input-invalid'],
    ['POST', '/consumers/nobody/keys', {}, 404, 'not-found'],
    ['POST', '/keys/key_x/roll', null, 400, 'input-invalid'],
    ['GET', '/keys/key_x', undefined, 404, 'not-found'],
    ['GET', '/elsewhere', undefined, 404, 'not-found'],
    ['PUT', '/consumers/acme', {}, 404, 'not-found'],
  ]
  for (const [method, path, input, status, code] of cases) {
    const answer = await call(method, path, input)
    expect([answer.status, answer.body['code']], `${method} ${path}`).toEqual([status, code])
  }
})

it('a body beyond the limit is refused', async () => {
  const { call } = adminGateway()
  const answer = await call('POST', '/consumers', { description: 'x'.repeat(2_000_000) })
  expect(answer.status).toBe(413)
})

it('imports keys by text and by hash in hex, and exports what can be imported', async () => {
  const { call, keys, send } = adminGateway()
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))
  const ours = generateApiKey('cardea', 'test', random).text
  const foreign = 'another-systems-key-0001'
  const sha256 = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(foreign)),
  )
  const hex = Array.from(sha256, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const { body: job } = await call('POST', '/imports')
  const lines = [
    { consumer: { id: 'a', created: '2020-01-31T12:00:00Z' }, keys: [{ key: ours }] },
    { consumer: { id: 'b' }, keys: [{ hash: hex, expires: '2031-01-01' }] },
  ]
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno json\n`
  const rows = await send('POST', `/imports/${job['id']}/rows?first=0`, text)
  const taken = (await rows.json()) as object
  expect(taken).toMatchObject({ rows: 3, consumersCreated: 2, keysCreated: 2, failed: 1 })
  expect(await find(keys, ours)).toMatchObject({ state: 'found', key: { mode: 'test' } })
  expect(await find(keys, foreign)).toMatchObject({ state: 'found', consumer: { id: 'b' } })
  const exported = await call('GET', '/export')
  expect(exported.body['items']).toMatchObject([
    { consumer: { id: 'a', created: '2020-01-31T12:00:00.000Z' }, keys: [{ mode: 'test' }] },
    { consumer: { id: 'b' }, keys: [{ expires: '2031-01-01T00:00:00.000Z' }] },
  ])
  const { body: second } = await call('POST', '/imports')
  const again = (exported.body['items'] as object[]).map((item) => JSON.stringify(item)).join('\n')
  const repeated = await send('POST', `/imports/${second['id']}/rows?first=0`, again)
  expect(await repeated.json()).toMatchObject({ unchanged: 4, keysCreated: 0, failed: 0 })
})

it('keeps an audit trail of who did what, without keys and hashes', async () => {
  const { call } = adminGateway()
  await call('POST', '/consumers', { id: 'acme' })
  const { body: key } = await call('POST', '/consumers/acme/keys')
  await call('POST', `/keys/${key['id']}/revoke`)
  const { body } = await call('GET', `/audit?target=${key['id']}`)
  expect(body['items']).toMatchObject([
    { actor: 'bearer-token:root', action: 'key.update', detail: { status: 'revoked' } },
    { actor: 'bearer-token:root', action: 'key.create' },
  ])
  const all = JSON.stringify((await call('GET', '/audit')).body)
  expect(all).not.toContain(key['key'])
  expect(all).not.toContain(await hashKey(String(key['key'])))
})

it('answers nobody without the token, and nothing of an answer may be cached', async () => {
  const { fetch, call } = adminGateway()
  const response = await fetch('/admin/consumers')
  expect(response.status).toBe(401)
  expect(await problemOf(response)).toMatchObject({ code: 'token-missing' })
  expect((await call('GET', '/figures')).headers.get('cache-control')).toBe('no-store')
})

it('describes itself, with the path it is mounted on, operation by operation', async () => {
  const { call } = adminGateway()
  const { body } = await call('GET', '/openapi.json')
  expect(body).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/admin' }] })
  const { paths } = openApiDocument('') as { paths: Record<string, Record<string, unknown>> }
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  const routes = adminApp().routes.filter(({ method }) => method !== 'ALL')
  const served = routes.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(served)).toEqual(new Set(described))
})

/** @param names of further policies that count everybody together */
it('takes JSON that can be read in one way only, and says why without an exception’s text', async () => {
  const { call } = adminGateway()
  const detail = async (body: string) => (await call('POST', '/consumers', body)).body['detail']
  expect(await detail('{"id":"a","id":"b"}')).toBe(
    'The body must not hold an object with a name twice.',
  )
  expect(await detail('{')).toBe('The body must be JSON.')
  expect(await detail('\ufeff{"id":"a"}')).toBe('The body must not begin with a byte order mark.')
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  const tooDeep = 'The body must not be nested deeper than 128 levels.'
  expect(await detail(`{"id":"a","metadata":${deep}}`)).toBe(tooDeep)
  expect(await detail(`{"id":"a","groups":${'['.repeat(9000)}${']'.repeat(9000)}}`)).toBe(tooDeep)
})

it('imports no row that is nested too deeply, and goes on with the next one', async () => {
  const { call } = adminGateway()
  const { body: job } = await call('POST', '/imports')
  const metadata = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  const rows = [`{"consumer":{"id":"a","metadata":${metadata}}}`, '{"consumer":{"id":"b"}}']
  const made = await call('POST', `/imports/${job['id'] as string}/rows?first=0`, rows.join('\n'))
  expect(made.body).toMatchObject({ rows: 2, consumersCreated: 1, failed: 1 })
})

it('does nothing for a page of another origin, whatever the browser adds to its form', async () => {
  const { call } = adminGateway()
  const post = async (type: string | undefined, origin: string | undefined) => {
    const headers = { ...(type && { 'content-type': type }), ...(origin && { origin }) }
    return (await call('POST', '/consumers', '{"id":"acme"}', headers)).status
  }
  for (const origin of ['https://evil.test', 'null', 'http://gateway.test']) {
    for (const type of [
      'text/plain',
      'Text/Plain; x=application/json',
      'multipart/form-data; a=b',
    ]) {
      expect(await post(type, origin), type).toBe(415)
    }
    expect(await post('application/x-www-form-urlencoded', origin)).toBe(415)
    expect(await post('application/json, text/plain', origin)).toBe(415)
  }
  expect(await post('application/json', 'https://app.test')).toBe(201)
  // what is no browser sends no Origin
  expect(await post('text/plain', undefined)).toBe(409)
})

async function find(keys: Keys, text: unknown) {
  return keys.find(text as never, { client: { ip: '203.0.113.9' }, request: {}, waitUntil() {} })
}

const idsOf = (body: Record<string, unknown>) =>
  (body['items'] as { id: string }[]).map(({ id }) => id)
