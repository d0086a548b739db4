import { compileSchemas } from '../../../scripts/schema/compile.ts'
import { readDocuments } from '../../../scripts/schema/documents.ts'
import { SchemaReader } from '../../../scripts/schema/hyperjump.ts'
import { Faults } from '../../../scripts/schema/messages.ts'
import { compile, serialize } from '@hyperjump/json-schema/experimental'
import { ajvStandalone } from './ajv.ts'
import { subjects, type Subject } from './subjects.ts'
import { startIsolate } from '../../harness/isolate.ts'

const repository = new URL('../../../', import.meta.url).pathname
/** hyperjump's build for browsers, which esbuild does not find by itself. */
const WITHOUT_FILES = {
  '@hyperjump/browser': `${repository}node_modules/@hyperjump/browser/lib/index.browser.js`,
  '@hyperjump/browser/jref': `${repository}node_modules/@hyperjump/browser/lib/jref/index.js`,
}
const ROUNDS = 9
const MILLISECONDS = 120

/** Microseconds per validation: `table[subject body][candidate]`. */
export type Speeds = Readonly<Record<string, Readonly<Record<string, number>>>>

/**
 * Times candidates in one workerd, in turns, so that what else the machine does hits all alike.
 * A Worker's clock stands still while it computes, so each request runs a number of validations
 * and is timed from outside, less the time of an empty one.
 */
export async function measureSpeeds(): Promise<Speeds> {
  const all = await subjects()
  const isolate = await startIsolate(await workerFiles(all), { alias: WITHOUT_FILES })
  const time = async (query: string, count: number): Promise<number> => {
    const start = performance.now()
    const response = await fetch(`${isolate.url}/?${query}&count=${count}`)
    if (!response.ok) throw new Error(`${query}: ${await response.text()}`)
    await response.text()
    return performance.now() - start
  }
  try {
    const speeds: Record<string, Record<string, number>> = {}
    for (const subject of all) {
      for (const body of Object.keys(subject.bodies)) {
        const bytes = JSON.stringify(subject.bodies[body as 'valid']).length
        const row = `${subject.name} (${bytes} B), ${body}`
        speeds[row] = await measureRow(`subject=${subject.name}&body=${body}`, time)
        console.error(row, speeds[row])
      }
    }
    return speeds
  } finally {
    await isolate.stop()
  }
}

const CANDIDATES = ['ours', 'ajv-first', 'ajv-all', 'hyperjump', 'JSON.parse']

async function measureRow(
  query: string,
  time: (query: string, count: number) => Promise<number>,
): Promise<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const candidate of CANDIDATES) {
    let count = 100
    const one = `${query}&candidate=${candidate}`
    for (let spent = await time(one, count); spent < MILLISECONDS;) {
      count = Math.ceil(count * Math.min(8, (1.2 * MILLISECONDS) / Math.max(spent, 1)))
      spent = await time(one, count)
    }
    counts.set(candidate, count)
  }
  const samples = new Map<string, number[]>(CANDIDATES.map((candidate) => [candidate, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const candidate of CANDIDATES) {
      const count = counts.get(candidate) ?? 1
      const idle = await time(`${query}&candidate=${candidate}`, 0)
      const spent = await time(`${query}&candidate=${candidate}`, count)
      samples.get(candidate)?.push(((spent - idle) / count) * 1000)
    }
  }
  return Object.fromEntries([...samples].map(([name, times]) => [name, median(times)]))
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** One Worker with all candidates, and all bodies as text to parse once. */
async function workerFiles(all: readonly Subject[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const imports: string[] = []
  const entries: string[] = []
  for (const { name, source, root, schema, bodies } of all) {
    const compiled = await compileSchemas(
      { sources: [source], roots: [root] },
      { runtime: `${repository}src/openapi/schema/runtime.ts` },
    )
    files[`ours-${name}.mjs`] = compiled.module
    files[`first-${name}.mjs`] = ajvStandalone([schema], source.value, root.dialect, false)
    files[`all-${name}.mjs`] = ajvStandalone([schema], source.value, root.dialect, true)
    const reader = new SchemaReader(readDocuments([source], root.dialect, new Faults()))
    const serialized = serialize(await compile(await reader.find(root.uri)))
    files[`hyperjump-${name}.mjs`] = `export default ${JSON.stringify(serialized)}`
    imports.push(
      `import { ${compiled.exports.get(root.id)} as ours_${name} } from './ours-${name}.mjs'`,
      `import { v0 as first_${name} } from './first-${name}.mjs'`,
      `import { v0 as all_${name} } from './all-${name}.mjs'`,
      `import hyperjump_${name} from './hyperjump-${name}.mjs'`,
    )
    const texts = Object.entries(bodies).map(
      ([body, value]) => `${JSON.stringify(body)}: ${JSON.stringify(JSON.stringify(value))}`,
    )
    entries.push(
      `${name}: candidates(ours_${name}, first_${name}, all_${name}, hyperjump_${name}, { ${texts} })`,
    )
  }
  files['main.mjs'] = [...imports, WORKER, `const subjects = { ${entries.join(', ')} }`].join('\n')
  return files
}

const WORKER = `
import { restoreValidator } from '${repository}node_modules/@hyperjump/json-schema/openapi-3-1/index.js'
import '${repository}node_modules/@hyperjump/json-schema/openapi-3-0/index.js'
let sink = 0
function candidates(ours, first, all, serialized, texts) {
  const hyperjump = restoreValidator(serialized)
  return { texts, run: {
    ours: (v) => { const found = ours(v); sink += found === null ? 1 : found.length + found[0].detail.length },
    'ajv-first': (v) => { sink += first(v) ? 1 : first.errors.length + first.errors[0].message.length },
    'ajv-all': (v) => { sink += all(v) ? 1 : all.errors.length + all.errors[0].message.length },
    hyperjump: (v) => { const found = hyperjump(v, 'BASIC'); sink += found.valid ? 1 : found.errors.length },
    'JSON.parse': null,
  } }
}
export default {
  fetch(request) {
    const query = new URL(request.url).searchParams
    const { texts, run } = subjects[query.get('subject')]
    const text = texts[query.get('body')]
    const count = Number(query.get('count'))
    const one = run[query.get('candidate')]
    if (one === null) for (let i = 0; i < count; i++) sink += JSON.parse(text) ? 1 : 0
    else { const value = JSON.parse(text); for (let i = 0; i < count; i++) one(value) }
    return new Response(String(sink))
  },
}`
