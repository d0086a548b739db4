import { expect, test } from 'vitest'
import { generateApiKey, hashKey, type KeyText } from '../../lib/api-key.ts'
import { FakeWorld, storedSample } from './fake-world.ts'
import { createKeys } from './keys.ts'
import type { FeedQuestion } from './world.ts'

test('up to five seconds after it has heard, an isolate asks nobody', async () => {
  const { fake, find, warm, background } = await isolate()
  fake.time.nowMs = warm.heardMs + 5000
  expect(find()).toMatchObject({ state: 'found' })
  expect(background).toHaveLength(0)
})

test('after five seconds it asks the feed once, in the background', async () => {
  const { fake, find, warm, background } = await isolate()
  fake.time.nowMs = warm.heardMs + 5001
  for (let i = 0; i < 100; i++) expect(find()).toMatchObject({ state: 'found' })
  expect(background).toHaveLength(1)
  await fake.time.run(background[0])
  expect(fake.asked.feed).toBe(2)
})

test('after ten seconds the request waits for the feed', async () => {
  const { fake, find, warm } = await isolate()
  fake.time.nowMs = warm.heardMs + 10_000
  expect(find()).not.toBeInstanceOf(Promise)
  fake.time.nowMs = warm.heardMs + 10_001
  fake.change(warm.hash, 'key', { status: 'revoked' })
  const answer = find()
  expect(answer).toBeInstanceOf(Promise)
  expect(await fake.time.run(answer)).toMatchObject({ state: 'refused', reason: 'revoked' })
})

test('fifty requests that wait for the feed ask it once', async () => {
  const { fake, find, warm } = await isolate()
  fake.time.nowMs = warm.heardMs + 60_000
  const answers = await fake.time.run(Promise.all(Array.from({ length: 50 }, find)))
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['found']))
  expect(fake.asked.feed).toBe(2)
})

test('a revoked key stops within ten seconds while KV still says that it is good', async () => {
  const { fake, find, warm, background } = await isolate()
  await fake.time.advance(1234)
  fake.change(warm.hash, 'key', { status: 'revoked' })
  const revokedMs = fake.time.nowMs
  let lastFoundMs = 0
  for (let i = 0; i < 300; i++) {
    const answer = await fake.time.run(find())
    if (answer.state === 'found') lastFoundMs = fake.time.nowMs
    await fake.time.run(Promise.all(background.splice(0)))
    await fake.time.advance(100)
  }
  expect(lastFoundMs - revokedMs).toBeLessThanOrEqual(10_000)
  expect(await fake.time.run(find())).toMatchObject({ state: 'refused', reason: 'revoked' })
  expect(fake.kv.get(warm.hash)?.key.status).toBe('active')
})

test('a disabled consumer stops all its keys, and a changed one is seen as changed', async () => {
  const { fake, find, warm } = await isolate()
  fake.change(warm.hash, 'consumer', { metadata: { plan: 'gold' } })
  await fake.time.advance(11_000)
  expect(await fake.time.run(find())).toMatchObject({ consumer: { metadata: { plan: 'gold' } } })
  fake.change(warm.hash, 'consumer', { status: 'disabled' })
  await fake.time.advance(11_000)
  expect(await fake.time.run(find())).toMatchObject({
    state: 'refused',
    reason: 'consumer-disabled',
  })
})

test('an isolate that has just started does not believe KV about a key revoked before', async () => {
  const { fake, warm } = await isolate()
  fake.change(warm.hash, 'key', { status: 'revoked' })
  const another = createKeys(fake.world, 'acme')
  const answer = await fake.time.run(another.find(warm.text, caller([])))
  expect(answer).toMatchObject({ state: 'refused', reason: 'revoked' })
})

test('the feed is out of reach: known keys work five minutes more, marked, logged and counted', async () => {
  const { fake, find, keys, warm } = await isolate()
  fake.broken.add('feed').add('registry').add('kv')
  fake.time.nowMs = warm.heardMs + 10_001
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: true })
  expect(keys.figures).toMatchObject({ late: 1, feedFailures: 1 })
  expect(fake.lines.filter((line) => line.includes('keys-unchecked'))).toHaveLength(1)
  fake.time.nowMs = warm.heardMs + 309_990
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: true })
  fake.time.nowMs = warm.heardMs + 310_001
  expect(await fake.time.run(find())).toEqual({ state: 'unavailable' })
})

test('a feed that answers, but has itself not heard from the registry, counts as out of reach', async () => {
  const { fake, find, warm } = await isolate()
  const { hear } = fake.world
  Object.assign(fake.world, {
    hear: async (question: FeedQuestion) => ({
      ...(await hear(question, {})),
      ageMs: fake.time.nowMs - warm.heardMs,
    }),
  })
  fake.time.nowMs = warm.heardMs + 20_000
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: true })
})

test('while the feed is out of reach requests do not wait for it each time', async () => {
  const { fake, find, warm } = await isolate()
  fake.broken.add('feed')
  fake.time.nowMs = warm.heardMs + 60_000
  await fake.time.run(find())
  const asked = fake.asked.feed
  const startedMs = fake.time.nowMs
  for (let i = 0; i < 100; i++) await fake.time.run(find())
  expect(fake.time.nowMs).toBe(startedMs)
  expect(fake.asked.feed).toBe(asked)
  await fake.time.advance(2000)
  await fake.time.run(find())
  expect(fake.asked.feed).toBe(asked + 1)
})

