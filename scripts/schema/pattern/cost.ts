import { components } from '../graph.ts'
import { automatonOf, TooLarge, type Automaton } from './automaton.ts'
import { overlap } from './characters.ts'

/**
 * How many steps a backtracking matcher may need for a text of n characters: about n^degree, or
 * more than any power of n. Never too low; where the pattern is too large to tell, 'unknown'.
 */
export type Cost =
  | { readonly kind: 'polynomial'; readonly degree: number }
  | { readonly kind: 'exponential' | 'unknown' }

/**
 * Decides by the ambiguity of the pattern's automaton (Weideman et al., "Analyzing Matching Time
 * Behavior of Backtracking Regular Expression Matchers", 2016). Two ways around the same loop on
 * the same text make it exponential; a way from one loop into another on text that both loop on
 * adds a degree.
 */
export function costOf(source: string, isUnicode: boolean): Cost {
  try {
    return automatonCost(automatonOf(source, isUnicode))
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'unknown' }
    throw error
  }
}

function automatonCost(automaton: Automaton): Cost {
  const pairs = new Pairs(automaton)
  const own: Cost = pairs.isExponential()
    ? { kind: 'exponential' }
    : { kind: 'polynomial', degree: pairs.degree() }
  return automaton.inner.reduce((cost, { automaton: inner, isRepeated }) => {
    const within = automatonCost(inner)
    if (cost.kind !== 'polynomial' || within.kind !== 'polynomial') {
      return cost.kind === 'exponential' ? cost : within.kind === 'polynomial' ? cost : within
    }
    const hasLoop = isRepeated && inner.follow.some((next, position) => next.includes(position))
    return { kind: 'polynomial', degree: Math.max(cost.degree, within.degree) + (hasLoop ? 1 : 0) }
  }, own)
}

const EDGES_MAX = 400_000

/** Pairs of positions that two attempts on the same text can be at, at the same time. */
class Pairs {
  readonly #automaton: Automaton
  readonly #numbers = new Map<number, number>()
  readonly #pairs: (readonly [left: number, right: number])[] = []
  readonly #edges: number[][] = []
  /** Edges from (p, p) to (q, q) that can be taken in two ways. */
  readonly #doubled: (readonly [from: number, to: number])[] = []
  readonly #component: number[] = []
  readonly #components: number[][]

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#explore()
    this.#components = components(this.#edges)
    for (const [id, members] of this.#components.entries()) {
      for (const member of members) this.#component[member] = id
    }
  }

  isExponential(): boolean {
    const isSplit = this.#components.some(
      (members) =>
        members.some((id) => this.#isDiagonal(id)) && members.some((id) => !this.#isDiagonal(id)),
    )
    return (
      isSplit || this.#doubled.some(([from, to]) => this.#component[from] === this.#component[to])
    )
  }

  /** One more than the longest chain of loops in which each can run over into the next. */
  degree(): number {
    const next = new Map<number, number[]>()
    for (const [id, [left, right]] of this.#pairs.entries()) {
      if (left === right && this.#isCyclic(id)) next.set(left, this.#overrun(id, left))
    }
    const depths = new Map<number, number>()
    const depth = (loop: number): number => {
      const known = depths.get(loop)
      if (known !== undefined) return known
      depths.set(loop, 0)
      const longest = Math.max(0, ...(next.get(loop) ?? []).map((one) => 1 + depth(one)))
      depths.set(loop, longest)
      return longest
    }
    return 1 + Math.max(0, ...[...next.keys()].map(depth))
  }

  /** Loops that run on the same text as the loop at `left`, and can be entered from it. */
  #overrun(from: number, left: number): number[] {
    const found: number[] = []
    const seen = new Set([from])
    const queue = [from]
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const to of this.#edges[id] ?? []) {
        if (seen.has(to)) continue
        seen.add(to)
        queue.push(to)
        const [a, b] = this.#pairs[to] ?? [0, 0]
        const isOverrun = a !== b && (a === left || b === left) && this.#isCyclic(to)
        if (isOverrun) found.push(a === left ? b : a)
      }
    }
    return found
  }

  #isDiagonal(id: number): boolean {
    const [left, right] = this.#pairs[id] ?? [0, 1]
    return left === right
  }

  #isCyclic(id: number): boolean {
    const members = this.#components[this.#component[id] ?? -1] ?? []
    return members.length > 1 || (this.#edges[id]?.includes(id) ?? false)
  }

  #explore(): void {
    for (const position of this.#automaton.start) this.#number(position, position)
    let edges = 0
    for (let id = 0; id < this.#pairs.length; id += 1) {
      const targets = new Set<number>()
      for (const [left, right] of this.#steps(id)) {
        edges += 1
        if (edges > EDGES_MAX) throw new TooLarge('too many pairs')
        targets.add(this.#number(left, right))
        // Where a pair may go, each of its members may go alone
        this.#number(left, left)
        this.#number(right, right)
      }
      this.#edges[id] = [...targets]
    }
  }

  *#steps(id: number): Generator<readonly [number, number]> {
    const [left, right] = this.#pairs[id] ?? [0, 0]
    const { follow, accepting, characters } = this.#automaton
    // Whoever gets here has matched: there is nothing to go back for
    const onward = (position: number): readonly number[] =>
      (follow[position] ?? []).filter((next) => !accepting.has(next))
    const lefts = onward(left)
    const rights = onward(right)
    for (const [i, a] of lefts.entries()) {
      for (const [j, b] of rights.entries()) {
        if (left === right && j < i) continue
        if (!overlap(characters[a] ?? [], characters[b] ?? [])) continue
        if (left === right && i !== j && a === b) this.#doubled.push([id, this.#number(a, a)])
        yield [a, b]
      }
    }
  }

  #number(a: number, b: number): number {
    const [left, right] = a < b ? [a, b] : [b, a]
    const key = left * 1_000 + right
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#pairs.length)
    return this.#pairs.push([left, right]) - 1
  }
}
