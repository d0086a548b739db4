// RFC 3492: text of any script as ASCII, here without the `xn--` in front. Both ways take time that
// grows with the square of the length: give them labels (RFC 1035 §2.3.4: 63 octets), not texts.

const BASE = 36
const THRESHOLD_MIN = 1
const THRESHOLD_MAX = 26
const INITIAL_BIAS = 72
const FIRST = 0x80
const CODE_POINT_MAX = 0x10_ffff
const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/**
 * What the ASCII text stands for (RFC 3492 §6.2), or undefined when it is no punycode. Upper-case
 * letters in it stay as they are.
 */
export function decodePunycode(text: string): string | undefined {
  const delimiter = Math.max(text.lastIndexOf('-'), 0)
  const points = Array.from(text.slice(0, delimiter), (one) => one.codePointAt(0) ?? 0)
  if (points.some((point) => point >= FIRST)) return undefined
  const deltas = text.slice(delimiter === 0 ? 0 : delimiter + 1).toLowerCase()
  let [at, point, place, bias] = [0, FIRST, 0, INITIAL_BIAS]
  while (at < deltas.length) {
    const read = readDelta(deltas, at, bias)
    if (read === undefined) return undefined
    const count = points.length + 1
    bias = adapt(read.delta, count, at === 0)
    place += read.delta
    point += Math.floor(place / count)
    if (point > CODE_POINT_MAX) return undefined
    place %= count
    points.splice(place, 0, point)
    place += 1
    at = read.end
  }
  return String.fromCodePoint(...points)
}

/** RFC 3492 §6.3. */
export function encodePunycode(text: string): string {
  const points = Array.from(text, (one) => one.codePointAt(0) ?? 0)
  const basic = points.filter((point) => point < FIRST)
  let [encoded, done, delta, bias] = [String.fromCodePoint(...basic), basic.length, 0, INITIAL_BIAS]
  if (done > 0) encoded += '-'
  const others = [...new Set(points.filter((point) => point >= FIRST))].toSorted((a, b) => a - b)
  let next = FIRST
  for (const other of others) {
    delta += (other - next) * (done + 1)
    for (const point of points) {
      if (point < other) delta += 1
      if (point !== other) continue
      encoded += writeDelta(delta, bias)
      bias = adapt(delta, done + 1, done === basic.length)
      delta = 0
      done += 1
    }
    delta += 1
    next = other + 1
  }
  return encoded
}

/** RFC 3492 §5: how large a digit has to be not to be the last one of its number. */
const threshold = (position: number, bias: number): number =>
  Math.min(Math.max(position - bias, THRESHOLD_MIN), THRESHOLD_MAX)

function readDelta(
  digits: string,
  start: number,
  bias: number,
): { delta: number; end: number } | undefined {
  let [delta, weight] = [0, 1]
  for (let end = start, position = BASE; ; end += 1, position += BASE) {
    const digit = DIGITS.indexOf(digits.charAt(end) || '?')
    if (digit < 0 || !Number.isSafeInteger(weight)) return undefined
    delta += digit * weight
    const limit = threshold(position, bias)
    if (digit < limit) return { delta, end: end + 1 }
    weight *= BASE - limit
  }
}

function writeDelta(delta: number, bias: number): string {
  let [rest, digits] = [delta, '']
  for (let position = BASE; ; position += BASE) {
    const limit = threshold(position, bias)
    if (rest < limit) return digits + DIGITS.charAt(rest)
    digits += DIGITS.charAt(limit + ((rest - limit) % (BASE - limit)))
    rest = Math.floor((rest - limit) / (BASE - limit))
  }
}

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2))
  rest += Math.floor(rest / count)
  let bias = 0
  for (; rest > ((BASE - THRESHOLD_MIN) * THRESHOLD_MAX) / 2; bias += BASE) {
    rest = Math.floor(rest / (BASE - THRESHOLD_MIN))
  }
  return bias + Math.floor((BASE * rest) / (rest + 38))
}
