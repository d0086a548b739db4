import { expect, it } from 'vitest'
import { Random } from '../../test/simulation/random.ts'
import { hasDuplicateNames, outline } from './duplicate-names.ts'

it.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"a":1}}',
  '[{"a":1,"b":[{"c":{}}],"a":1}]',
  '{ "a" : 1 , "a" : 2 }',
  '{"__proto__":1,"__proto__":2}',
])('finds a member that is there twice in %s', (json) => {
  expect(hasDuplicateNames(json)).toBe(true)
  expect(outline(json, 128).mayRepeat).toBe(true)
})

it.each([
  '{"a":1,"b":1,"A":1}',
  '{"a":{"a":{"a":[]}},"b":{"a":1}}',
  '[{"a":1},{"a":1}]',
  '{"a":"\\"a\\":1,{}","b":"}:{"}',
  '"a:b"',
  '[]',
])('finds none in %s', (json) => {
  expect(hasDuplicateNames(json)).toBe(false)
  expect(outline(json, 128)).toEqual({ isTooDeep: false, mayRepeat: false })
})

it('never overlooks one, in ten thousand random texts', () => {
  const random = new Random(20_261_120)
  let found = 0
  for (let i = 0; i < 10_000; i++) {
    const json = randomJson(random, 4)
    JSON.parse(json)
    const has = hasDuplicateNames(json)
    if (has) found++
    if (has) expect(outline(json, 128).mayRepeat, json).toBe(true)
  }
  expect(found).toBe(790)
})

it.each([
  ['a name with an escape', '{"\\u0061":1}'],
  ['a long name', `{"${'n'.repeat(65)}":1}`],
  ['a large object', `{${Array.from({ length: 65 }, (_, i) => `"n${i}":${i}`).join()}}`],
  ['two names with one hash', '{"Aa":1,"BB":1}'],
])('leaves %s to the exact look', (_, json) => {
  expect(outline(json, 128).mayRepeat).toBe(true)
  expect(hasDuplicateNames(json)).toBe(false)
})

it('reads long values, and quotes in them, as values', () => {
  const text = `${'x'.repeat(70)}\\"a\\":{[`
  expect(outline(`{"a":"${text}","b":["${text}"]}`, 2)).toEqual({
    isTooDeep: false,
    mayRepeat: false,
  })
})

it.each([
  ['[[1]]', 2, false],
  ['[[1]]', 1, true],
  ['{"a":[{}]}', 3, false],
  ['{"a":[{}]}', 2, true],
  ['[{},{},[]]', 2, false],
  ['"["', 0, false],
])('tells whether %s lies deeper than %d levels: %s', (json, levelsMax, isTooDeep) => {
  expect(outline(json, levelsMax).isTooDeep).toBe(isTooDeep)
})

/** Few names, so that many repeat; some escaped, some texts that look like names. */
function randomJson(random: Random, level: number): string {
  const name = () =>
    random.pick(['"a"', '"b"', '"\\u0061"', '"a b"', '"ä"', '"\\"a"', '""', '"a:"'])
  const blank = () => random.pick(['', '', ' ', '\n\t'])
  const kind = level === 0 ? 2 : random.below(4)
  const some = <T>(make: () => T) => Array.from({ length: random.below(4) }, make)
  if (kind === 0) {
    const members = some(() => `${name()}${blank()}:${blank()}${randomJson(random, level - 1)}`)
    return `{${blank()}${members.join(`${blank()},`)}}`
  }
  if (kind === 1) return `[${some(() => randomJson(random, level - 1)).join()}]`
  return random.pick(['1', 'null', name(), '"{"', '"}:"', '"\\\\"', `"${'x'.repeat(70)}"`])
}
