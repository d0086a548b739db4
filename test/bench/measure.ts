import type { ContestResult, Figure, Role } from '../../scripts/docs/benchmark.ts'
import { type Slice, slice, type Target } from './load.ts'
import { estimate, quantile } from './statistics.ts'

/** Who gets the same requests. The first one is the floor that the others are compared with. */
export interface Contest {
  readonly name: string
  readonly kind: ContestResult['kind']
  readonly connections: number
  readonly sliceMs: number
  readonly subjects: readonly Subject[]
}

export interface Subject {
  readonly role: Role
  readonly name: string
  readonly target: Target
  readonly version?: string
  readonly less?: string
  memoryMiB?(): number
}

/** Until the engine has compiled what is hot. */
const WARM_MS = 600

/**
 * Slices rotate over all, and those of one contest stand beside each other: a shared machine drifts by far
 * more than the difference that is looked for, so each is only compared with its neighbours of the round.
 */
export async function measure(
  contests: readonly Contest[],
  rounds: number,
  tell: (text: string) => void,
): Promise<readonly ContestResult[]> {
  const samples = new Map<Subject, Slice[]>()
  for (const subject of contests.flatMap(({ subjects }) => subjects)) {
    samples.set(subject, [])
    await slice(subject.target, WARM_MS)
  }
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}`)
    for (const { subjects, sliceMs } of turned(contests, round)) {
      for (const subject of turned(subjects, round)) {
        samples.get(subject)!.push(await slice(subject.target, sliceMs))
      }
    }
  }
  return contests.map((contest) => resultOf(contest, samples))
}

/** Everybody comes after everybody else equally often. */
function turned<T>(list: readonly T[], round: number): readonly T[] {
  const turn = list.map((_, i) => list[(i + round) % list.length]!)
  return round % 2 === 0 ? turn : turn.toReversed()
}

function resultOf(
  { name, kind, connections, subjects }: Contest,
  samples: ReadonlyMap<Subject, readonly Slice[]>,
): ContestResult {
  const [floor] = subjects
  const byHand = subjects.find(({ role }) => role === 'by hand')
  const of = (subject: Subject) => samples.get(subject)!
  const figures = subjects.map((subject): Figure => {
    const { role, name, version, less } = subject
    const against = (other: Subject, compared: (one: Slice, other: Slice) => number) =>
      estimate(of(subject).map((one, round) => compared(one, of(other)[round]!)))
    return {
      role,
      name,
      ...(version !== undefined && { version }),
      ...(less !== undefined && { less }),
      ...figuresOf(of(subject)),
      ...(subject !== floor && {
        ofFloor: against(floor!, (one, other) => cpuOf(other) / cpuOf(one)),
        addedMs: against(floor!, (one, other) => medianOf(one) - medianOf(other)),
      }),
      ...(role === 'gateway' &&
        byHand !== undefined && {
          toByHand: against(byHand, (one, other) => cpuOf(one) / cpuOf(other)),
        }),
      ...(subject.memoryMiB !== undefined && { memoryMiB: subject.memoryMiB() }),
    }
  })
  return { name, kind, connections, figures }
}

function figuresOf(slices: readonly Slice[]) {
  const sum = (of: (one: Slice) => number) => slices.reduce((all, one) => all + of(one), 0)
  const lastByteMs = slices.flatMap((one) => one.lastByteMs)
  const firstByteMs = slices.flatMap((one) => one.firstByteMs)
  return {
    cpuMicros: estimate(slices.map(cpuOf)).median,
    requestsPerSecond: estimate(slices.map(({ requests, seconds }) => requests / seconds)).median,
    busy: estimate(slices.map(({ cpuMicros, seconds }) => cpuMicros / 1e6 / seconds)).median,
    lastByteMs: { p50: quantile(lastByteMs, 0.5), p99: quantile(lastByteMs, 0.99) },
    firstByteMs: { p50: quantile(firstByteMs, 0.5), p99: quantile(firstByteMs, 0.99) },
    requests: sum(({ requests }) => requests),
    wrong: sum(({ wrong }) => wrong),
  }
}

const cpuOf = ({ cpuMicros, requests }: Slice): number => cpuMicros / requests
const medianOf = ({ lastByteMs }: Slice): number => quantile(lastByteMs, 0.5)
