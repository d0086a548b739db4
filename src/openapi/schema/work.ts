/** How deep a value may nest before a schema that refers to itself is run on it. */
export const LEVELS_MAX = 128

/**
 * How many times one check may enter schemas that refer to themselves. Alternatives inside such a
 * schema can multiply with every level, so depth alone does not bound time. A body of 1 MiB has at
 * most half a million values; two million entries take some tens of milliseconds.
 */
const WORK_MAX = 2_000_000

/** Thrown inside a generated check, caught by `validator`. */
export class OutOfWork extends Error {}

// Checks are synchronous and never nest, so one counter serves all of them.
const work = { left: WORK_MAX }

export function refillWork(): void {
  work.left = WORK_MAX
}

/** Called on entry by every generated check that is part of a cycle. */
export function spendWork(): void {
  work.left -= 1
  if (work.left < 0) throw new OutOfWork('too many steps')
}
