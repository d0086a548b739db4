/**
 * `npm run bench -- [ROUNDS] [NAME…] [--docs|--check]`: what the gateway costs, in CPU time per request, beside two Workers by
 * hand in the same process (a bare pass-through, and one that does the same visible work) and beside other
 * gateways, as far as they are installed (`test/bench/peers/install.sh`).
 *
 * Names choose rows. `--docs` writes docs/benchmark.json, and the page and the picture that are made of it; `--check`
 * only looks whether everybody does the same work.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from '../../scripts/docs/benchmark.ts'
import { repository } from '../harness/gateway.ts'
import { CORES, type Field, prepare } from './contests.ts'
import { footprint } from './footprint.ts'
import { measureGrowth } from './growth.ts'
import { machine, versions } from './machine.ts'
import { slice } from './load.ts'
import { measure } from './measure.ts'
import { print } from './print.ts'
import { pin } from './process.ts'
import { floor } from './rows.ts'
import { Builder } from './workers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    docs: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})
const rounds = /^\d+$/.test(positionals[0] ?? '') ? Number(positionals.shift()) : 20
if (values.docs && positionals.length > 0) {
  throw new Error('--docs is for a whole run: the page would lose the rows that were not chosen')
}

const folder = mkdtempSync(join(tmpdir(), 'cardea-bench-'))
const upstream = spawn(process.execPath, [join(import.meta.dirname, 'upstream.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let field: Field | undefined
const stop = async () => {
  await field?.stop()
  upstream.kill()
  rmSync(folder, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stop().finally(() => process.exit(1)))
}
try {
  const [port] = (await once(upstream.stdout, 'data')) as [Buffer]
  pin(process.pid, CORES.client)
  pin(upstream.pid!, CORES.client)
  const host = `127.0.0.1:${port.toString().trim()}`
  if (values.check) await check(host)
  else {
    const found = await run(host)
    print(found)
    save(found)
  }
} finally {
  await stop()
}

async function check(upstreamHost: string): Promise<void> {
  field = await prepare(new Builder(folder, upstreamHost), upstreamHost, folder, positionals)
  for (const { name, kind, subjects } of field.contests) {
    for (const { target } of subjects) {
      const { wrong } = await slice(target, 100)
      if (wrong > 0) throw new Error(`${name}: ${wrong} answers were wrong`)
    }
    if (kind !== 'control') console.log(`Equal work: ${name}`)
  }
}

async function run(upstreamHost: string): Promise<Benchmark> {
  const day = new Date().toISOString().slice(0, 10)
  const before = { day, machine: machine(), versions: versions(), rounds }
  const builder = new Builder(folder, upstreamHost)
  field = await prepare(builder, upstreamHost, folder, positionals)
  const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r${text} `)
  const { missing, built } = field
  const contests = await measure(field.contests, rounds, tell)
  // what is measured next has the core for itself
  await field.stop()
  if (positionals.length > 0) return { ...before, contests, missing, footprints: [], growth: [] }
  tell('memory and start')
  const footprints: Benchmark['footprints'][number][] = []
  for (const [program, one] of built) {
    if ('file' in program && program !== floor) continue
    const credentials = 'file' in program ? undefined : program.credentials
    const name = 'file' in program ? 'floor: bare pass-through' : program.name
    footprints.push(await footprint(builder, name, one, credentials))
  }
  tell('growth')
  const growth = await measureGrowth(folder, { starts: 7 })
  return { ...before, contests, missing, footprints, growth }
}

function save(found: Benchmark): void {
  const file = values.docs ? 'docs/benchmark.json' : '.cardea/benchmark.json'
  mkdirSync(dirname(join(repository, file)), { recursive: true })
  writeFileSync(join(repository, file), `${JSON.stringify(found, rounded, 2)}\n`)
  console.log(`Written: ${file}.`)
  if (!values.docs) return
  const said = execFileSync(process.execPath, ['scripts/docs.ts'], { cwd: repository })
  console.log(said.toString().trim())
}

/** Four digits tell all that was measured. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value
}
