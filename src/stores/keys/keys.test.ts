import { expect, test } from 'vitest'
import type { KeyAnswer, StoredKey } from '../../core/keys.ts'
import { generateApiKey, hashKey, type KeyText } from '../../lib/api-key.ts'
import { FakeWorld, storedSample } from './fake-world.ts'
import { createKeys } from './keys.ts'

const HOUR_MS = 3_600_000

test('a warm key is answered at once, without a promise and without asking anybody', async () => {
  const { fake, find, keys, add } = gateway()
  const text = await add('a')
  await fake.time.run(find(text))
  const before = { ...fake.asked }
  for (let i = 0; i < 1000; i++) {
    expect(find(text)).toMatchObject({ state: 'found', key: { id: 'key_a' }, late: false })
  }
  expect(fake.asked).toEqual(before)
  expect(keys.figures).toMatchObject({ memoryHits: 1000, storedReads: 1, registryAsks: 0 })
})

test('a cold key costs one KV read, and the isolate hears from the feed before it answers', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  expect(await fake.time.run(find(text))).toMatchObject({ state: 'found' })
  expect(fake.asked).toEqual({ kv: 1, registry: 0, feed: 1 })
})

test('a key that KV does not know yet works at once', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a', { kv: false })
  expect(await fake.time.run(find(text))).toMatchObject({ state: 'found' })
  expect(fake.asked).toEqual({ kv: 1, registry: 1, feed: 1 })
})

test('tells why a known key may not be used, and asks nobody a second time', async () => {
  const { fake, find, add } = gateway()
  const nowMs = fake.time.nowMs
  const cases: [string, object, object][] = [
    ['revoked', { status: 'revoked' }, {}],
    ['disabled', { status: 'disabled' }, {}],
    ['consumer-disabled', {}, { status: 'disabled' }],
    ['expired', { expiresMs: nowMs }, {}],
  ]
  for (const [reason, key, consumer] of cases) {
    const text = await add(reason, { stored: storedSample(reason, key, consumer) })
    expect(await fake.time.run(find(text))).toMatchObject({ state: 'refused', reason })
    const before = { ...fake.asked }
    expect(await fake.time.run(find(text))).toMatchObject({ state: 'refused', reason })
    expect(fake.asked).toEqual(before)
  }
})

test('a key stops at the millisecond it expires, from memory too', async () => {
  const { fake, find, add } = gateway()
  const expiresMs = fake.time.nowMs + 3000
  const text = await add('a', { stored: storedSample('a', { expiresMs }) })
  await fake.time.run(find(text))
  fake.time.nowMs = expiresMs - 1
  expect(find(text)).toMatchObject({ state: 'found' })
  fake.time.nowMs = expiresMs
  expect(find(text)).toMatchObject({ state: 'refused', reason: 'expired' })
})

test('"unknown" is believed for five seconds and then asked anew', async () => {
  const { fake, find } = gateway()
  const text = generated()
  expect(await fake.time.run(find(text))).toEqual({ state: 'unknown' })
  const foundMs = fake.time.nowMs
  const before = { ...fake.asked }
  fake.time.nowMs = foundMs + 4999
  expect(find(text)).toEqual({ state: 'unknown' })
  expect(fake.asked).toEqual(before)
  fake.time.nowMs = foundMs + 5000
  await fake.time.run(find(text))
  expect(fake.asked).toMatchObject({ kv: 2, registry: 2 })
})

test('when KV is unreachable the registry answers', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  fake.broken.add('kv')
  expect(await fake.time.run(find(text))).toMatchObject({ state: 'found', late: false })
  expect(await fake.time.run(find(generated()))).toEqual({ state: 'unknown' })
})

test('when KV and registry are unreachable no key is called unknown', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  fake.broken.add('kv').add('registry')
  expect(await fake.time.run(find(text))).toEqual({ state: 'unavailable' })
  expect(await fake.time.run(find(generated()))).toEqual({ state: 'unavailable' })
})

test('a key that KV does not know is not called unknown while the registry is unreachable', async () => {
  const { fake, find } = gateway()
  fake.broken.add('registry')
  expect(await fake.time.run(find(generated()))).toEqual({ state: 'unavailable' })
})

test('KV or registry that never answer are given up in time', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  fake.delayMs = HOUR_MS
  const startedMs = fake.time.nowMs
  expect(await fake.time.run(find(text))).toEqual({ state: 'unavailable' })
  expect(fake.time.nowMs - startedMs).toBe(4000)
})

test('fifty requests with the same cold key ask KV and registry once', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a', { kv: false })
  const answers = await fake.time.run(Promise.all(Array.from({ length: 50 }, () => find(text))))
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['found']))
  expect(fake.asked).toEqual({ kv: 1, registry: 1, feed: 1 })
})

test('fifty requests with the same unknown key ask once, too', async () => {
  const { fake, find } = gateway()
  const text = generated()
  const answers = await fake.time.run(Promise.all(Array.from({ length: 50 }, () => find(text))))
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['unknown']))
  expect(fake.asked).toEqual({ kv: 1, registry: 1, feed: 1 })
})

test('when the request that asks is cut off, another takes its turn', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  const { readStored } = fake.world
  let reads = 0
  // the first one hangs for ever, with all its timers, as in a cancelled request
  Object.assign(fake.world, {
    readStored: (hash: string) => (reads++ === 0 ? new Promise(() => {}) : readStored(hash)),
  })
  void find(text)
  await fake.time.advance(1)
  expect(await fake.time.run(find(text))).toMatchObject({ state: 'found' })
})

