/** Events in the order of their time, in a binary heap. Whole milliseconds, like `Date.now`. */
export class Timeline {
  nowMs: number
  readonly #heap: { atMs: number; order: number; happen: () => void }[] = []
  #order = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  at(atMs: number, happen: () => void): void {
    const event = { atMs: Math.max(Math.ceil(atMs), this.nowMs), order: this.#order++, happen }
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  after(ms: number, happen: () => void): void {
    this.at(this.nowMs + ms, happen)
  }

  /** Lets one event happen. @returns false when there was none */
  step(): boolean {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return false
    if (first !== last) this.#sink(last)
    this.nowMs = first.atMs
    first.happen()
    return true
  }

  #sink(event: { atMs: number; order: number; happen: () => void }): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, event)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = event
  }
}

interface Ordered {
  readonly atMs: number
  readonly order: number
}

function isBefore(one: Ordered, other: Ordered): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
