import { expect, test } from 'vitest'
import { depthWithin } from './depth.ts'
import { validator, type Check } from './validator.ts'
import { fail } from './violation.ts'
import { spendWork } from './work.ts'

const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

test('nesting is measured no deeper than it is allowed to be', () => {
  expect(depthWithin(nested(0), 0)).toBe(true)
  expect(depthWithin(nested(5), 5)).toBe(true)
  expect(depthWithin(nested(6), 5)).toBe(false)
  expect(depthWithin(nested(1_000_000), 128)).toBe(false)
  expect(depthWithin([[], {}, [[]]], 3)).toBe(true)
})

/** A list of lists, as the compiler would write it. */
const lists: Check = (value, pointer, findings) => {
  spendWork()
  if (!Array.isArray(value)) return !fail(findings, pointer, 'type', 32)
  return value.every((one, index) => lists(one, `${pointer}/${index}`, findings))
}

test('a schema that refers to itself refuses a value nested too deeply', () => {
  const validate = validator(lists, true)
  const deep = JSON.parse('['.repeat(129) + ']'.repeat(129)) as unknown
  expect(validate(deep)).toEqual([
    { pointer: '', keyword: 'depth', detail: 'must not be nested deeper than 128 levels' },
  ])
  expect(validate((deep as unknown[])[0])).toBeNull()
})

test('a stack that overflows all the same is a refusal, not a crash', () => {
  const validate = validator((value) => {
    const overflow = (): number => 1 + overflow()
    return overflow() > 0 && value === 1
  }, false)
  expect(validate(1)?.[0]?.keyword).toBe('depth')
})

test('work that multiplies with every level ends, and is a refusal', () => {
  const twice: Check = (value, pointer, findings) => {
    spendWork()
    if (!Array.isArray(value) || value.length === 0) return !fail(findings, pointer, 'type', 32)
    return twice(value[0], pointer, null) || twice(value[0], pointer, findings)
  }
  const value = JSON.parse('['.repeat(60) + ']'.repeat(60)) as unknown
  expect(validator(twice, true)(value)).toEqual([
    { pointer: '', keyword: 'work', detail: 'takes too many steps to check' },
  ])
  expect(validator(twice, true)([1])?.[0]?.keyword).toBe('type')
})

test('refused without a reason is still refused', () => {
  expect(validator((_value, _pointer, findings) => findings !== null, false)(1)).toEqual([
    { pointer: '', keyword: 'schema', detail: 'is not allowed by the schema' },
  ])
})

test('shares its steps among values that go on', () => {
  const spending = (steps: number) =>
    validator(() => {
      for (let step = 0; step < steps; step += 1) spendWork()
      return true
    }, false)
  const half = spending(1_000_000)
  expect([half(1), half(1, 20, true)]).toEqual([null, null])
  expect(half(1, 20, true)?.[0]?.keyword).toBe('work')
  expect(half(1)).toBeNull()
})
