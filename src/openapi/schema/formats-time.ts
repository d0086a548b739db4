// RFC 3339 §5.6, §5.7 (a leap second is real only at 23:59:60 UTC) and appendix A, RFC 9110 §5.6.7.
// Every pattern is anchored and linear.

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export const isDate = (value: string): boolean => value.length === 10 && isDateAt(value, 0)

// Read by hand: dates are in every other body, and a regular expression takes ten times as long
function isDateAt(value: string, start: number): boolean {
  const [year, month] = [digits(value, start, 4), digits(value, start + 5, 2)]
  const day = digits(value, start + 8, 2)
  return value[start + 4] === '-' && value[start + 7] === '-' && isDayOf(year, month, day)
}

/** The number that `count` ASCII digits make, NaN when they are not all digits. */
function digits(value: string, start: number, count: number): number {
  let number = 0
  for (let index = start; index < start + count; index += 1) {
    const digit = value.charCodeAt(index) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

function isDayOf(year: number, month: number, day: number): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeapYear ? 29 : (DAYS[month - 1] ?? 0)
  return year >= 0 && day >= 1 && day <= days
}

export const isTime = (value: string): boolean => isTimeAt(value, 0)

/** partial-time and time-offset up to the end. */
function isTimeAt(value: string, start: number): boolean {
  const [hour, minute] = [digits(value, start, 2), digits(value, start + 3, 2)]
  const second = digits(value, start + 6, 2)
  const isShaped = value[start + 2] === ':' && value[start + 5] === ':'
  if (!isShaped || !(hour <= 23 && minute <= 59 && second <= 60)) return false
  const offset = offsetAt(value, afterFraction(value, start + 8))
  if (!(second < 60)) return (hour * 60 + minute - offset + 2 * 1440) % 1440 === 1439
  return !Number.isNaN(offset)
}

/** Where the offset starts, or the end when a dot is followed by no digit. */
function afterFraction(value: string, start: number): number {
  if (value[start] !== '.') return start
  let index = start + 1
  while (!Number.isNaN(digits(value, index, 1))) index += 1
  return index === start + 1 ? value.length : index
}

/** Minutes ahead of UTC; NaN when there is no offset there, or anything after it. */
function offsetAt(value: string, start: number): number {
  const sign = value[start]
  if (sign === 'Z' || sign === 'z') return value.length === start + 1 ? 0 : Number.NaN
  const [hours, minutes] = [digits(value, start + 1, 2), digits(value, start + 4, 2)]
  const isShaped = value.length === start + 6 && value[start + 3] === ':'
  if (!isShaped || !(hours <= 23 && minutes <= 59)) return Number.NaN
  return sign === '+' ? hours * 60 + minutes : sign === '-' ? -hours * 60 - minutes : Number.NaN
}

export const isDateTime = (value: string): boolean =>
  (value[10] === 'T' || value[10] === 't') && isDateAt(value, 0) && isTimeAt(value, 11)

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
