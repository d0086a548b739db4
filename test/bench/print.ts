import type { Benchmark, ContestResult, Figure } from '../../scripts/docs/benchmark.ts'

/** What was found, as tables on the console. */
export function print({ contests, missing, footprints, growth, machine, rounds }: Benchmark): void {
  console.table(contests.flatMap((contest) => contest.figures.map((one) => line(contest, one))))
  for (const [name, reason] of Object.entries(missing)) console.log(`Not here: ${name}: ${reason}`)
  if (footprints.length > 0) {
    console.table(
      footprints.map(({ name, bundleBytes, gzipBytes, startMs, startCpuMs, memoryMiB }) => ({
        'in a process of its own': name,
        'bundle KB': kilo(bundleBytes),
        'gzip KB': kilo(gzipBytes),
        'start ms': startMs.toFixed(0),
        'start CPU ms': startCpuMs.toFixed(0),
        'memory MiB': memoryMiB.toFixed(0),
      })),
    )
  }
  if (growth.length > 0) {
    console.table(
      growth.map(({ name, compileMs, bundleBytes, gzipBytes, matchMicros, startCpuMs }) => ({
        routes: name,
        'compile ms': compileMs.toFixed(0),
        'bundle KB': kilo(bundleBytes),
        'gzip KB': kilo(gzipBytes),
        'match µs': matchMicros?.toFixed(2) ?? '-',
        'start CPU ms': startCpuMs.toFixed(1),
      })),
    )
  }
  console.log(
    `${rounds} rounds, ${machine.processor}, ${machine.cores} cores, load ${machine.load} before the start`,
  )
}

function line({ name }: ContestResult, one: Figure) {
  return {
    row: one.role === 'floor' ? name : '',
    who: [one.name, one.version].filter(Boolean).join(' '),
    'µs CPU': one.cpuMicros.toFixed(1),
    'of the floor': one.ofFloor?.median.toFixed(3) ?? '',
    '95 %': one.ofFloor ? `${one.ofFloor.low.toFixed(2)}–${one.ofFloor.high.toFixed(2)}` : '',
    'to by hand': one.toByHand?.median.toFixed(3) ?? '',
    'requests/s': Math.round(one.requestsPerSecond),
    busy: one.busy.toFixed(2),
    'p50 ms': one.lastByteMs.p50.toFixed(2),
    'p99 ms': one.lastByteMs.p99.toFixed(2),
    '+p50': one.addedMs?.median.toFixed(3) ?? '',
    // the same where the body is one piece
    'first byte p50':
      one.lastByteMs.p50 - one.firstByteMs.p50 > 1 ? one.firstByteMs.p50.toFixed(2) : '',
    wrong: one.wrong,
  }
}

const kilo = (bytes: number): string => (bytes / 1000).toFixed(1)
