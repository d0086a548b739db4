// RFC 3339 §5.6 and appendix A, RFC 9110 §5.6.7. Every pattern is anchored and linear.

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function isDate(value: string): boolean {
  const match = DATE.exec(value)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return isDayOf(year, month, day)
}

function isDayOf(year: number, month: number, day: number): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeapYear ? 29 : (DAYS[month - 1] ?? 0)
  return day >= 1 && day <= days
}

/** A leap second is real only at 23:59:60 UTC (RFC 3339 §5.7). */
export function isTime(value: string): boolean {
  const match = TIME.exec(value)
  if (match === null) return false
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [offsetHour, offsetMinute] = [Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false
  if (second < 60) return true
  const offset = (offsetHour * 60 + offsetMinute) * (match[4] === '-' ? -1 : 1)
  return (hour * 60 + minute - offset + 2 * 1440) % 1440 === 1439
}

export const isDateTime = (value: string): boolean =>
  isDate(value.slice(0, 10)) && /^t$/i.test(value.charAt(10)) && isTime(value.slice(11))

const DURATION =
  /^P(?:\d+W|(?=\d|T\d)(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?=\d)(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)$/

export const isDuration = (value: string): boolean => DURATION.test(value)

const WEEKDAYS = new Set(['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'])
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const HTTP_DATE = /^([A-Z][a-z]{2}), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/

/** IMF-fixdate, the only form that may be sent. */
export function isHttpDate(value: string): boolean {
  const match = HTTP_DATE.exec(value)
  if (match === null) return false
  const month = MONTHS.indexOf(match[3] ?? '') + 1
  return (
    WEEKDAYS.has(match[1] ?? '') &&
    isDayOf(Number(match[4]), month, Number(match[2])) &&
    isTime(`${match[5]}:${match[6]}:${match[7]}Z`)
  )
}
