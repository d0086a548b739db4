import { env, evictAllDurableObjects, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import type { KeyAnswer, Keys } from '../../src/core/keys.ts'
import type { KeyText } from '../../src/lib/api-key.ts'
import { feedOf, type KeysBindings } from '../../src/stores/keys/platform.ts'
import { keysIsolate } from './keys-isolate.ts'

/** Keys over the real thing: workerd's KV and Durable Objects, on the real clock. */
const bindings = env as unknown as KeysBindings & { REGISTRY: DurableObjectNamespace }

afterEach(reset)

test('a key works at once, before KV has it, and from KV afterwards', async () => {
  const keys = keysIsolate(bindings)
  const { text } = await issue(keys)
  expect(await ask(keys, text)).toMatchObject({ state: 'found', key: { scopes: ['read'] } })
  await settle()
  const another = keysIsolate(bindings)
  expect(await ask(another, text)).toMatchObject({ state: 'found', consumer: { id: 'acme' } })
  expect(another.figures).toMatchObject({ storedReads: 1, registryAsks: 0 })
})

test('an isolate that starts after a revocation refuses the key, whatever KV says', async () => {
  const keys = keysIsolate(bindings)
  const { text, id } = await issue(keys)
  await settle()
  await keys.registry().updateKey(id, { set: { status: 'revoked' }, version: null }, 'me')
  expect(await ask(keysIsolate(bindings), text)).toMatchObject({
    state: 'refused',
    reason: 'revoked',
  })
})

test('eviction of registry and feed changes nothing', async () => {
  const keys = keysIsolate(bindings)
  const { text, id } = await issue(keys)
  await keys.registry().updateKey(id, { set: { scopes: ['write'] }, version: null }, 'me')
  await evictAllDurableObjects()
  expect(await ask(keysIsolate(bindings), text)).toMatchObject({
    state: 'found',
    key: { scopes: ['write'] },
  })
})

test('five hundred consumers with a key each are imported, resumed half-way, and found', async () => {
  const keys = keysIsolate(bindings)
  const registry = keys.registry()
  const job = await registry.startImport('me')
  const texts: string[] = []
  const rows: unknown[] = []
  for (let i = 0; i < 500; i++) {
    const { text, minted } = await keys.mint('live')
    texts.push(text)
    rows.push({ consumer: { id: `c${i}`, tags: ['imported'] }, keys: [{ ...minted, name: 'k' }] })
  }
  await registry.importRows(job.id, 0, rows.slice(0, 200))
  // the client did not hear the answer and sends again, from a little before
  const resumed = await registry.importRows(job.id, 150, rows.slice(150, 450))
  expect(resumed).toMatchObject({ ok: true, value: { rows: 450, keysCreated: 450, failed: 0 } })
  const tooFar = await registry.importRows(job.id, 480, rows.slice(480))
  expect(tooFar).toMatchObject({ ok: false, code: 'changed' })
  await registry.importRows(job.id, 450, rows.slice(450))
  expect(await registry.importJob(job.id)).toMatchObject({ rows: 500, keysCreated: 500 })
  for (const text of [texts[0]!, texts[499]!]) expect((await ask(keys, text)).state).toBe('found')
  await settle()
  const another = keysIsolate(bindings)
  for (const text of [texts[0]!, texts[499]!]) {
    expect((await ask(another, text)).state).toBe('found')
  }
  expect(another.figures.registryAsks).toBe(0)
})

test('what was exported can be imported elsewhere, and the keys work there', async () => {
  const keys = keysIsolate(bindings)
  const { text } = await issue(keys)
  const { items } = await keys.registry().exportRows({ cursor: null, limit: 100 })
  expect(JSON.stringify(items)).not.toContain(text)
  await reset()
  const elsewhere = keysIsolate(bindings)
  expect(await ask(elsewhere, text)).toEqual({ state: 'unknown' })
  const job = await elsewhere.registry().startImport('me')
  const imported = await elsewhere.registry().importRows(job.id, 0, items)
  expect(imported).toMatchObject({ value: { consumersCreated: 1, keysCreated: 1, errors: [] } })
  expect(await ask(keysIsolate(bindings), text)).toMatchObject({
    state: 'found',
    key: { scopes: ['read'] },
  })
  const again = await elsewhere.registry().importRows(job.id, 1, items)
  expect(again).toMatchObject({ value: { rows: 2, keysCreated: 1, unchanged: 2 } })
})

test('a wrong row is told with its number and reason, and the others are taken', async () => {
  const registry = keysIsolate(bindings).registry()
  const job = await registry.startImport('me')
  const hash = 'h'.repeat(43)
  const rows = [
    { consumer: { id: 'a' }, keys: [{ hash }] },
    { consumer: { id: 'b' }, keys: [{ hash }] },
    { consumer: { name: 'nobody' } },
    'text',
    { consumer: { id: 'c' }, keys: [{ name: 'no hash' }] },
    { consumer: { id: 'd' } },
  ]
  const taken = await registry.importRows(job.id, 0, rows)
  expect(taken).toMatchObject({ value: { consumersCreated: 2, keysCreated: 1, failed: 4 } })
  const errors = taken.ok ? taken.value.errors : []
  expect(errors.map(({ row }) => row)).toEqual([1, 2, 3, 4])
  expect(errors[0]?.detail).toContain('in the registry already')
  expect(JSON.stringify(errors)).not.toContain(hash)
  expect(await registry.consumer('b')).toBeNull()
})

test('an isolate chooses one of four feeds of its region, one for all where there is no region', () => {
  expect(feedOf({ continent: 'EU', longitude: '2.3' }, 0.99)).toEqual({
    name: 'weur-3',
    locationHint: 'weur',
  })
  expect(feedOf({ continent: 'NA', longitude: '-120' }, 0).name).toBe('wnam-0')
  expect(feedOf({ continent: 'AS', longitude: '46' }, 0).name).toBe('me-0')
  for (const cf of [undefined, {}, { continent: 'T1' }]) expect(feedOf(cf, 0.5).name).toBe('local')
})

async function issue(keys: Keys): Promise<{ text: string; id: string }> {
  const { text, minted } = await keys.mint('live')
  await keys.registry().createConsumer({ id: 'acme' }, 'me')
  const made = await keys.registry().createKey('acme', { scopes: ['read'] }, minted, 'me')
  expect(made.ok).toBe(true)
  return { text, id: minted.id }
}

async function ask(keys: Keys, text: string): Promise<KeyAnswer> {
  return keys.find(text as KeyText, { client: { ip: '203.0.113.9' }, request: {}, waitUntil() {} })
}

/** Alarms until KV has everything. */
async function settle(): Promise<void> {
  const stub = bindings.REGISTRY.getByName('registry')
  for (let i = 0; i < 100 && (await keysIsolate(bindings).registry().figures()).pending > 0; i++) {
    await runDurableObjectAlarm(stub as unknown as DurableObjectStub)
  }
}
