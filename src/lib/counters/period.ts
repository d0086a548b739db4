import type { Period, PeriodLimit } from './limit.ts'

/** `startMs` belongs to it, `endMs` to the next one. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** The period that `nowMs` lies in. UTC; a month that is too short for the anchor's day ends it on its last day. */
export function periodAt({ period, anchorMs }: PeriodLimit, nowMs: number): Span {
  if (period === 'month') return monthAt(anchorMs ?? 0, nowMs)
  const lengthMs = lengthsMs[period]
  const originMs = anchorMs ?? (period === 'week' ? firstMondayMs : 0)
  const startMs = originMs + Math.floor((nowMs - originMs) / lengthMs) * lengthMs
  return { startMs, endMs: startMs + lengthMs }
}

const lengthsMs: Record<Exclude<Period, 'month'>, number> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

/** 1970-01-05; the first of January 1970 was a Thursday. */
const firstMondayMs = 4 * lengthsMs.day

function monthAt(anchorMs: number, nowMs: number): Span {
  const anchor = new Date(anchorMs)
  const now = new Date(nowMs)
  const months =
    (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth()
  const startMs = monthsAfter(anchor, months)
  return startMs <= nowMs
    ? { startMs, endMs: monthsAfter(anchor, months + 1) }
    : { startMs: monthsAfter(anchor, months - 1), endMs: startMs }
}

/** Counted from the anchor each time, so that a 31st does not become a 28th for ever after one February. */
function monthsAfter(anchor: Date, months: number): number {
  const year = anchor.getUTCFullYear()
  const month = anchor.getUTCMonth() + months
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const timeOfDayMs =
    anchor.getTime() - Math.floor(anchor.getTime() / lengthsMs.day) * lengthsMs.day
  return Date.UTC(year, month, Math.min(anchor.getUTCDate(), lastDay)) + timeOfDayMs
}
