import { expect, test } from 'vitest'
import { equal, unique } from './compare.ts'
import { atLeastLong, atMostLong, isMultipleOf } from './measure.ts'

test.each([
  [19.99, 0.01, true],
  [4.35, 0.01, true],
  [0.3, 0.1, true],
  [-1.1, 0.1, true],
  [19.999, 0.01, false],
  [7, 2, false],
  [1e308, 0.123456789, false],
  [1e-7, 1e-8, true],
  [1.5e-7, 1e-7, false],
  [Number.NaN, 1, false],
  [Number.POSITIVE_INFINITY, 1, false],
])('%d is a multiple of %d: %s', (value, step, expected) => {
  expect(isMultipleOf(value, step)).toBe(expected)
})

test('length counts code points, a lone half as one', () => {
  expect(atMostLong('💩💩', 2)).toBe(true)
  expect(atMostLong('💩💩a', 2)).toBe(false)
  expect(atLeastLong('💩💩', 3)).toBe(false)
  expect(atLeastLong('\ud83d\ud83d', 2)).toBe(true)
  expect(atMostLong('\ude00a', 1)).toBe(false)
  expect(atLeastLong('', 0)).toBe(true)
})

test('equality looks at own properties only', () => {
  expect(equal(JSON.parse('{"__proto__":1}'), {})).toBe(false)
  expect(equal({}, JSON.parse('{"__proto__":1}'))).toBe(false)
  expect(equal({ toString: 1 }, { a: 1 })).toBe(false)
  expect(equal([], {})).toBe(false)
  expect(equal({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true)
})

test('uniqueness of many items takes no more than one look at each', () => {
  let looks = 0
  const items = Array.from({ length: 20_000 }, (_, index) =>
    Object.defineProperty({}, 'id', {
      enumerable: true,
      get: () => {
        looks += 1
        return index
      },
    }),
  )
  expect(unique(items)).toBe(true)
  expect(looks).toBe(20_000)
})

test('texts are not taken for the objects they describe', () => {
  expect(unique(['o{}', {}, 's', '{}', [], '[]', 1, '1', null, 'null', true])).toBe(true)
  expect(
    unique([
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
  ).toBe(false)
})
