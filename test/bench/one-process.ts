/**
 * What one process of a built folder can do: `node test/bench/one-process.ts [SECONDS]`. workerd has one core for itself,
 * upstream and clients have another; 32 keep-alive connections. Prints the table of docs/self-host.md.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { document } from '../harness/gateway.ts'
import { startWire } from '../harness/wire.ts'
import { platformBindings, platformHandler } from '../selfhost/platform-handler.ts'
import { newServer } from '../selfhost/server.ts'
import { slice } from './load.ts'
import { cpuMicros, pin, residentMiB } from './process.ts'

const CONNECTIONS = 32
const REDIRECT = '/answered'
const seconds = Number(process.argv[2] ?? 10)

const upstream = await startWire((_, socket) =>
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone'),
)
const server = await newServer(
  {
    'routes.oas.json': document({
      'GET /answered': { 'x-handler': { handler: 'redirect', options: { to: '/elsewhere' } } },
      'GET /proxied': {},
      'GET /strict': { 'x-policies': ['strict'] },
      'GET /own': { 'x-handler': 'own' },
      'POST /own': { 'x-handler': 'own' },
    }),
    'policies.json': {
      strict: {
        policy: 'rate-limit',
        options: { limit: 1_000_000_000, window: '1h', mode: 'strict' },
      },
    },
    'handlers/own.ts': platformHandler,
    'wrangler.toml': `${platformBindings}
[[durable_objects.bindings]]
name = "COUNTERS"
class_name = "Counters"
`,
  },
  ...['--upstream', upstream.url],
)
const up = await server.start()
try {
  const pid = up.serving.process.pid!
  pin(pid, 1)
  pin(process.pid, 0)
  const kept = `do=put&key=a&headers=${encodeURIComponent('{"cache-control":"max-age=86400"}')}`
  await fetch(`${up.url}/own?${kept}`, { method: 'POST', body: 'x'.repeat(1000) })
  const rows: readonly (readonly [name: string, path: string])[] = [
    ['answered by the gateway (`redirect`)', REDIRECT],
    ['proxied to an upstream on the same machine', '/proxied'],
    ['the same with `rate-limit` in `mode: strict`', '/strict'],
    ['1 KB from `caches.default`, by a handler of one’s own', '/own?key=a'],
  ]
  console.log('| request | requests a second | CPU each |\n| --- | --- | --- |')
  for (const [name, path] of rows) {
    const target = {
      port: Number(new URL(up.url).port),
      request: Buffer.from(`GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`),
      connections: CONNECTIONS,
      asked: { isRight: () => true },
      cpuMicros: () => cpuMicros(pid),
    }
    // until V8 has compiled what is used
    await slice(target, 1_000)
    const { requests, seconds: took, cpuMicros: cpu, wrong } = await slice(target, seconds * 1000)
    // for the load an answer other than 200 is wrong; a redirect is one
    if (wrong !== (path === REDIRECT ? requests : 0)) throw new Error(`${wrong} wrong at ${path}`)
    const each = Math.round(cpu / requests)
    console.log(`| ${name} | ${Math.round(requests / took)} | ${each} µs |`)
    await delay(200)
  }
  console.log(`\nMemory: ${Math.round(residentMiB([pid]))} MiB`)
} finally {
  await up.stop('SIGKILL')
  server.remove()
  await upstream.stop()
}
