import type { Benchmark, ContestResult, Figure, Percentiles, Role } from './benchmark.ts'
import { between, table } from './markdown.ts'
import type { Estimate } from '../../test/bench/statistics.ts'

/** docs/performance.md with the figures of a run between its marks; undefined when one of them has no place. */
export function withBenchmark(page: string, found: Benchmark): string | undefined {
  const sections: readonly (readonly [mark: string, text: string])[] = [
    ['benchmark machine', machineText(found)],
    ['benchmark rows', rowsTable(found)],
    ['benchmark aims', aimsTable(found)],
    ['benchmark streams', streamsTable(found)],
    ['benchmark latency', latencyTable(found)],
    ['benchmark peers', peersText(found)],
    ['benchmark size', sizeTable(found)],
    ['benchmark growth', growthTable(found)],
  ]
  return sections.reduce<string | undefined>(
    (text, [mark, section]) => text && between(text, mark, section),
    page,
  )
}

/** More processes that want to run than this, and the figures are not those of a quiet machine. */
const QUIET_LOAD = 0.7
/** A server that uses less of its core waited for the client or the upstream. */
const BUSY = 0.9

function machineText({ day, machine, versions, rounds, contests }: Benchmark): string {
  const { processor, cores, memoryGiB, system, load } = machine
  const itself = contests.find(({ kind }) => kind === 'control')?.figures[1]?.ofFloor
  const lines = [
    `Measured on ${day}: ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}; workerd ${versions.workerd}, Node ${versions.node}, Cardea at ${versions.cardea}; ${rounds} rounds.`,
    ...(itself
      ? [`The floor against itself gave ${estimateText(itself)}: no finer difference can be seen.`]
      : []),
    ...(load > QUIET_LOAD
      ? [
          `**Other work was running (load ${load}): take the ratios for a hint, and measure again.**`,
        ]
      : []),
    ...(wrongOf(contests) > 0 ? [`**${wrongOf(contests)} answers were wrong.**`] : []),
  ]
  return lines.join('\n')
}

const wrongOf = (contests: readonly ContestResult[]): number =>
  contests.flatMap(({ figures }) => figures).reduce((sum, { wrong }) => sum + wrong, 0)

function rowsTable({ contests }: Benchmark): string {
  return figures(
    ['row', 'floor µs', 'by hand µs', 'Cardea µs', 'of the floor', 'to by hand', 'requests/s'],
    rowsOf(contests).map((row) => {
      const ours = figure(row, 'gateway')
      return [
        row.name,
        micros(figure(row, 'floor').cpuMicros),
        micros(figure(row, 'by hand').cpuMicros),
        micros(ours.cpuMicros),
        estimateText(ours.ofFloor!),
        estimateText(ours.toByHand!),
        grouped(ours.requestsPerSecond),
      ]
    }),
  )
}

interface Aim {
  readonly what: string
  readonly row: string
  readonly aim: number
  readonly of: (gateway: Figure) => number
  /** Whether less is better. */
  readonly isMost: boolean
}

const ofFloor = (row: string, aim: number): Aim => ({
  what: `${row}: of the floor`,
  row,
  aim,
  of: (one) => one.ofFloor!.median,
  isMost: false,
})

const AIMS: readonly Aim[] = [
  ofFloor('no policy', 0.95),
  ofFloor('api-key', 0.93),
  ofFloor('api-key + rate-limit, lease', 0.88),
  {
    what: 'no policy, 1 connection: added p50, ms',
    row: 'no policy; 1 connection',
    aim: 0.1,
    of: (one) => one.addedMs!.median,
    isMost: true,
  },
]

function aimsTable({ contests }: Benchmark): string {
  const rows = rowsOf(contests)
  const worst = rows
    .map((row) => ({ name: row.name, value: figure(row, 'gateway').toByHand!.median }))
    .toSorted((a, b) => b.value - a.value)
  const dearer = worst.filter(({ value }) => value > BY_HAND_AIM)
  const first = [
    'every row: to by hand',
    `at most ${BY_HAND_AIM}`,
    dearer.length === 0
      ? `at most ${worst[0]!.value.toFixed(2)}`
      : `more in ${dearer.length} of ${rows.length}: up to ${worst[0]!.value.toFixed(2)} (${worst[0]!.name})`,
    dearer.length === 0 ? 'yes' : 'no',
  ]
  const others = AIMS.flatMap(({ what, row, aim, of, isMost }) => {
    const contest = rows.find(({ name }) => name === row)
    if (contest === undefined) return []
    const value = of(figure(contest, 'gateway'))
    const isReached = isMost ? value <= aim : value >= aim
    const bound = `at ${isMost ? 'most' : 'least'} ${aim}`
    return [[what, bound, value.toFixed(isMost ? 3 : 2), isReached ? 'yes' : 'no']]
  })
  return table(['what', 'aim', 'found', 'reached'], [first, ...others])
}

