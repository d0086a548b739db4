import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startUpstream, type Upstream } from '../harness/upstream.ts'
import { administer, build, type Fault, type House, sabotaged } from './house.ts'
import { type Started, startWorkerd } from './workerd.ts'

let upstream: Upstream
let house: House

beforeAll(async () => {
  upstream = await startUpstream()
  house = await build(upstream.url)
})
afterAll(async () => {
  house.remove()
  await upstream.stop()
})
beforeEach(() => {
  upstream.seen.length = 0
})

async function call(
  gateway: Started,
  path: string,
): Promise<readonly [number, string | undefined]> {
  const headers = { authorization: `Bearer ${house.key}` }
  const response = await fetch(gateway.url + path, { headers })
  const body = (await response.json()) as { code?: string }
  return [response.status, body.code]
}

async function broken(
  stores: Parameters<typeof sabotaged>[1],
  fault: Fault,
  test: (gateway: Started) => Promise<void>,
): Promise<void> {
  const gateway = await startWorkerd(sabotaged(house, stores, fault))
  try {
    await test(gateway)
    // whatever is broken, the rest works
    expect(await call(gateway, '/open')).toEqual([200, undefined])
    expect(gateway.output()).not.toContain(house.key)
  } finally {
    await gateway.stop()
  }
}

describe.each<Fault>(['throws', 'slow'])('what %s', (fault) => {
  it('KV: a key is looked up in the registry, and the log says so', () =>
    broken(['KEYS'], fault, async (gateway) => {
      expect(await call(gateway, '/key')).toEqual([200, undefined])
      expect(gateway.output()).toContain('"event":"keys-kv-unreachable"')
    }))

  it('KV and registry: nobody can tell whose key it is, 503, and nothing passes', () =>
    broken(['KEYS', 'REGISTRY', 'REVOCATIONS'], fault, async (gateway) => {
      expect(await call(gateway, '/key')).toEqual([503, 'key-unavailable'])
      expect(upstream.seen).toEqual([])
      expect(gateway.output()).toContain('"event":"keys-registry-unreachable"')
    }))

  it('the counter: 503, unless the config says that it fails open', () =>
    broken(['COUNTERS'], fault, async (gateway) => {
      expect(await call(gateway, '/limited')).toEqual([503, 'limit-unavailable'])
      expect(await call(gateway, '/slots')).toEqual([503, 'limit-unavailable'])
      expect(upstream.seen).toEqual([])
      expect(await call(gateway, '/lenient')).toEqual([200, undefined])
      expect(gateway.output()).toContain('limit-unavailable')
    }))
})

it('the administration without its registry answers a problem without detail, and logs the failure', () =>
  broken(['REGISTRY'], 'throws', async (gateway) => {
    const answer = await administer(gateway.url, 'GET', '/consumers')
    expect(answer).toMatchObject({ status: 500, code: 'internal-error' })
    expect(JSON.stringify(answer)).not.toContain('on purpose')
    expect(gateway.output()).toContain('broken on purpose')
  }))
