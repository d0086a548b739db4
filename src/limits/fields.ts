import type { CounterLevel, Limit } from '../core/counters.ts'
import { periodAt } from '../lib/counters/period.ts'

/** What is told about one limit, in the fields of draft-ietf-httpapi-ratelimit-headers-10. */
export interface Shown {
  readonly name: string
  readonly limit: number
  /** Length of the window; undefined for slots, which have none. */
  readonly windowMs: number | undefined
  readonly unit?: 'concurrent-requests'
}

/** `"burst";q=100;w=60,"daily";q=1000;w=86400` (§3). */
export function policyField(shown: readonly Shown[]): string {
  return shown
    .map(({ name, limit, windowMs, unit }) => {
      const quota = `${quoted(name)};q=${limit}`
      const counted = unit === undefined ? quota : `${quota};qu="${unit}"`
      return windowMs === undefined ? counted : `${counted};w=${seconds(windowMs)}`
    })
    .join(',')
}

/** `"burst";r=50;t=30` (§4). @param afterMs until there is more, or all of it again */
export function limitField(name: string, remaining: number, afterMs: number | undefined): string {
  const left = `${quoted(name)};r=${Math.max(0, remaining)}`
  return afterMs === undefined || !Number.isFinite(afterMs) ? left : `${left};t=${seconds(afterMs)}`
}

/** The older three fields, which many clients know: seconds until the reset. */
export function legacyFields(level: CounterLevel, afterMs: number): [string, string][] {
  const fields: [string, string][] = [
    ['x-ratelimit-limit', String(level.limit.limit)],
    ['x-ratelimit-remaining', String(level.remaining)],
  ]
  if (Number.isFinite(afterMs)) fields.push(['x-ratelimit-reset', String(seconds(afterMs))])
  return fields
}

/** Whole seconds, never too few. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

/** @param nowMs tells how long this month is */
export function windowMsOf(limit: Limit, nowMs: number): number {
  if (limit.algorithm !== 'period') return limit.windowMs
  const { startMs, endMs } = periodAt(limit, nowMs)
  return endMs - startMs
}

/** An sf-string (RFC 9651 §3.3.3) holds visible ASCII and spaces. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
