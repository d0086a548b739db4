/** One limit on one caller. Tokens are whole: a request takes `cost` of them, 1 unless it says otherwise. */
export type Limit = WindowLimit | BucketLimit | PeriodLimit

/**
 * - `sliding-window`: no trailing window of `windowMs` ever holds more than `limit`
 * - `fixed-window`: windows start at multiples of `windowMs` since 1970, so at most 2 × `limit` over an edge
 */
export interface WindowLimit {
  /** Unique among the limits that are asked for together; what the caller is told was violated. */
  readonly name: string
  readonly algorithm: 'sliding-window' | 'fixed-window'
  readonly limit: number
  readonly windowMs: number
}

/** In any stretch of time at most `burst` + `limit` × stretch / `windowMs`. */
export interface BucketLimit {
  readonly name: string
  readonly algorithm: 'token-bucket'
  readonly limit: number
  readonly windowMs: number
  readonly burst: number
}

export type Period = 'hour' | 'day' | 'week' | 'month'

/** Calendar periods in UTC (weeks start on Monday, ISO 8601), or periods counted from an anchor. */
export interface PeriodLimit {
  readonly name: string
  readonly algorithm: 'period'
  readonly limit: number
  readonly period: Period
  /** Milliseconds since 1970 at which some period starts. Without it the calendar's own edges hold. */
  readonly anchorMs?: number
}

/** The grain of the sliding window; a lease of tokens never lives longer than one of them. */
export const subWindows = 60

/** How long tokens of such a window may be leased: one sub-window, and at most a minute of a long one. */
export function leaseMsFor(windowMs: number): number {
  return Math.min(60_000, Math.floor(windowMs / subWindows))
}

/** The most tokens that can be spent at once. */
export function capacityOf(limit: Limit): number {
  return limit.algorithm === 'token-bucket' ? limit.burst : limit.limit
}

/** What distinguishes one counter of a caller from another: a plan may change `limit`, and the count stays. */
export function counterId(limit: Limit): string {
  const shape =
    limit.algorithm === 'period' ? `${limit.period} ${limit.anchorMs ?? ''}` : limit.windowMs
  return `${limit.name} ${limit.algorithm} ${shape}`
}

/** @throws {RangeError} for a limit that no algorithm can keep */
export function checkLimit(limit: Limit): void {
  const amounts = limit.algorithm === 'token-bucket' ? [limit.limit, limit.burst] : [limit.limit]
  if (!amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0)) {
    throw new RangeError(`the limit "${limit.name}" is not a whole number of tokens`)
  }
  if (limit.algorithm === 'period') {
    if (limit.anchorMs === undefined || Number.isSafeInteger(limit.anchorMs)) return
    throw new RangeError(`the anchor of the limit "${limit.name}" is not a time in milliseconds`)
  }
  if (limit.windowMs >= 1 && Number.isSafeInteger(limit.windowMs)) return
  throw new RangeError(
    `the window of the limit "${limit.name}" is not a whole number of milliseconds`,
  )
}
