import { env } from 'cloudflare:test'
import { policy } from '../../src/core/gateway.ts'
import { definePolicy } from '../../src/core/policy.ts'
import admin from '../../src/handlers/admin/admin.ts'
import bearerToken from '../../src/policies/bearer-token/bearer-token.ts'
import { MemoryCounters } from '../../src/stores/counters/memory.ts'
import type { KeysBindings } from '../../src/stores/keys/platform.ts'
import { harness } from './harness.ts'
import { keysIsolate } from './keys-isolate.ts'

/**
 * A gateway with the admin API at `/admin`, over a real registry.
 *
 * @param failing methods of the counters that do something else
 * @param names of policies that count everybody together, besides `addresses` and `orders`
 */
export function adminGateway(failing: Partial<MemoryCounters> = {}, names: readonly string[] = []) {
  const keys = keysIsolate(env as unknown as KeysBindings, 'cardea')
  const token = 'a-token-of-at-least-32-characters'
  const guard = policy('admin-token', bearerToken, {
    tokens: { root: token },
    realm: undefined,
    forward: false,
  })
  const counters = Object.assign(new MemoryCounters(() => Date.now()), failing)
  const { fetch, gateway: made } = harness({
    policies: [
      guard,
      counting('addresses', 'ip'),
      counting('orders', ['consumer', '{claims.tenant}']),
      ...names.map((name) => counting(name, 'all')),
    ],
    handle: (exchange) => handle(exchange),
    path: '/admin/{rest+}',
    settings: { requestBodyBytesMax: 1_048_576 },
    runtime: { keys, counters },
  })
  const handle = admin.setup({}, made.runtime)
  const send = (method: string, path: string, body?: string, headers = {}) =>
    fetch(`/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body !== undefined && { body }),
    })
  const call = async (method: string, path: string, input?: unknown, headers = {}) => {
    const text = typeof input === 'string' ? input : JSON.stringify(input)
    const response = await send(method, path, text, headers)
    const said = await response.text()
    const body = said === '' ? {} : (JSON.parse(said) as Record<string, unknown>)
    return { status: response.status, headers: response.headers, body }
  }
  return { fetch, send, call, keys, counters, metrics: made.runtime.metrics }
}

/** A policy that only says what it counts. */
function counting(name: string, by: string | readonly string[]) {
  const counts = () => ({ policy: name, by })
  return policy(name, definePolicy({ summary: '', options: {}, counts, setup: () => ({}) }), {})
}
