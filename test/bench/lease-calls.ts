/**
 * `node test/bench/lease-calls.ts [seconds] [per minute] [share]`: how often a gateway in workerd asks the Durable
 * Object of one caller, over HTTP, with the policy `rate-limit` as it comes and requests evenly paced at a share (0.8)
 * of the limit (1,000 a minute). The object itself counts: it is the real one with a counter around its methods.
 */
import { join } from 'node:path'
import { repository } from '../../scripts/compile/plugins.ts'
import { pause, startOwnGateway, textOf } from './own-gateway.ts'

const seconds = Number(process.argv[2] ?? 120)
const perMinute = Number(process.argv[3] ?? 1000)
const share = Number(process.argv[4] ?? 0.8)

const limited = { policy: 'rate-limit', options: { limit: perMinute, window: '1m', by: 'all' } }
const answers = { 'x-handler': { handler: 'respond', options: { body: 'ok' } } }
const responses = { 200: { description: 'OK' } }
const gateway = await startOwnGateway({
  config: {
    'handlers/calls.ts': callsHandler(),
    'policies.json': { limited },
    'routes.oas.json': {
      openapi: '3.1.2',
      info: { title: 'Calls', version: '1' },
      paths: {
        '/a': { get: { 'x-policies': ['limited'], ...answers, responses } },
        '/calls': { get: { 'x-handler': 'calls', responses } },
      },
    },
  },
  variables: { CARDEA_PLATFORM: 'cloudflare' },
  objects: countingObjects(),
})

const everyMs = 60_000 / (perMinute * share)
const startMs = performance.now()
const pending: Promise<string>[] = []
for (let at = 0; at * everyMs < seconds * 1000; at++) {
  const aheadMs = at * everyMs - (performance.now() - startMs)
  if (aheadMs > 0) await pause(aheadMs / 1000)
  pending.push(textOf(`${gateway.url}/a`))
}
const passed = (await Promise.all(pending)).filter((text) => text === 'ok').length
const calls = Number(await textOf(`${gateway.url}/calls`))
const requests = pending.length
console.log(
  `${requests} requests in ${Math.round((performance.now() - startMs) / 1000)} s, ${share * 100} % of ${perMinute} a minute`,
)
console.log(`${passed} passed, ${calls} calls: ${(calls / requests).toFixed(3)} for each request`)
process.exit()

/** Worker and objects are in one isolate, so the handler sees what the object counts. */
function countingObjects(): string {
  const real = JSON.stringify(join(repository, 'durable-objects/counters.ts'))
  const unused = JSON.stringify(join(repository, 'durable-objects/unused.ts'))
  return `import { Counters as Real } from ${real}
export { Unused as Registry, Unused as Revocations } from ${unused}

const counted = globalThis as unknown as { calls?: number }

export class Counters extends Real {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    return new Proxy(this, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          if (name !== 'alarm') counted.calls = (counted.calls ?? 0) + 1
          return (member as (...args: unknown[]) => unknown).apply(target, args)
        }
      },
    })
  }
}
`
}

function callsHandler(): string {
  return `import { defineHandler } from '#gateway'

export default defineHandler({
  summary: 'Tells how often the object was called.',
  options: {},
  setup: () => () => new Response(String((globalThis as { calls?: number }).calls ?? 0)),
})
`
}