test('ten thousand wrong keys from one address cost few reads and hurt nobody else', async () => {
  const { fake, find, keys, add } = gateway()
  const [warm, cold] = [await add('warm'), await add('cold')]
  await fake.time.run(find(warm))
  const before = { ...fake.asked }
  const startedMs = fake.time.nowMs
  const tally = await flood(10_000, () => find(generated(), '192.0.2.1'), fake)
  const seconds = (fake.time.nowMs - startedMs) / 1000
  expect(tally['unknown']! + tally['busy']!).toBe(10_000)
  expect(fake.asked.kv - before.kv).toBeLessThanOrEqual(50 + 2 * seconds + 1)
  expect(fake.asked.registry - before.registry).toBeLessThanOrEqual(10 + 10 * seconds + 1)
  expect(find(warm)).toMatchObject({ state: 'found' })
  expect(await fake.time.run(find(cold, '198.51.100.7'))).toMatchObject({ state: 'found' })
  expect(keys.figures.busy).toBe(tally['busy'])
})

test('ten thousand wrong keys from as many addresses are bounded, too, and warm keys work', async () => {
  const { fake, find, add } = gateway()
  const warm = await add('warm')
  await fake.time.run(find(warm))
  const before = { ...fake.asked }
  const startedMs = fake.time.nowMs
  let n = 0
  await flood(10_000, () => find(generated(), `2001:db8::${(n++).toString(16)}`), fake)
  const seconds = (fake.time.nowMs - startedMs) / 1000
  expect(fake.asked.kv - before.kv).toBeLessThanOrEqual(100 + 20 * seconds + 1)
  expect(fake.asked.registry - before.registry).toBeLessThanOrEqual(10 + 10 * seconds + 1)
  expect(find(warm)).toMatchObject({ state: 'found' })
})

test('a hundred good keys of one address, all of them cold, are not taken for a scan', async () => {
  const { fake, find, add } = gateway()
  for (let i = 0; i < 100; i++) {
    const text = await add(`k${i}`)
    expect((await fake.time.run(find(text))).state).toBe('found')
  }
})

test('busy tells when to come again, and then there is room', async () => {
  const { fake, find } = gateway()
  const answers: KeyAnswer[] = []
  for (let i = 0; i < 80; i++) answers.push(await fake.time.run(find(generated())))
  const busy = answers.find(({ state }) => state === 'busy')
  expect(busy).toMatchObject({ state: 'busy', retryAfterMs: expect.any(Number) })
  await fake.time.advance(1000)
  expect(await fake.time.run(find(generated()))).toEqual({ state: 'unknown' })
})

test('a use is told to the feed once a day', async () => {
  const { fake, find, add } = gateway()
  const text = await add('a')
  await fake.time.run(find(text))
  for (let i = 0; i < 20; i++) {
    await fake.time.advance(6000)
    await fake.time.run(find(text))
  }
  await fake.time.advance(0)
  const dayMs = fake.time.nowMs - (fake.time.nowMs % (24 * HOUR_MS))
  expect(fake.used).toEqual([{ key: 'key_a', dayMs }])
})

test('keys and hashes are in no log line, whatever goes wrong', async () => {
  const { fake, find, add } = gateway()
  const texts = [await add('a'), generated()]
  fake.broken.add('kv').add('registry').add('feed')
  for (const text of texts) await fake.time.run(find(text))
  const log = fake.lines.join('\n')
  expect(log).toContain('keys-kv-unreachable')
  expect(log).toContain('keys-registry-unreachable')
  expect(log).toContain('keys-feed-unreachable')
  for (const text of texts) {
    expect(log).not.toContain(text)
    expect(log).not.toContain(await hashKey(text))
  }
})

test('what it mints can be found under its hash', async () => {
  const { fake, keys, find } = gateway()
  const { text, minted } = await keys.mint('test')
  expect(text).toMatch(/^acme_test_/)
  expect(minted).toMatchObject({ mode: 'test', start: 'acme_test', lastFour: text.slice(-4) })
  expect(JSON.stringify(minted)).not.toContain(text.slice(10, 42))
  fake.truth.set(minted.hash, storedSample('m'))
  expect(await fake.time.run(find(text as KeyText))).toMatchObject({ state: 'found' })
})

function gateway() {
  const fake = new FakeWorld()
  const keys = createKeys(fake.world, 'acme')
  const background: Promise<unknown>[] = []
  const find = (text: KeyText, ip = '203.0.113.9') =>
    keys.find(text, { client: { ip }, request: {}, waitUntil: (work) => background.push(work) })
  const add = async (id: string, { kv = true, stored = storedSample(id) }: Adding = {}) => {
    const text = generated()
    const hash = await hashKey(text)
    fake.truth.set(hash, stored)
    if (kv) fake.kv.set(hash, stored)
    return text
  }
  return { fake, keys, find, add, background }
}

interface Adding {
  kv?: boolean
  stored?: StoredKey
}

function generated(): KeyText {
  return generateApiKey('acme', 'live', (count) => crypto.getRandomValues(new Uint8Array(count)))
    .text
}

/** All at once, a hundred at a time. */
async function flood(
  count: number,
  ask: () => KeyAnswer | Promise<KeyAnswer>,
  fake: FakeWorld,
): Promise<Record<string, number>> {
  const tally: Record<string, number> = {}
  for (let i = 0; i < count; i += 100) {
    const answers = await fake.time.run(Promise.all(Array.from({ length: 100 }, ask)))
    for (const { state } of answers) tally[state] = (tally[state] ?? 0) + 1
  }
  return tally
}
