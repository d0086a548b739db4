import { expect, it } from 'vitest'
import { withoutParameter } from './query.ts'

it.each([
  ['?a=1&token=x&b=%20+', '?a=1&b=%20+'],
  ['?token=x', ''],
  ['?tok%65n=x&token&token=y', ''],
  ['?tokens=x&Token=y', '?tokens=x&Token=y'],
  ['?a&&b', '?a&&b'],
  ['', ''],
])('takes a parameter out of %j however it is spelled: %j', (query, left) => {
  expect(withoutParameter(query, 'token')).toBe(left)
})
