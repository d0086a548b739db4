import { Allowance } from '../../src/lib/counters/allowance.ts'
import { Ledger } from '../../src/lib/counters/ledger.ts'
import type { Limit, WindowLimit } from '../../src/lib/counters/limit.ts'
import { Random } from './random.ts'
import { ReferenceIsolate, ReferenceObject } from './scale-reference.ts'
import { Timeline } from './timeline.ts'

export type Design = 'strict' | 'lease' | 'local' | 'reference'

export interface ScaleCase {
  readonly design: Design
  readonly algorithm: WindowLimit['algorithm']
  readonly perMinute: number
  readonly isolates: number
  /** Times the limit that is asked for. */
  readonly demand: number
}

export interface ScaleResult {
  readonly callsPerRequest: number
  /** At the object, in its busiest second. */
  readonly callsPerSecondMax: number
  /** Rows written, of which each alarm that is set is one. */
  readonly writesPerRequest: number
  /** Alarms that rang. */
  readonly alarmsPerRequest: number
  /** Of what a perfect counter, which is everywhere at once, would have let through. */
  readonly wronglyRefused: number
  /** Beyond what a perfect counter would have let through, as a share of that. */
  readonly overAdmitted: number
}

const windowMs = 60_000
const locations = 300
const startMs = Date.UTC(2026, 10, 20)

/** What one isolate does with a request: decides, now or when the object has answered. */
export interface SimulatedIsolate {
  request(settle: (isAllowed: boolean) => void): void
}

/**
 * One caller, whose requests come evenly in time and unevenly over the isolates (Zipf, exponent 1), which are
 * in 300 locations up to 125 ms from the object. The first window warms up, the next ones are measured.
 */
export function simulateScale(scale: ScaleCase, seed: number): ScaleResult {
  const { design, algorithm, perMinute, isolates, demand } = scale
  const limit: Limit = { name: 'l', algorithm, limit: perMinute, windowMs }
  const random = new Random(seed)
  const timeline = new Timeline(startMs)
  const object = new CountedObject(timeline, limit)
  const fleet = Array.from({ length: isolates }, (_, at) => {
    const delayMs = Math.round(1 + (124 * (at % locations)) / locations)
    return isolateOf(design, { limit, object, delayMs, timeline })
  })
  const pick = zipf(isolates, random)
  const perfect = new PerfectCounter(limit)
  // enough requests for two digits, few enough for a minute of computing
  const windows = Math.min(40, Math.max(perMinute < 1_000_000 ? 3 : 1, Math.ceil(3000 / perMinute)))
  const endMs = startMs + (windows + 1) * windowMs
  const count = { requests: 0, allowed: 0, legal: 0 }

  const arrive = (): void => {
    const isMeasured = timeline.nowMs >= startMs + windowMs
    if (isMeasured) count.requests += 1
    const isLegal = perfect.take(timeline.nowMs)
    if (isMeasured && isLegal) count.legal += 1
    fleet[pick()]!.request((isAllowed) => {
      if (isMeasured && isAllowed) count.allowed += 1
    })
  }
  // the gaps are drawn ahead of time, in fractions; the timeline itself has whole milliseconds
  let dueMs = startMs
  const next = (): void => {
    arrive()
    dueMs -= Math.log(1 - random.next()) * (windowMs / (perMinute * demand))
    if (dueMs < endMs) timeline.at(dueMs, next)
  }
  timeline.at(dueMs, next)
  while (timeline.step());
  return {
    callsPerRequest: object.calls / count.requests,
    callsPerSecondMax: object.callsPerSecondMax,
    writesPerRequest: object.writes / count.requests,
    alarmsPerRequest: object.alarms / count.requests,
    wronglyRefused: Math.max(0, count.legal - count.allowed) / count.legal,
    overAdmitted: Math.max(0, count.allowed - count.legal) / count.legal,
  }
}

/** Counts its calls once the first window is over. */
class CountedObject {
  readonly ledger = new Ledger()
  readonly reference: ReferenceObject
  calls = 0
  writes = 0
  alarms = 0
  callsPerSecondMax = 0
  readonly #timeline: Timeline
  #second = 0
  #callsInSecond = 0
  #alarmMs = 0

