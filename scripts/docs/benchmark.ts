/** What `npm run bench` finds: the form of `docs/benchmark.json`, of which table and picture are made. */
import type { Estimate } from '../../test/bench/statistics.ts'

export interface Benchmark {
  /** Day of the run. */
  readonly day: string
  readonly machine: Machine
  readonly versions: Readonly<Record<'cardea' | 'workerd' | 'node', string>>
  readonly rounds: number
  readonly contests: readonly ContestResult[]
  /** Peers that did not take part → why. */
  readonly missing: Readonly<Record<string, string>>
  readonly footprints: readonly Footprint[]
  readonly growth: readonly Growth[]
}

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  /** Processes that wanted to run, on average over the minute before the start. */
  readonly load: number
}

/** Servers that got the same requests, in slices beside each other. */
export interface ContestResult {
  readonly name: string
  readonly kind: 'control' | 'row' | 'peers'
  readonly connections: number
  readonly figures: readonly Figure[]
}

export type Role = 'floor' | 'by hand' | 'gateway' | 'peer'

export interface Figure {
  readonly role: Role
  readonly name: string
  readonly version?: string
  /** What it does less than the others. */
  readonly less?: string
  /** CPU time of the server for each request. */
  readonly cpuMicros: number
  /** The floor's CPU time divided by this one's, in the same round. */
  readonly ofFloor?: Estimate
  /** This one's CPU time divided by that of the Worker by hand, in the same round. */
  readonly toByHand?: Estimate
  readonly requestsPerSecond: number
  /** Share of the server's core that it used: below 1 the client or the upstream was the limit. */
  readonly busy: number
  readonly lastByteMs: Percentiles
  readonly firstByteMs: Percentiles
  /** Over the floor's median, in the same round. */
  readonly addedMs?: Estimate
  /** Of all its processes after the run; of peers only. */
  readonly memoryMiB?: number
  readonly requests: number
  /** Answers that were not as expected. */
  readonly wrong: number
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** One configuration in a process of its own. */
export interface Footprint {
  readonly name: string
  /** Minified. */
  readonly bundleBytes: number
  readonly gzipBytes: number
  /** From the start of the process to its first answer. */
  readonly startMs: number
  readonly startCpuMs: number
  /** After two seconds of load. */
  readonly memoryMiB: number
}

export interface Growth {
  readonly name: string
  readonly routes: number
  readonly compileMs: number
  readonly bundleBytes: number
  readonly gzipBytes: number
  /** Undefined without routes. */
  readonly matchMicros?: number
  /** CPU time to the first answer, over a Worker that does nothing. */
  readonly startCpuMs: number
}
