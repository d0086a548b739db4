/** The middle of a list, and the interval that holds the true median in 95 of 100 cases (order statistics). */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function estimate(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const reach = Math.ceil(0.98 * Math.sqrt(sorted.length))
  const at = (i: number) => sorted[Math.min(sorted.length - 1, Math.max(0, i))]!
  return { median: at(middle), low: at(middle - reach), high: at(middle + reach) }
}

/** @param share 0.99 for the value that 99 of 100 do not exceed */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
