import { describe, expect, it } from 'vitest'
import type { Benchmark, ContestResult, Figure, Role } from './benchmark.ts'
import { withBenchmark } from './benchmark-page.ts'
import { benchmarkPicture } from './benchmark-picture.ts'

const ratio = (median: number) => ({ median, low: median - 0.01, high: median + 0.01 })

function figure(role: Role, cpuMicros: number, more: Partial<Figure> = {}): Figure {
  return {
    role,
    name: role === 'gateway' ? 'Cardea' : role,
    cpuMicros,
    requestsPerSecond: 9876.5,
    busy: 1,
    lastByteMs: { p50: 1.5, p99: 3.25 },
    firstByteMs: { p50: 0.5, p99: 0.75 },
    requests: 1000,
    wrong: 0,
    ...(role !== 'floor' && { ofFloor: ratio(100 / cpuMicros), addedMs: ratio(0.0625) }),
    ...(role === 'gateway' && { toByHand: ratio(1.1) }),
    ...more,
  }
}

const row = (name: string, cpuMicros: number): ContestResult => ({
  name,
  kind: 'row',
  connections: 16,
  figures: [figure('floor', 100), figure('by hand', 118), figure('gateway', cpuMicros)],
})

const found: Benchmark = {
  day: '2026-11-20',
  machine: { processor: 'P', cores: 2, memoryGiB: 8, system: 'Linux 6', load: 0.2 },
  versions: { cardea: 'abc1234', workerd: '1.2', node: '24' },
  rounds: 20,
  contests: [
    {
      name: 'the floor against itself',
      kind: 'control',
      connections: 16,
      figures: [figure('floor', 100), figure('floor', 101, { ofFloor: ratio(0.99) })],
    },
    row('no policy', 125),
    row('events', 4000),
    {
      name: 'peers: plain proxy',
      kind: 'peers',
      connections: 16,
      figures: [
        figure('floor', 100),
        figure('peer', 20, { name: 'a & b', version: '1.0', busy: 0.4, memoryMiB: 12.4 }),
      ],
    },
  ],
  missing: { other: 'it is not on PATH' },
  footprints: [
    {
      name: 'no policy',
      bundleBytes: 28_000,
      gzipBytes: 11_000,
      startMs: 40,
      startCpuMs: 30,
      memoryMiB: 64.2,
    },
  ],
  growth: [
    {
      name: '1000 routes',
      routes: 1000,
      compileMs: 190,
      bundleBytes: 186_000,
      gzipBytes: 30_400,
      matchMicros: 0.44,
      startCpuMs: 12.6,
    },
  ],
}

const NAMES = ['machine', 'rows', 'aims', 'latency', 'streams', 'peers', 'size', 'growth']
const PAGE = NAMES.map((name) => `<!-- benchmark ${name} -->\n<!-- /benchmark ${name} -->\n`).join(
  'kept\n',
)

describe('the page about performance', () => {
  it('says what the run found', () => {
    const page = withBenchmark(PAGE, found)!
    for (const line of [
      'The floor against itself gave 0.99 (0.98 to 1.00): no finer difference can be seen.',
      '| no policy | 100 | 118 | 125 | 0.80 (0.79 to 0.81) | 1.10 (1.09 to 1.11) | 9,877 |',
      '| no policy: of the floor | at least 0.95 | 0.80 | no |',
      '| every row: to by hand | at most 1.05 | more in 2 of 2: up to 1.10 (no policy) | no |',
      '| no policy | 1.50 / 3.25 | 1.50 / 3.25 | 1.50 / 3.25 | 0.063 |',
      '|  | Cardea | 4000 | 0.50 / 0.75 | 1.50 / 3.25 |',
      '|  | a & b 1.0 | 20.0 | 9,877 * | 1.50 / 3.25 | 12 |',
      'Not in this run: other (it is not on PATH).',
      '| no policy | 28.0 | 11.0 | 40 | 30 | 64 |',
      '| 1,000 | 190 | 186.0 | 30.4 | 0.4 | 12.6 |',
    ]) {
      expect(page).toContain(line)
    }
    expect(page).not.toContain('**')
    expect(page.match(/^kept$/gm)).toHaveLength(7)
    expect(withBenchmark(page, found)).toBe(page)
  })

  it('says of a busy machine and of wrong answers that they make figures worthless', () => {
    const { machine, contests } = found
    const wrong = { ...row('api-key', 130), figures: [figure('floor', 100, { wrong: 3 })] }
    const page = withBenchmark(PAGE, {
      ...found,
      machine: { ...machine, load: 6.2 },
      contests: [...contests, { ...wrong, kind: 'control' }],
    })
    expect(page).toContain('**Other work was running (load 6.2)')
    expect(page).toContain('**3 answers were wrong.**')
  })

  it('has no place for figures whose mark is missing', () => {
    expect(withBenchmark(PAGE.replace('<!-- benchmark aims -->', ''), found)).toBeUndefined()
  })
})

describe('the picture', () => {
  it('has a bar for each figure but those of streams, on one scale, and follows light and dark', () => {
    const picture = benchmarkPicture(found)
    const widths = [
      ...picture.matchAll(/<rect class="\w+" x="430" .*?width="([\d.]+)" height="9"/g),
    ]
    expect(widths.map(([, width]) => width)).toEqual(['336.0', '396.5', '420.0', '336.0', '67.2'])
    expect(picture).toContain('@media (prefers-color-scheme: dark)')
    expect(picture).toContain('>a &amp; b</text>')
  })
})
