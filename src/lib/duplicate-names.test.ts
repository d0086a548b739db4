import { expect, it } from 'vitest'
import { hasDuplicateNames } from './duplicate-names.ts'

it.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"a":1}}',
  '[{"a":1,"b":[{"c":{}}],"a":1}]',
  '{ "a" : 1 , "a" : 2 }',
  '{"__proto__":1,"__proto__":2}',
])('finds a member that is there twice in %s', (json) => {
  expect(hasDuplicateNames(json)).toBe(true)
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
})