const BY_HAND_AIM = 1.05

function latencyTable({ contests }: Benchmark): string {
  return figures(
    ['row', 'floor', 'by hand', 'Cardea', 'added p50, ms'],
    rowsOf(contests)
      .filter((row) => !isStream(row))
      .map((row) => {
        const ours = figure(row, 'gateway')
        const cells = (['floor', 'by hand', 'gateway'] as const).map((role) =>
          percentiles(figure(row, role).lastByteMs),
        )
        return [row.name, ...cells, ours.addedMs!.median.toFixed(3)]
      }),
  )
}

function streamsTable({ contests }: Benchmark): string {
  return figures(
    ['stream', '', 'µs CPU', 'first event, ms', 'last event, ms'],
    rowsOf(contests)
      .filter(isStream)
      .flatMap(({ name, figures }) =>
        figures.map((one) => [
          one.role === 'floor' ? name : '',
          one.name,
          micros(one.cpuMicros),
          percentiles(one.firstByteMs),
          percentiles(one.lastByteMs),
        ]),
      ),
    2,
  )
}

function peersText({ contests, missing }: Benchmark): string {
  const rows = contests
    .filter(({ kind }) => kind === 'peers')
    .flatMap(({ name, figures }) =>
      figures.map((one, at) => [
        at === 0 ? name.replace('peers: ', '') : '',
        [one.name, one.version].filter(Boolean).join(' ') + (one.less ? ` (${one.less})` : ''),
        micros(one.cpuMicros),
        grouped(one.requestsPerSecond) + (one.busy < BUSY ? ' *' : ''),
        percentiles(one.lastByteMs),
        one.memoryMiB === undefined ? '' : one.memoryMiB.toFixed(0),
      ]),
    )
  const absent = Object.entries(missing).map(([name, reason]) => `${name} (${reason})`)
  return [
    figures(['work', 'gateway', 'µs CPU', 'requests/s', 'p50 / p99, ms', 'memory, MiB'], rows, 2),
    '\\* It did not use all of its core: client and upstream, which share another, were the limit.',
    ...(absent.length > 0 ? [`Not in this run: ${absent.join('; ')}.`] : []),
  ].join('\n\n')
}

function sizeTable({ footprints }: Benchmark): string {
  return figures(
    ['gateway', 'bundle, KB', 'gzip, KB', 'start, ms', 'start, ms CPU', 'memory, MiB'],
    footprints.map(({ name, bundleBytes, gzipBytes, startMs, startCpuMs, memoryMiB }) => [
      name,
      kilo(bundleBytes),
      kilo(gzipBytes),
      startMs.toFixed(0),
      startCpuMs.toFixed(0),
      memoryMiB.toFixed(0),
    ]),
  )
}

function growthTable({ growth }: Benchmark): string {
  return figures(
    ['routes', 'compile, ms', 'bundle, KB', 'gzip, KB', 'a match, µs', 'start, ms CPU'],
    growth.map(({ routes, compileMs, bundleBytes, gzipBytes, matchMicros, startCpuMs }) => [
      grouped(routes),
      compileMs.toFixed(0),
      kilo(bundleBytes),
      kilo(gzipBytes),
      matchMicros?.toFixed(1) ?? '',
      startCpuMs.toFixed(1),
    ]),
  )
}

/** A table with numbers at the right. @param texts how many columns before them hold text */
function figures(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const marks = head.map((_, at) => (at < texts ? '---' : '---:'))
  return table(head, rows).replace(/^\|( --- \|)+$/m, `| ${marks.join(' | ')} |`)
}

const rowsOf = (contests: readonly ContestResult[]): readonly ContestResult[] =>
  contests.filter(({ kind }) => kind === 'row')

const isStream = ({ name }: ContestResult): boolean => name.includes('events')

export function figure({ name, figures }: ContestResult, role: Role): Figure {
  const found = figures.find((one) => one.role === role)
  if (found === undefined) throw new Error(`docs/benchmark.json has no ${role} in “${name}”`)
  return found
}

const micros = (value: number): string => value.toFixed(value < 100 ? 1 : 0)
const kilo = (bytes: number): string => (bytes / 1000).toFixed(1)
const percentiles = ({ p50, p99 }: Percentiles): string => `${p50.toFixed(2)} / ${p99.toFixed(2)}`
const estimateText = ({ median, low, high }: Estimate): string =>
  `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`

function grouped(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}
