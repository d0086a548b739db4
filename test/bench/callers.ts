/**
 * `node test/bench/callers.ts [64|caller] [callers] [per second] [policies]`: resident memory of a whole workerd while ever
 * new callers are counted, in either layout of `src/stores/counters`. Each caller takes one token of a `strict`
 * limit of each policy, through the isolate's store and a real Durable Object on disk. Linux.
 *
 * A handler of the bench's own counts a batch of callers in each request, because a million HTTP requests
 * would mostly measure HTTP.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { stop as stopBundler } from 'esbuild'
import { compile } from '../../scripts/compile/compile.ts'
import { bundleKvService, bundler } from '../../scripts/local/bundle.ts'
import { capnp } from '../../scripts/local/capnp.ts'

const layout = process.argv[2] === 'caller' ? 'caller' : '64'
const callers = Number(process.argv[3] ?? 1_000_000)
const perSecond = Number(process.argv[4] ?? Number.POSITIVE_INFINITY)
const policies = Number(process.argv[5] ?? 1)
/** Callers of one request. Starting an object takes longer than asking one. */
const BATCH = layout === 'caller' ? 50 : Math.ceil(500 / policies)
const REQUESTS_AT_ONCE = 2
/** Longer than an idle object lives in workerd. */
const AFTERWARDS_SECONDS = 20
const MARKS = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

// in memory where that is possible: a disk would make the run ten times as long, and is not what is measured
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cardea-callers-'))
let workerd: ChildProcess | undefined
const stop = () => {
  workerd?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop()
    process.exit(1)
  })
}
try {
  const port = await start()
  console.log(`layout ${layout}; memory in MiB`)
  console.log('callers    seconds  resident  anonymous  files  disk')
  await fill(port)
} finally {
  stop()
}

async function fill(port: number): Promise<void> {
  const startMs = performance.now()
  const elapsed = () => (performance.now() - startMs) / 1000
  report(0, 0)
  let next = 0
  for (const mark of MARKS.map((share) => Math.round((share * callers) / BATCH) * BATCH)) {
    const work = async () => {
      while (next < mark) {
        const first = next
        next += BATCH
        const aheadSeconds = first / perSecond - elapsed()
        if (aheadSeconds > 0) await pause(aheadSeconds)
        const response = await fetch(
          `http://127.0.0.1:${port}/fill?first=${first}&count=${BATCH}&policies=${policies}`,
        )
        const text = await response.text()
        if (text !== String(BATCH * policies)) throw new Error(`${response.status} ${text}`)
      }
    }
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work))
    report(mark, elapsed())
  }
  await pause(AFTERWARDS_SECONDS)
  report(callers, elapsed())
}

function pause(seconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, seconds * 1000))
}

function report(count: number, seconds: number): void {
  const status = readFileSync(`/proc/${workerd!.pid}/status`, 'utf8')
  const mib = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024)
  const cells = [count, Math.round(seconds), mib('VmRSS'), mib('RssAnon'), mib('RssFile'), disk()]
  console.log(cells.map((cell) => String(cell).padStart(8)).join('  '))
}

/** The file systems are shared with everybody, so the files themselves are counted. */
function disk(): number {
  // files that go while it looks are told on its standard error
  const { stdout } = spawnSync('du', ['-sm', join(folder, 'data')], { encoding: 'utf8' })
  return Number.parseInt(stdout, 10)
}

/** @returns the port of a gateway whose one route counts */
async function start(): Promise<number> {
  const files: Readonly<Record<string, string>> = {
    'handlers/fill.ts': fillHandler(),
    'policies.json': '{}',
    'routes.oas.json': JSON.stringify({
      openapi: '3.1.2',
      info: { title: 'Callers', version: '1' },
      paths: { '/fill': { 'x-handler': 'fill' } },
    }),
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'config', name)), { recursive: true })
    writeFileSync(join(folder, 'config', name), text)
  }
  const compiled = await compile({ config: join(folder, 'config'), state: join(folder, 'state') })
  if (!compiled.isGood) throw new Error(JSON.stringify(compiled.messages))
  const bundle = await bundler(compiled.folder, join(folder, 'worker.js'), { isMinified: true })
  await bundle.rebuild()
  await bundle.dispose()
  await bundleKvService(join(folder, 'kv.js'))
  await stopBundler()
  const state = join(folder, 'data')
  mkdirSync(state)
  const variables = { CARDEA_PLATFORM: layout === '64' ? 'workerd' : 'cloudflare' }
  const [address, bundles] = ['127.0.0.1:0', { bundle: 'worker.js', kvBundle: 'kv.js' }]
  writeFileSync(join(folder, 'workerd.capnp'), capnp({ address, state, variables, ...bundles }))
  return listening()
}

/** What the route does: a token for each of so many callers. */
function fillHandler(): string {
  return `import { defineHandler } from '#gateway'

const limits = [{ name: '1h', algorithm: 'sliding-window', limit: 100, windowMs: 3_600_000 }] as const

export default defineHandler({
  summary: 'Counts many callers.',
  needs: ['counters'],
  options: {},
  setup(_, { counters }) {
    return async ({ query }) => {
      const asked = new URLSearchParams(query)
      const first = Number(asked.get('first'))
      const names = Array.from({ length: Number(asked.get('count')) }, (_, at) => 'caller ' + (first + at))
      const decisions = await Promise.all(
        names.flatMap((caller) =>
          Array.from({ length: Number(asked.get('policies')) }, (_, at) =>
            counters!.take({ policy: 'p' + at, caller, limits, mode: 'strict' }),
          ),
        ),
      )
      const wrong = decisions.find(({ outcome }) => outcome !== 'allowed')
      return new Response(wrong?.reason ?? wrong?.outcome ?? String(decisions.length))
    }
  },
})
`
}

function listening(): Promise<number> {
  const packageFile = createRequire(import.meta.url).resolve('workerd/package.json')
  const binary = join(dirname(packageFile), 'bin/workerd')
  workerd = spawn(binary, ['serve', '--control-fd=3', join(folder, 'workerd.capnp')], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    workerd!.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
    ;(workerd!.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      const port = /"event":"listen".*"port":(\d+)/.exec(chunk.toString())?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}