test('beyond the five minutes the registry itself is asked, and believed for ten seconds', async () => {
  const { fake, find, warm } = await isolate()
  fake.broken.add('feed')
  fake.time.nowMs = warm.heardMs + 400_000
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: false })
  const { registry } = fake.asked
  fake.time.nowMs += 9000
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: false })
  expect(fake.asked.registry).toBe(registry)
  fake.change(warm.hash, 'key', { status: 'revoked' })
  fake.time.nowMs += 1001
  expect(await fake.time.run(find())).toMatchObject({ state: 'refused', reason: 'revoked' })
})

test('an isolate that starts while feed and registry are out of reach uses what KV says, five minutes', async () => {
  const { fake, warm } = await isolate()
  fake.broken.add('feed').add('registry')
  const another = createKeys(fake.world, 'acme')
  const find = () => fake.time.run(another.find(warm.text, caller([])))
  expect(await find()).toMatchObject({ state: 'found', late: true })
  await fake.time.advance(299_000)
  expect(await find()).toMatchObject({ state: 'found', late: true })
  await fake.time.advance(2000)
  expect(await find()).toEqual({ state: 'unavailable' })
})

test('everything is as before once the feed is back', async () => {
  const { fake, find, warm } = await isolate()
  fake.broken.add('feed')
  fake.time.nowMs = warm.heardMs + 100_000
  await fake.time.run(find())
  fake.broken.delete('feed')
  await fake.time.advance(2000)
  expect(await fake.time.run(find())).toMatchObject({ state: 'found', late: false })
  expect(find()).not.toBeInstanceOf(Promise)
})

test('notices that were dropped before an isolate heard them make it forget everything', async () => {
  const { fake, find, warm } = await isolate()
  fake.change(warm.hash, 'key', { status: 'revoked' })
  fake.kv.set(warm.hash, fake.truth.get(warm.hash)!)
  fake.pruned = fake.sequence
  fake.notices.length = 0
  fake.time.nowMs = warm.heardMs + 3_600_000
  expect(await fake.time.run(find())).toMatchObject({ state: 'refused', reason: 'revoked' })
})

test('a registry that was emptied voids everything remembered', async () => {
  const { fake, find, warm } = await isolate()
  fake.epoch = 'two'
  fake.sequence = 3
  fake.truth.clear()
  fake.kv.clear()
  fake.time.nowMs = warm.heardMs + 11_000
  expect(await fake.time.run(find())).toEqual({ state: 'unknown' })
})

test('an isolate that has changed something itself asks anew before it answers', async () => {
  const { fake, find, keys, warm } = await isolate()
  fake.change(warm.hash, 'key', { status: 'revoked' })
  expect(find()).toMatchObject({ state: 'found' })
  keys.changed()
  expect(await fake.time.run(find())).toMatchObject({ state: 'refused', reason: 'revoked' })
  expect(fake.urgent).toEqual([false, true])
  expect(find()).not.toBeInstanceOf(Promise)
})

test('an answer that was under way when it changed something does not count', async () => {
  const { fake, find, keys, warm } = await isolate()
  fake.time.nowMs = warm.heardMs + 11_000
  fake.delayMs = 300
  const waiting = find()
  await fake.time.advance(100)
  keys.changed()
  expect(await fake.time.run(waiting)).toMatchObject({ state: 'found', late: false })
  expect(fake.urgent).toEqual([false, false, true])
})

test('a change heard of while KV answers is not overlooked', async () => {
  const { fake, warm } = await isolate()
  const another = createKeys(fake.world, 'acme')
  const { readStored } = fake.world
  Object.assign(fake.world, {
    readStored: async (hash: string) => {
      const value = await readStored(hash)
      await fake.time.sleep(500)
      return value
    },
  })
  fake.change(warm.hash, 'key', { status: 'revoked' })
  const answer = await fake.time.run(another.find(warm.text, caller([])))
  expect(answer).toMatchObject({ state: 'refused', reason: 'revoked' })
})

/** An isolate that has just looked up one good key. */
async function isolate() {
  const fake = new FakeWorld()
  const keys = createKeys(fake.world, 'acme')
  const background: Promise<unknown>[] = []
  const { text } = generateApiKey('acme', 'live', fake.world.randomBytes)
  const hash = await hashKey(text)
  const stored = storedSample('a')
  fake.truth.set(hash, stored)
  fake.kv.set(hash, stored)
  const find = () => keys.find(text, caller(background))
  const heardMs = fake.time.nowMs - fake.delayMs
  expect(await fake.time.run(find())).toMatchObject({ state: 'found' })
  return { fake, keys, find, background, warm: { text: text as KeyText, hash, heardMs } }
}

function caller(background: Promise<unknown>[]) {
  return {
    client: { ip: '203.0.113.9' },
    request: {},
    waitUntil: (work: Promise<unknown>) => void background.push(work),
  }
}
