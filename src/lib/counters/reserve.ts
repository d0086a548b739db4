/**
 * Tokens that are stored as spent before they are, so that a crash can only refuse too many. The block covers
 * about a second of what the caller spends: it doubles when it was used up within a second and halves when it
 * lasted for five, so that an object writes about once a second, and a crash costs what a second would.
 */
export class Reserve {
  #block = 0
  #wanted = 1
  #storedMs = Number.NEGATIVE_INFINITY
  #mustSave = false

  /** @param most what the block may be now; only asked when there must be a new one */
  spend(tokens: number, most: () => number, nowMs: number): void {
    if (tokens <= 0) return
    if (!this.#mustSave && tokens <= this.#block) {
      this.#block -= tokens
      return
    }
    const lastedMs = nowMs - this.#storedMs
    if (lastedMs < 1000) this.#wanted *= 2
    else if (lastedMs > 5000) this.#wanted = Math.max(1, this.#wanted / 2)
    const bound = Math.floor(most())
    this.#wanted = Math.min(this.#wanted, Math.max(1, bound))
    this.#block = Math.min(this.#wanted, bound)
    this.#storedMs = nowMs
    this.#mustSave = true
  }

  get mustSave(): boolean {
    return this.#mustSave
  }

  /** @returns the block that must be stored with everything spent so far */
  store(exact: boolean): number {
    if (exact) {
      this.#block = 0
      this.#storedMs = Number.NEGATIVE_INFINITY
    }
    this.#mustSave = false
    return this.#block
  }
}
