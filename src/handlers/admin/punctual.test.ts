import { reset } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { adminGateway } from '../../../test/worker/admin.ts'
import type { Registry } from '../../core/registry.ts'
import { ANSWER_MS_MAX } from './punctual.ts'

afterEach(reset)
afterEach(() => void vi.useRealTimers())

/** Notes what it is asked, and never answers. */
function hanging(asked: string[]): Registry {
  return new Proxy({} as Registry, {
    get: (_, name) => (id: string) => {
      asked.push(`${String(name)} ${id}`)
      return new Promise(() => undefined)
    },
  })
}

it('answers 503 when the registry hangs, and waits no longer than it says', async () => {
  vi.useFakeTimers()
  const asked: string[] = []
  const { call, keys } = adminGateway()
  Object.assign(keys, { registry: () => hanging(asked) })
  const answer = call('GET', '/keys/key_1')
  await vi.waitFor(() => expect(asked).toEqual(['key key_1']))
  await vi.advanceTimersByTimeAsync(ANSWER_MS_MAX)
  const { status, body, headers } = await answer
  expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'key-unavailable', '5'])
})
