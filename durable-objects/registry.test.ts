import { env, evictDurableObject, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import type { MintedKey, StoredKey } from '../src/core/keys.ts'
import type { Registry } from '../src/core/registry.ts'
import { storedName } from '../src/lib/api-key.ts'

interface Bindings {
  readonly REGISTRY: DurableObjectNamespace
  readonly KEYS: KVNamespace
}
const { REGISTRY, KEYS } = env as unknown as Bindings
const stub = () => REGISTRY.getByName('registry')
const registry = () => stub() as unknown as Registry

afterEach(reset)

test('a change tells who did what to whom, and a failed one leaves nothing behind', async () => {
  await registry().createConsumer({ id: 'acme', name: 'Acme' }, 'alice')
  const again = await registry().createConsumer({ id: 'acme' }, 'bob')
  expect(again).toEqual({
    ok: false,
    code: 'exists',
    detail: 'There is a consumer "acme" already.',
  })
  await registry().createKey('acme', { scopes: ['read'] }, minted('a'), 'carol')
  const { items } = await registry().audit({ cursor: null, limit: 10 })
  expect(
    items.map(({ sequence, actor, action, target }) => [sequence, actor, action, target]),
  ).toEqual([
    [2, 'carol', 'key.create', 'key_a'],
    [1, 'alice', 'consumer.create', 'acme'],
  ])
  expect(JSON.stringify(items)).not.toContain(minted('a').hash)
})

test('a change with an outdated version fails and says which version is there', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  const first = await registry().updateConsumer('acme', { set: { name: 'A' }, version: 1 }, 'me')
  expect(first).toMatchObject({ ok: true, value: { name: 'A', version: 2 } })
  const second = await registry().updateConsumer('acme', { set: { name: 'B' }, version: 1 }, 'me')
  expect(second).toMatchObject({ ok: false, code: 'changed' })
  expect(await registry().consumer('acme')).toMatchObject({ name: 'A', version: 2 })
  const third = await registry().updateConsumer('acme', { set: { name: 'B' }, version: null }, 'me')
  expect(third.ok).toBe(true)
})

test('refuses what does not fit, naming member and form', async () => {
  const details = async (input: unknown) => {
    const outcome = await registry().createConsumer(input, 'me')
    return outcome.ok ? 'taken' : `${outcome.code}: ${outcome.detail}`
  }
  expect(await details('acme')).toBe('invalid: The consumer must be a JSON object.')
  expect(await details({ id: 'a b' })).toContain('"id" of the consumer must be up to 100 letters')
  expect(await details({ id: 'a', plan: 'x' })).toContain('has no member "plan". Its members are')
  expect(await details({ id: 'a', metadata: { x: 'y'.repeat(4096) } })).toContain(
    'at most 4096 bytes',
  )
  expect(await details({ id: 'a', tags: ['two words'] })).toContain('words without spaces')
  await registry().createConsumer({ id: 'a' }, 'me')
  const key = await registry().createKey('a', { ipRanges: ['10.0.0.0/33'] }, minted('a'), 'me')
  expect(key).toMatchObject({ ok: false, code: 'invalid' })
  const orphan = await registry().createKey('nobody', {}, minted('a'), 'me')
  expect(orphan).toMatchObject({ ok: false, code: 'not-found' })
})

test('KV holds what the registry holds as soon as the alarm has run', async () => {
  await registry().createConsumer({ id: 'acme', metadata: { plan: 'gold' }, tags: ['t'] }, 'me')
  await registry().createKey('acme', { name: 'first', scopes: ['read'] }, minted('a'), 'me')
  await settle()
  expect(await stored('a')).toEqual({
    key: {
      id: 'key_a',
      name: 'first',
      mode: 'live',
      scopes: ['read'],
      ipRanges: [],
      status: 'active',
      expiresMs: null,
      version: 2,
    },
    consumer: {
      id: 'acme',
      name: 'acme',
      metadata: { plan: 'gold' },
      tags: ['t'],
      groups: [],
      status: 'active',
      version: 1,
    },
  })
  await registry().updateConsumer('acme', { set: { status: 'disabled' }, version: null }, 'me')
  await settle()
  expect((await stored('a'))?.consumer).toMatchObject({ status: 'disabled', version: 3 })
  await registry().deleteConsumer('acme', null, 'me')
  await settle()
  expect(await stored('a')).toBeNull()
  expect(await registry().find(minted('a').hash)).toBeNull()
})

test('an object evicted before its alarm writes KV in its next life', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  for (const name of ['a', 'b', 'c']) await registry().createKey('acme', {}, minted(name), 'me')
  await evictDurableObject(stub())
  await settle()
  expect((await Promise.all(['a', 'b', 'c'].map(stored))).map((one) => one?.key.id)).toEqual([
    'key_a',
    'key_b',
    'key_c',
  ])
})

