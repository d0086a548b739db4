import { expect, it } from 'vitest'
import { challenge } from './challenge.ts'

it('quotes every value and leaves out what is undefined', () => {
  expect(challenge('Bearer')).toBe('Bearer')
  expect(challenge('Bearer', { realm: undefined })).toBe('Bearer')
  expect(challenge('Basic', { realm: 'API', charset: 'UTF-8' })).toBe(
    'Basic realm="API", charset="UTF-8"',
  )
})

it('lets no value end its string or the field', () => {
  expect(challenge('Basic', { realm: 'a"b\\c\r\nd\u00e9' })).toBe('Basic realm="a\\"b\\\\cd"')
})
