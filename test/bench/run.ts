/**
 * `npm run bench`: what the gateway costs, in CPU time of workerd per request, beside two Workers written by
 * hand in the same process: a bare pass-through, and one that does the same visible work. Slices of 150 ms
 * rotate over all rows, and each is compared with the floor of the same round, because a shared machine
 * drifts by far more than the difference that is looked for.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Load } from './load.ts'
import { cpuMicros, residentMiB } from './process.ts'
import { rows, type Row } from './rows.ts'
import { estimate } from './statistics.ts'
import { startWorkers } from './workers.ts'

const rounds = Number(process.argv[2] ?? 60)
const chosen = process.argv.slice(3)
const SLICE_MS = 150
const CONNECTIONS = 16

const folder = mkdtempSync(join(tmpdir(), 'cardea-bench-'))
const upstream = spawn(process.execPath, [join(import.meta.dirname, 'upstream.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [port] = (await once(upstream.stdout, 'data')) as [Buffer]
const upstreamHost = `127.0.0.1:${port.toString().trim()}`
// workerd has one core, everything else the other
pin(process.pid, 1)
pin(upstream.pid!, 1)
const selected = rows.filter(
  ({ name }) => chosen.length === 0 || chosen.some((one) => name.includes(one)),
)
const workers = await startWorkers(folder, upstreamHost, selected)
try {
  report(await measure(selected))
} finally {
  workers.stop()
  upstream.kill()
  rmSync(folder, { recursive: true, force: true })
}

interface Samples {
  readonly row: Row
  readonly cpu: number[]
  readonly rps: number[]
  wrong: number
}

async function measure(list: readonly Row[]): Promise<readonly Samples[]> {
  const all = await Promise.all(
    list.map(async (row) => {
      const samples: Samples = { row, cpu: [], rps: [], wrong: 0 }
      const port = workers.port(row)
      const request = await withCredentials(row, `http://127.0.0.1:${port}`)
      return { samples, load: new Load(port, request, CONNECTIONS, row.status) }
    }),
  )
  for (const { load } of all) await load.slice(700)
  for (let round = 0; round < rounds; round++) {
    const turn = all.map((_, i) => all[(i + round) % all.length]!)
    for (const { samples, load } of round % 2 === 0 ? turn : turn.toReversed()) {
      const before = cpuMicros(workers.pid)
      const { requests, seconds, wrong } = await load.slice(SLICE_MS)
      samples.cpu.push((cpuMicros(workers.pid) - before) / requests)
      samples.rps.push(requests / seconds)
      samples.wrong += wrong
    }
  }
  for (const { load } of all) load.close()
  return all.map(({ samples }) => samples)
}

async function withCredentials({ program, request }: Row, url: string): Promise<Buffer> {
  if (typeof program === 'string' || !program.credentials) return request
  const fields = await program.credentials(url)
  const text = request.toString('latin1')
  return Buffer.from(text.replace('\r\n', `\r\n${fields.join('\r\n')}\r\n`), 'latin1')
}

function report(all: readonly Samples[]): void {
  const [floor] = all
  const table = all.map(({ row, cpu, rps, wrong }) => {
    const share = estimate(cpu.map((value, i) => floor!.cpu[i]! / value))
    const extra = estimate(cpu.map((value, i) => value - floor!.cpu[i]!))
    return {
      row: row.name,
      'µs CPU': estimate(cpu).median.toFixed(1),
      'share of the floor': share.median.toFixed(3),
      '95 %': `${share.low.toFixed(3)} to ${share.high.toFixed(3)}`,
      '+µs': extra.median.toFixed(1),
      'requests/s': Math.round(estimate(rps).median),
      wrong,
    }
  })
  console.table(table)
  const memory = residentMiB(workers.pid).toFixed(0)
  console.log(
    `${rounds} rounds of ${SLICE_MS} ms, ${cpus()[0]?.model}, workerd at ${memory} MiB with all rows loaded`,
  )
}

function pin(pid: number, core: number): void {
  try {
    execFileSync('taskset', ['-a', '-pc', String(core), String(pid)], { stdio: 'ignore' })
  } catch {
    console.error('taskset is missing: the figures will be noisier')
  }
}