test('a rolled key has a successor with its properties and ends after the grace period', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  const input = { name: 'ci', scopes: ['read'], ipRanges: ['10.0.0.0/8'] }
  await registry().createKey('acme', input, minted('a'), 'me')
  const startedMs = Date.now()
  const roll = { graceMs: 60_000, all: false, version: null }
  const rolled = await registry().rollKey('key_a', roll, minted('b'), 'me')
  expect(rolled).toMatchObject({ ok: true, value: { ...input, id: 'key_b', replaces: 'key_a' } })
  const old = await registry().key('key_a')
  expect(old?.status).toBe('active')
  expect(old?.expiresMs).toBeGreaterThanOrEqual(startedMs + 60_000)
  expect(old?.expiresMs).toBeLessThanOrEqual(Date.now() + 60_000)
})

test('rolling all ends every other key of the same mode, and never later than it would have', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  await registry().createKey('acme', {}, minted('a'), 'me')
  await registry().createKey('acme', { expiresMs: 5 }, minted('b'), 'me')
  await registry().createKey('acme', {}, { ...minted('t'), mode: 'test' }, 'me')
  const roll = { graceMs: 1000, all: true, version: null }
  await registry().rollKey('key_a', roll, minted('c'), 'me')
  expect((await registry().key('key_b'))?.expiresMs).toBe(5)
  expect((await registry().key('key_t'))?.expiresMs).toBeNull()
  expect((await registry().key('key_c'))?.expiresMs).toBeNull()
})

test('a revoked key stays revoked', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  await registry().createKey('acme', {}, minted('a'), 'me')
  await registry().updateKey('key_a', { set: { status: 'revoked' }, version: null }, 'me')
  const woken = await registry().updateKey(
    'key_a',
    { set: { status: 'active' }, version: null },
    'me',
  )
  expect(woken).toMatchObject({ ok: false, code: 'invalid' })
  expect((await registry().find(minted('a').hash))?.key.status).toBe('revoked')
})

test('lists page by page, filtered by tag, group, metadata and status together', async () => {
  for (let i = 0; i < 30; i++) {
    const input = {
      id: `c${String(i).padStart(2, '0')}`,
      tags: i % 2 === 0 ? ['even'] : ['odd'],
      groups: i % 3 === 0 ? ['third'] : [],
      metadata: { plan: i < 20 ? 'gold' : 'free', seats: i % 5 },
      status: i === 6 ? 'disabled' : 'active',
    }
    expect((await registry().createConsumer(input, 'me')).ok).toBe(true)
  }
  const ids: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 10 && (pages === 0 || cursor !== null); pages++) {
    const page = await registry().listConsumers({ cursor, limit: 7, tag: 'even' })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.cursor
  }
  expect(ids).toEqual(Array.from({ length: 15 }, (_, i) => `c${String(i * 2).padStart(2, '0')}`))
  const page = { cursor: null, limit: 100 }
  const metadata = { name: 'plan', value: 'gold' }
  const all = { ...page, tag: 'even', group: 'third', metadata, status: 'active' } as const
  expect((await registry().listConsumers(all)).items.map(({ id }) => id)).toEqual([
    'c00',
    'c12',
    'c18',
  ])
  const seats = { ...page, metadata: { name: 'seats', value: '4' } }
  expect((await registry().listConsumers(seats)).items).toHaveLength(6)
})

test('a changed consumer is found by its new labels only', async () => {
  await registry().createConsumer({ id: 'acme', tags: ['old'] }, 'me')
  await registry().updateConsumer('acme', { set: { tags: ['new'] }, version: null }, 'me')
  const page = { cursor: null, limit: 10 }
  expect((await registry().listConsumers({ ...page, tag: 'old' })).items).toEqual([])
  expect((await registry().listConsumers({ ...page, tag: 'new' })).items).toHaveLength(1)
})

test('a use is noted once a day and never moves back', async () => {
  await registry().createConsumer({ id: 'acme' }, 'me')
  await registry().createKey('acme', {}, minted('a'), 'me')
  const day = 86_400_000
  await registry().changes(0, [{ key: 'key_a', dayMs: 20 * day }])
  await registry().changes(0, [{ key: 'key_a', dayMs: 19 * day }])
  await registry().changes(0, [{ key: 'key_a', dayMs: Date.now() + 10 * day }])
  expect((await registry().key('key_a'))?.lastUsedMs).toBe(20 * day)
})

/** Runs alarms until KV has everything; the platform does the same on its own time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 100 && (await registry().figures()).pending > 0; i++) {
    await runDurableObjectAlarm(stub())
  }
  expect((await registry().figures()).pending).toBe(0)
}

async function stored(name: string): Promise<StoredKey | null> {
  return KEYS.get<StoredKey>(storedName(minted(name).hash), 'json')
}

/** The hash is no real one: 43 characters are all the registry asks for. */
function minted(name: string): MintedKey {
  const hash = name.padEnd(43, '0')
  return { id: `key_${name}`, hash, mode: 'live', start: 'cardea_live', lastFour: 'abcd' }
}
