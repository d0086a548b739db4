import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileSchemas } from '../../../scripts/schema/compile.ts'
import { jsonBodies, type Body } from '../../conformance/schema-differential/documents.ts'
import { startIsolate } from '../../harness/isolate.ts'
import { ajvStandalone } from './ajv.ts'
import { median } from './speed.ts'

const RUNTIME = new URL('../../../src/openapi/schema/runtime.ts', import.meta.url).pathname
const STARTS = 7

/** A table of module size and start-up for the first 10, 200 and 1,000 operations with bodies. */
export async function measureSizes(path: string | undefined): Promise<string> {
  if (path === undefined) throw new Error('set CARDEA_GITHUB_OPENAPI to api.github.com.json')
  const document = JSON.parse(readFileSync(path, 'utf8')) as unknown
  const uri = 'https://bench.test/github.json'
  const bodies = jsonBodies(document, uri)
  const empty = await startUp({ 'main.mjs': worker('', []) })
  const rows = ['| operations | roots | candidate | compile | minified | gzip -9 | start-up |']
  rows.push('| ---: | ---: | --- | ---: | ---: | ---: | ---: |')
  for (const operations of [10, 200, 1000]) {
    const part = ofOperations(bodies, operations)
    for (const candidate of ['ours', 'ajv-first'] as const) {
      const before = performance.now()
      const files =
        candidate === 'ours' ? await ours(part, document, uri) : ajvFiles(part, document)
      const took = performance.now() - before
      const text = await minified(files)
      const start = (await startUp(files)) - empty
      const cells = [operations, part.length, candidate, `${(took / 1000).toFixed(1)} s`]
      const sizes = [text.length, gzipSync(text, { level: 9 }).length].map(
        (bytes) => `${Math.round(bytes / 1000)} kB`,
      )
      rows.push(`| ${[...cells, ...sizes, `${start.toFixed(0)} ms`].join(' | ')} |`)
      console.error(rows.at(-1))
    }
  }
  return rows.join('\n')
}

const operationOf = ({ root }: Body): string => root.id.split('/', 4).join('/')

function ofOperations(bodies: readonly Body[], count: number): Body[] {
  const operations = new Set([...new Set(bodies.map(operationOf))].slice(0, count))
  return bodies.filter((body) => operations.has(operationOf(body)))
}

async function ours(part: readonly Body[], document: unknown, uri: string) {
  const compiled = await compileSchemas(
    { sources: [{ uri, value: document }], roots: part.map(({ root }) => root) },
    { runtime: RUNTIME },
  )
  const names = [...compiled.exports.values()]
  return { 'validators.mjs': compiled.module, 'main.mjs': worker('./validators.mjs', names) }
}

function ajvFiles(part: readonly Body[], document: unknown) {
  const module = ajvStandalone(
    part.map(({ schema }) => schema),
    document,
    'oas-3.0',
    false,
  )
  const names = part.map((_, index) => `v${index}`)
  return { 'validators.mjs': module, 'main.mjs': worker('./validators.mjs', names) }
}

const worker = (module: string, names: readonly string[]): string => `
${module === '' ? '' : `import { ${names.join(', ')} } from '${module}'`}
const all = [${names.join(', ')}]
export default { fetch: () => new Response(String(all.map((one) => one(1)).length)) }`

async function minified(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-size-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const result = await build({
    entryPoints: [join(folder, 'main.mjs')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  rmSync(folder, { recursive: true })
  return result.outputFiles[0]?.text ?? ''
}

/** Milliseconds from starting workerd to its first answer, the bundling left out. */
async function startUp(files: Readonly<Record<string, string>>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < STARTS; round += 1) {
    const isolate = await startIsolate(files, { minify: true })
    await (await fetch(isolate.url)).text()
    times.push(performance.now() - isolate.startedAt)
    await isolate.stop()
  }
  return median(times)
}
