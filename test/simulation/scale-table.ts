// node test/simulation/scale-table.ts [--write]
// Simulates every case and prints the tables; with --write puts them into docs/rate-limits.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { type Design, type ScaleCase, type ScaleResult, simulateScale } from './scale.ts'

const seed = 1
const limits = [10, 100, 1000, 10_000, 100_000, 1_000_000]
const fleets = [1, 10, 300, 10_000]

/**
 * USD per million, beyond what the plan includes (developers.cloudflare.com/durable-objects/platform/pricing, November
 * 2026): calls of an object and alarms that ring are requests; each `setAlarm` and each delete is a row written.
 * Left out because they come to less than a cent: rows read (0.001) and the time of the object (12.50 for a million
 * GB-s, of which a call is 0.000128).
 */
const requestPrice = 0.15
const rowPrice = 1

type Column = readonly [Design, ScaleCase['algorithm']]

const columns = {
  strict: ['strict', 'sliding-window'],
  reference: ['reference', 'fixed-window'],
  leaseFixed: ['lease', 'fixed-window'],
  lease: ['lease', 'sliding-window'],
  local: ['local', 'sliding-window'],
} as const satisfies Record<string, Column>

type Results = Record<keyof typeof columns, ScaleResult>

const tables = [0.8, 1.5].map((demand) => tableOf(demand)).join('\n\n')
console.log(tables)
if (process.argv.includes('--write')) write(tables)

function tableOf(demand: number): string {
  const head = [
    `**Demand ${Math.round(demand * 100)} % of the limit**`,
    '',
    '| limit | isolates | strict: calls · refused | reference: calls · refused | our lease, fixed window: calls · refused | **lease (sliding window): calls · refused** | its calls/s | local: admitted too many | USD per 1M requests, strict / lease |',
    '| ---: | ---: | :---: | :---: | :---: | :---: | ---: | ---: | :---: |',
  ]
  const rows = limits.flatMap((perMinute) =>
    fleets.map((isolates) => rowOf(perMinute, isolates, demand)),
  )
  return [...head, ...rows].join('\n')
}

function rowOf(perMinute: number, isolates: number, demand: number): string {
  const results = Object.fromEntries(
    Object.entries(columns).map(([name, [design, algorithm]]) => [
      name,
      simulateScale({ design, algorithm, perMinute, isolates, demand }, seed),
    ]),
  ) as Results
  const { strict, reference, leaseFixed, lease, local } = results
  const cells = [
    `${perMinute.toLocaleString('en')}/min`,
    isolates.toLocaleString('en'),
    ...[strict, reference, leaseFixed].map(callsAndRefused),
    `**${callsAndRefused(lease)}**`,
    lease.callsPerSecondMax.toLocaleString('en'),
    percent(local.overAdmitted),
    `${price(strict)} / ${price(lease)}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function callsAndRefused({ callsPerRequest, wronglyRefused }: ScaleResult): string {
  return `${callsPerRequest.toFixed(callsPerRequest < 0.1 ? 3 : 2)} · ${percent(wronglyRefused)}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

function price({ callsPerRequest, alarmsPerRequest, writesPerRequest }: ScaleResult): string {
  const requests = (callsPerRequest + alarmsPerRequest) * requestPrice
  return (requests + writesPerRequest * rowPrice).toFixed(2)
}

function write(text: string): void {
  const file = new URL('../../docs/rate-limits.md', import.meta.url)
  const [start, end] = ['<!-- scale:start -->', '<!-- scale:end -->']
  const before = readFileSync(file, 'utf8')
  const [from, to] = [before.indexOf(start), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no ${start} … ${end}`)
  writeFileSync(file, `${before.slice(0, from + start.length)}\n\n${text}\n\n${before.slice(to)}`)
}
