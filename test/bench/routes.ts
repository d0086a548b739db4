/**
 * `npm run bench:routes`: does the cost grow with the number of routes? For 10 to 10,000 routes: time to
 * compile, size of the bundle, time of a match, and CPU time of workerd from its start to the first answer,
 * beside a Worker that does nothing. With a file as argument also for that OpenAPI document.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { stop } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { buildTrie } from '../../scripts/compile/trie.ts'
import { bundler, compatibility } from '../../scripts/local/bundle.ts'
import { find, type Trie } from '../../src/core/router.ts'
import { document } from '../harness/gateway.ts'
import { cpuMicros } from './process.ts'
import { estimate } from './statistics.ts'

const STARTS = 15
const folder = mkdtempSync(join(tmpdir(), 'cardea-routes-'))
const binary = join(
  dirname(createRequire(import.meta.url).resolve('workerd/package.json')),
  'bin/workerd',
)

const empty = join(folder, 'empty.js')
writeFileSync(empty, "export default { fetch: () => new Response('ok') }\n")
const cases: [name: string, text: string][] = [0, 10, 100, 1_000, 10_000].map((count) => [
  `${count} routes`,
  JSON.stringify(generated(count)),
])
const extra = process.argv[2]
if (extra) cases.push([basename(extra), readFileSync(extra, 'utf8')])

const table = []
for (const [name, text] of cases) {
  const config = join(folder, name.replaceAll(' ', '-'))
  mkdirSync(config)
  writeFileSync(join(config, 'r.oas.json'), text)
  const began = performance.now()
  const compiled = await compile({ config, state: folder })
  const compileMs = performance.now() - began
  if (!compiled.isGood) throw new Error(`${name} does not compile`)
  const outfile = join(config, 'worker.js')
  const context = await bundler(compiled.folder, outfile, { isMinified: true })
  await context.rebuild()
  await context.dispose()
  table.push({
    case: name,
    routes: compiled.routes.length,
    'compile ms': Math.round(compileMs),
    'bundle KB': (statSync(outfile).size / 1000).toFixed(1),
    'gzip KB': (gzipSync(readFileSync(outfile)).length / 1000).toFixed(1),
    'match µs': matchMicros(compiled.routes),
    'start ms': await startMs(outfile),
  })
}
await stop()
console.table(table)
console.log(
  `start: CPU time of workerd to the first answer over an empty Worker, median of ${STARTS}`,
)
rmSync(folder, { recursive: true })

function generated(count: number): unknown {
  const operations = Array.from({ length: count }, (_, i) => {
    const area = `/area${i % 97}/collection${i % 13}`
    const kinds = [`${area}/items${i}`, `${area}/items${i}/{id}`, `${area}/{owner}/x${i}/{id}.json`]
    return [`GET ${kinds[i % 3]}`, {}] as const
  })
  return document(Object.fromEntries(operations), { servers: [{ url: 'https://up.example' }] })
}

/** Over fresh strings, as they come from `request.url`. */
function matchMicros(
  routes: readonly { readonly method: string; readonly path: string }[],
): string {
  if (routes.length === 0) return '-'
  const indexed = routes.map(({ method, path }, index) => ({ method, path, index }))
  const trie = JSON.parse(JSON.stringify(buildTrie(indexed))) as Trie
  const paths = Array.from({ length: 4_096 }, (_, i) => {
    const { path, method } = routes[(i * 7919) % routes.length]!
    return { method, text: path.replace(/\{[^{}]+\}/g, () => `v${i}`) }
  })
  const rounds = Array.from({ length: 15 }, () => {
    const fresh = paths.map(({ method, text }) => ({ method, path: `${text} `.slice(0, -1) }))
    const began = performance.now()
    for (const { method, path } of fresh) find(trie, method, path, [])
    return ((performance.now() - began) * 1000) / fresh.length
  })
  return estimate(rounds).median.toFixed(2)
}

async function startMs(file: string): Promise<string> {
  const over: number[] = []
  for (let i = 0; i < STARTS; i++) over.push((await startMicros(file)) - (await startMicros(empty)))
  return (estimate(over).median / 1000).toFixed(1)
}

/** CPU time until the first answer. */
async function startMicros(file: string): Promise<number> {
  const config = join(folder, 'start.capnp')
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "w", worker = (
    modules = [(name = "w.js", esModule = embed "${relative(folder, file)}")],
    compatibilityDate = "${compatibility.date}",
    compatibilityFlags = [${compatibility.flags.map((flag) => `"${flag}"`).join(', ')}]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "w")]);`,
  )
  const child = spawn(binary, ['serve', '--control-fd=3', config], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const port = await new Promise<number>((resolve) =>
    (child.stdio[3] as Readable).once('data', (chunk: Buffer) =>
      resolve((JSON.parse(chunk.toString().split('\n')[0]!) as { port: number }).port),
    ),
  )
  await (await fetch(`http://127.0.0.1:${port}/nothing`)).arrayBuffer()
  const used = cpuMicros(child.pid!)
  child.kill('SIGKILL')
  return used
}
