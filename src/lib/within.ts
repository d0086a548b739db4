/**
 * The result of `work`, or `late` thrown when it takes longer. The work itself goes on, and nobody hears of it.
 *
 * @param limitMs `Infinity` waits for ever
 */
export function within<T>(limitMs: number, work: Promise<T>, late: Error): Promise<T> {
  if (limitMs === Number.POSITIVE_INFINITY) return work
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, limitMs, late)
    // settles without failure in any case, so `finally`, which costs more, is not needed
    void work.then(resolve, reject).then(() => clearTimeout(timer))
  })
}
