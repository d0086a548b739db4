/** What is known when an isolate asks for more tokens than the request at hand costs. */
export interface LeaseWish {
  /** Tokens the isolate thinks it will spend while a lease lives, from what it spent before. */
  readonly wanted: number
  /** Tokens that may be given away at all. */
  readonly room: number
  /** The most that the limit allows at once. */
  readonly capacity: number
  /** Tokens in leases that may still be alive, spent or not. */
  readonly outstanding: number
}

/**
 * How many tokens an isolate gets to hold. Three things bound it:
 * - its own demand: nobody holds what he will not spend
 * - a tenth of the limit for all isolates together, half of what is left of it for one: however many
 *   isolates there are, tokens that lie idle in them stay below that, and nobody has to count isolates
 * - an eighth of the room, so that the last tokens are given out one by one
 */
export function leaseSize({ wanted, room, capacity, outstanding }: LeaseWish): number {
  const shelf = (capacity / 10 - outstanding) / 2
  return Math.max(0, Math.floor(Math.min(wanted, shelf, room / 8)))
}
