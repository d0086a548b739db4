import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { document, type Files, type Running, startGateway } from '../harness/gateway.ts'

/** A gateway whose state outlives it, with a consumer and one key. */
export interface House {
  readonly upstream: string
  readonly state: string
  readonly key: string
  start(): Promise<Running>
  remove(): void
}

export const ADMIN_TOKEN = 'the-admin-token-of-this-test-0123456789'

export async function build(upstream: string): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-faults-'))
  const state = join(folder, 'state')
  const start = () =>
    startGateway(files, {
      upstream,
      variables: { ADMIN_TOKEN },
      flags: ['--state', state],
    })
  const gateway = await start()
  try {
    await administer(gateway.url, 'POST', '/consumers', { id: 'acme' })
    const { key } = await administer(gateway.url, 'POST', '/consumers/acme/keys', {})
    await settled(gateway.url)
    return {
      upstream,
      state,
      key: String(key),
      start,
      remove: () => rmSync(folder, { recursive: true, force: true }),
    }
  } finally {
    await gateway.stop()
  }
}

const guarded = (...names: readonly string[]) => ({ 'x-policies': names })
const files: Files = {
  'routes.oas.json': document({
    'GET /open': {},
    'GET /hang': {},
    'GET /key': guarded('key'),
    'GET /limited': guarded('limit'),
    'GET /counted': guarded('count'),
    'GET /lenient': guarded('lenient'),
    'GET /slots': guarded('slots'),
  }),
  'admin.oas.json': {
    openapi: '3.1.2',
    info: { title: 'Admin', version: '1' },
    paths: { '/admin/{rest+}': { ...guarded('root'), 'x-handler': 'admin' } },
  },
  'policies.json': {
    root: { policy: 'bearer-token', options: { tokens: { root: '$env.ADMIN_TOKEN' } } },
    key: { policy: 'api-key' },
    limit: { policy: 'rate-limit', options: { limit: 3, window: '1h', mode: 'strict' } },
    count: { policy: 'rate-limit', options: { limit: 1000, window: '1h', mode: 'strict' } },
    lenient: {
      policy: 'rate-limit',
      options: { limit: 3, window: '1h', mode: 'strict', onFailure: 'open' },
    },
    slots: { policy: 'concurrency-limit', options: { limit: 2 } },
  },
}

export async function administer(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { ...((await response.json()) as object), status: response.status }
}

/** Until KV has everything that the registry has. */
async function settled(url: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if ((await administer(url, 'GET', '/figures'))['pending'] === 0) return
  }
  throw new Error('KV and registry never came to agree')
}

/** What a store does in place of its work. `slow` answers nothing for longer than anybody waits. */
export type Fault = 'throws' | 'slow'

/** The configuration of the house's last gateway with stores that are broken; returns its path. */
export function sabotaged(
  { state }: House,
  stores: readonly ('KEYS' | 'COUNTERS' | 'REGISTRY' | 'REVOCATIONS')[],
  fault: Fault,
): string {
  const folder = join(state, 'run')
  let text = readFileSync(join(folder, 'workerd.capnp'), 'utf8')
  for (const name of stores) {
    const binding = new RegExp(
      `\\(name = "${name}", (kvNamespace|durableObjectNamespace) = [^)]*\\)`,
    )
    if (!binding.test(text)) throw new Error(`no binding ${name}:\n${text}`)
    text = text.replace(binding, (_, kind: string) =>
      kind === 'kvNamespace'
        ? `(name = "${name}", kvNamespace = "broken")`
        : `(name = "${name}", durableObjectNamespace = (className = "Broken", serviceName = "broken"))`,
    )
  }
  text = text.replace('services = [', 'services = [\n    (name = "broken", worker = .broken),')
  const file = join(folder, 'sabotaged.capnp')
  writeFileSync(join(folder, 'broken.js'), brokenWorker(fault))
  writeFileSync(file, text + BROKEN)
  return file
}

const BROKEN = `
const broken :Workerd.Worker = (
  modules = [(name = "broken.js", esModule = embed "broken.js")],
  compatibilityDate = "2026-08-15",
  durableObjectNamespaces = [(className = "Broken", uniqueKey = "broken")],
  durableObjectStorage = (inMemory = void),
);
`

const METHODS = [
  ...['take', 'charge', 'refund', 'acquire', 'release', 'inspect', 'reset', 'hear'],
  ...[
    'find',
    'changes',
    'consumer',
    'createConsumer',
    'listConsumers',
    'createKey',
    'key',
    'figures',
  ],
]

const brokenWorker = (fault: Fault): string => `import { DurableObject } from 'cloudflare:workers'
const broken = async () => {
  ${fault === 'throws' ? '' : 'await scheduler.wait(60_000)'}
  throw new Error('broken on purpose')
}
export class Broken extends DurableObject {
  ${METHODS.map((name) => `${name}() { return broken() }`).join('\n  ')}
}
export default { fetch: broken }
`

/** Of the process that the command line started. */
export function workerdOf({ process: child }: Running): number {
  const children = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(child.pid)]).toString()
  const pid = /(\d+) workerd/.exec(children)?.[1]
  if (pid === undefined) throw new Error(`no workerd among the children:\n${children}`)
  return Number(pid)
}