  constructor(timeline: Timeline, limit: Limit) {
    this.#timeline = timeline
    this.reference = new ReferenceObject(limit.limit, windowMs)
  }

  counted<T>(work: () => T): T {
    const { nowMs } = this.#timeline
    const isMeasured = nowMs >= startMs + windowMs
    if (isMeasured) this.#countCall(nowMs)
    const answer = work()
    if (this.ledger.mustSave) {
      // a row; with the first one after an alarm the next alarm's, and when that rings the exact count and the
      // alarm that will delete it
      this.ledger.image(false)
      const setsAlarm = nowMs >= this.#alarmMs
      if (isMeasured) this.writes += setsAlarm ? 4 : 1
      if (isMeasured && setsAlarm) this.alarms += 1
      if (setsAlarm) this.#alarm(nowMs + 5000)
    }
    return answer
  }

  #alarm(atMs: number): void {
    this.#alarmMs = atMs
    this.#timeline.at(atMs, () => void this.ledger.image(true))
  }

  #countCall(nowMs: number): void {
    this.calls += 1
    const second = Math.floor(nowMs / 1000)
    this.#callsInSecond = second === this.#second ? this.#callsInSecond + 1 : 1
    this.#second = second
    this.callsPerSecondMax = Math.max(this.callsPerSecondMax, this.#callsInSecond)
  }
}

interface Place {
  readonly limit: Limit
  readonly object: CountedObject
  readonly delayMs: number
  readonly timeline: Timeline
}

function isolateOf(design: Design, place: Place): SimulatedIsolate {
  const { limit, object, delayMs, timeline } = place
  if (design === 'local') return localIsolate(place)
  if (design === 'reference') {
    const call = <T>(work: () => T) => object.counted(work)
    return new ReferenceIsolate(object.reference, call, delayMs, timeline)
  }
  const limits = [limit]
  const allowance = new Allowance(limits)
  const ask = (cost: number, settle: (isAllowed: boolean) => void): void => {
    const askedMs = timeline.nowMs
    const wish = allowance.ask(cost, design === 'lease')
    timeline.after(delayMs, () => {
      const answer = object.counted(() => object.ledger.take({ limits, ...wish }, timeline.nowMs))
      timeline.after(delayMs, () => {
        allowance.receive(answer, wish, askedMs, timeline.nowMs)
        settle(answer.allowed)
      })
    })
  }
  return {
    request(settle) {
      const known = allowance.take(1, timeline.nowMs)
      if (known === undefined) return ask(1, settle)
      settle(known === 'allowed')
      if (known === 'allowed' && allowance.renews(timeline.nowMs)) ask(0, () => {})
    },
  }
}

function localIsolate({ limit, timeline }: Place): SimulatedIsolate {
  const ledger = new Ledger(false)
  const ask = { limits: [limit], cost: 1, wanted: 0 }
  return { request: (settle) => settle(ledger.take(ask, timeline.nowMs).allowed) }
}

/** The limit itself, at no distance: a log of the last window, or the count of the present one. */
class PerfectCounter {
  readonly #limit: WindowLimit
  /** When the last `limit` requests passed, as a ring. */
  readonly #passed: Float64Array
  #at = 0
  #window = 0
  #used = 0

  constructor(limit: WindowLimit) {
    this.#limit = limit
    this.#passed = new Float64Array(limit.limit).fill(Number.NEGATIVE_INFINITY)
  }

  take(nowMs: number): boolean {
    if (this.#limit.algorithm === 'fixed-window')
      return this.#takeFixed(Math.floor(nowMs / windowMs))
    if (this.#passed[this.#at]! > nowMs - windowMs) return false
    this.#passed[this.#at] = nowMs
    this.#at = (this.#at + 1) % this.#passed.length
    return true
  }

  #takeFixed(window: number): boolean {
    if (window !== this.#window) this.#used = 0
    this.#window = window
    if (this.#used >= this.#limit.limit) return false
    this.#used += 1
    return true
  }
}

/** Picks an isolate: the k-th is picked 1/k as often as the first. */
function zipf(count: number, random: Random): () => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let at = 0; at < count; at++) sums[at] = sum += 1 / (at + 1)
  return () => {
    const drawn = random.next() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < drawn) low = middle + 1
      else high = middle
    }
    return low
  }
}
