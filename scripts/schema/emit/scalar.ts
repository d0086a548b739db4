import { formats } from '../../../src/openapi/schema/formats.ts'
import { TYPE_BITS } from '../../../src/openapi/schema/violation.ts'
import type { NumberStep, TextStep } from '../ir.ts'
import type { CheckWriter, Place } from './check.ts'
import { literal } from './source.ts'

export function emitEnum(check: CheckWriter, values: readonly unknown[], at: Place): string {
  const list = check.module.constant(literal(values))
  const isPlain = values.every((value) => typeof value !== 'object' || value === null)
  const test = !isPlain
    ? `!${check.helper('equalsOneOf')}(${at.value}, ${list})`
    : values.length > 6
      ? `!${check.module.constant(`new Set(${list})`)}.has(${at.value})`
      : values.map((value) => `${at.value} !== ${literal(value)}`).join(' && ') || 'true'
  return check.refuseIf(test, at, 'enum', list)
}

export function emitConst(check: CheckWriter, value: unknown, at: Place): string {
  if (typeof value !== 'object' || value === null) {
    return check.refuseIf(`${at.value} !== ${literal(value)}`, at, 'const', literal(value))
  }
  const constant = check.module.constant(literal(value))
  const test = `!${check.helper('equal')}(${at.value}, ${constant})`
  return check.refuseIf(test, at, 'const', constant)
}

export function emitNumber(check: CheckWriter, step: NumberStep, at: Place): string {
  const { value } = at
  const compare = (keyword: keyof NumberStep, operator: string): string => {
    const limit = step[keyword]
    if (limit === undefined) return ''
    return check.refuseIf(`!(${value} ${operator} ${limit})`, at, keyword, literal(limit))
  }
  const { multipleOf } = step
  const multiple = `!${check.helper('isMultipleOf')}(${value}, ${multipleOf})`
  return check.only(at, TYPE_BITS.number | TYPE_BITS.integer, [
    compare('minimum', '>='),
    compare('maximum', '<='),
    compare('exclusiveMinimum', '>'),
    compare('exclusiveMaximum', '<'),
    multipleOf === undefined ? '' : check.refuseIf(multiple, at, 'multipleOf', `${multipleOf}`),
  ])
}

export function emitText(
  check: CheckWriter,
  { minLength = 0, maxLength, pattern }: TextStep,
  at: Place,
): string {
  const { value } = at
  const tooShort =
    minLength === 1 ? `${value} === ''` : `!${check.helper('atLeastLong')}(${value}, ${minLength})`
  const minimum = minLength > 0 ? check.refuseIf(tooShort, at, 'minLength', `${minLength}`) : ''
  const match =
    pattern === undefined
      ? ''
      : check.refuseIf(`!${check.matches(pattern, value)}`, at, 'pattern', literal(pattern.source))
  if (maxLength === undefined) return check.only(at, TYPE_BITS.string, [minimum, match])
  const tooLong = `!${check.helper('atMostLong')}(${value}, ${maxLength})`
  const maximum = check.refuse(at, 'maxLength', `${maxLength}`)
  // A pattern may be slow on long texts: never tried on one that is refused anyway
  const rest =
    match === ''
      ? check.refuseIf(tooLong, at, 'maxLength', `${maxLength}`)
      : `if (${tooLong}) {\n${maximum}\n} else {\n${match}\n}`
  return check.only(at, TYPE_BITS.string, [minimum, rest])
}

export function emitFormat(check: CheckWriter, name: keyof typeof formats, at: Place): string {
  const { on } = formats[name]
  const format = check.module.constant(`${check.helper('formats')}[${literal(name)}]`)
  const test = `!${format}.test(${at.value})`
  const types = on === 'string' ? TYPE_BITS.string : TYPE_BITS.number | TYPE_BITS.integer
  return check.only(at, types, [check.refuseIf(test, at, 'format', `${format}.phrase`)])
}
