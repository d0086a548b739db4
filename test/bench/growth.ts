/** Does the cost grow with the number of routes? */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { stop } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { buildTrie } from '../../scripts/compile/trie.ts'
import type { Growth } from '../../scripts/docs/benchmark.ts'
import { bundler, compatibility } from '../../scripts/local/bundle.ts'
import { startWorkerd } from '../../scripts/local/workerd.ts'
import { find, type Trie } from '../../src/core/router.ts'
import { document } from '../harness/gateway.ts'
import { cpuMicros } from './process.ts'
import { estimate } from './statistics.ts'

/** @param more OpenAPI documents beside the generated ones: name → text */
export async function measureGrowth(
  scratch: string,
  { starts, more = {} }: { readonly starts: number; readonly more?: Record<string, string> },
): Promise<readonly Growth[]> {
  const folder = join(scratch, 'growth')
  mkdirSync(folder)
  const empty = join(folder, 'empty.js')
  writeFileSync(empty, "export default { fetch: () => new Response('ok') }\n")
  const generated = [0, 10, 100, 1_000, 10_000].map(
    (count) => [`${count} routes`, JSON.stringify(documentWith(count))] as const,
  )
  const results: Growth[] = []
  for (const [name, text] of [...generated, ...Object.entries(more)]) {
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
    const matchMicros = matchMicrosOf(compiled.routes)
    results.push({
      name,
      routes: compiled.routes.length,
      compileMs,
      bundleBytes: statSync(outfile).size,
      gzipBytes: gzipSync(readFileSync(outfile)).length,
      ...(matchMicros !== undefined && { matchMicros }),
      startCpuMs: await startCpuMs(folder, outfile, empty, starts),
    })
  }
  await stop()
  return results
}

function documentWith(count: number): unknown {
  const operations = Array.from({ length: count }, (_, i) => {
    const area = `/area${i % 97}/collection${i % 13}`
    const kinds = [`${area}/items${i}`, `${area}/items${i}/{id}`, `${area}/{owner}/x${i}/{id}.json`]
    return [`GET ${kinds[i % 3]}`, {}] as const
  })
  return document(Object.fromEntries(operations), { servers: [{ url: 'https://up.example' }] })
}

/** Over fresh strings, as they come from `request.url`. */
function matchMicrosOf(
  routes: readonly { readonly method: string; readonly path: string }[],
): number | undefined {
  if (routes.length === 0) return undefined
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
  return estimate(rounds).median
}

async function startCpuMs(
  folder: string,
  file: string,
  empty: string,
  starts: number,
): Promise<number> {
  const over: number[] = []
  for (let i = 0; i < starts; i++) {
    over.push((await startMicros(folder, file)) - (await startMicros(folder, empty)))
  }
  return estimate(over).median / 1000
}

/** CPU time until the first answer. */
async function startMicros(folder: string, file: string): Promise<number> {
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
  const { pid, port, stop } = await startWorkerd(config)
  await (await fetch(`http://127.0.0.1:${port}/nothing`)).arrayBuffer()
  const used = cpuMicros(pid)
  await stop(0)
  return used
}
