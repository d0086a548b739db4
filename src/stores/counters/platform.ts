import type { Env, Runtime } from '../../core/runtime.ts'
import type { CountersNamespace } from './directory.ts'
import { DurableCounters } from './durable-object.ts'

/** Objects for each policy on one's own machine, where a live object costs some 200 KB. */
const SHARDS = 64

/** What compile writes into `stores` for parts that need counters. Without the binding there are none. */
export function countersStore(env: Env, runtime: Runtime): Partial<Runtime> {
  const namespace = env['COUNTERS'] as CountersNamespace | undefined
  if (namespace === undefined) return {}
  const layout = env['CARDEA_PLATFORM'] === 'workerd' ? SHARDS : 'caller'
  return { counters: new DurableCounters({ namespace, layout, now: () => runtime.now() }) }
}
