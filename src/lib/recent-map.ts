/**
 * A bounded map that keeps roughly the most recently used entries: two generations, no relinking on a read.
 * When the young generation has reached half the bound, it becomes the old one and the old one is dropped.
 * @typeParam V never `undefined`
 */
export class RecentMap<V> {
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  #youngWeight = 0
  readonly #weightMax: number
  readonly #weigh: (value: V) => number

  /**
   * @param weightMax what all entries together weigh at most; a single heavier entry is kept until the next
   * @param weigh the weight of one entry, the same each time; without it the bound counts entries
   */
  constructor(weightMax: number, weigh: (value: V) => number = () => 1) {
    this.#weightMax = weightMax
    this.#weigh = weigh
  }

  /** Entries, of which one that is in both generations counts twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const aged = this.#old.get(key)
    if (aged !== undefined) this.set(key, aged)
    return aged
  }

  set(key: string, value: V): void {
    const weight = this.#weigh(value)
    const before = this.#young.get(key)
    if (before !== undefined) this.#youngWeight -= this.#weigh(before)
    else if (this.#youngWeight + weight > this.#weightMax / 2) this.#age()
    this.#young.set(key, value)
    this.#youngWeight += weight
  }

  delete(key: string): void {
    const value = this.#young.get(key)
    if (value !== undefined) this.#youngWeight -= this.#weigh(value)
    this.#young.delete(key)
    this.#old.delete(key)
  }

  /** Takes out every entry that `isUnwanted`. Looks at all of them. */
  deleteWhere(isUnwanted: (value: V, key: string) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [key, value] of generation) if (isUnwanted(value, key)) this.delete(key)
    }
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
    this.#youngWeight = 0
  }

  #age(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#youngWeight = 0
  }
}
