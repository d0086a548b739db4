/** Counts only when the number of units leaves the answer open: a code point has one or two. */
export const atLeastLong = (text: string, min: number): boolean =>
  text.length >= min && (text.length >= 2 * min || codePoints(text) >= min)

export const atMostLong = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && codePoints(text) <= max)

/**
 * Whether `value` is a multiple of `step`, both read as the decimals they are written as:
 * 19.99 is a multiple of 0.01 although binary division says otherwise.
 */
export function isMultipleOf(value: number, step: number): boolean {
  if (value % step === 0) return true
  if (Number.isInteger(value) && Number.isInteger(step)) return false
  if (!Number.isFinite(value)) return false
  const [dividend, divisor] = [toDecimal(value), toDecimal(step)]
  const scale = Math.max(dividend.places, divisor.places)
  return scaled(dividend, scale) % scaled(divisor, scale) === 0n
}

interface Decimal {
  /** value = digits × 10^-places */
  readonly digits: bigint
  readonly places: number
}

function toDecimal(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) }
}

const scaled = ({ digits, places }: Decimal, scale: number): bigint =>
  digits * 10n ** BigInt(scale - places)

/** JSON Schema counts characters (code points), JavaScript counts UTF-16 units. */
function codePoints(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length - 1; index += 1) {
    const isPair =
      (text.charCodeAt(index) & 0xfc00) === 0xd800 &&
      (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00
    if (isPair) {
      count -= 1
      index += 1
    }
  }
  return count
}
