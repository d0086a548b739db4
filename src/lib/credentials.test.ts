import { expect, it } from 'vitest'
import { credentials } from './credentials.ts'

it.each([
  ['Bearer abc', 'abc'],
  ['bearer abc', 'abc'],
  ['BEARER   a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
])('reads %j, whatever the case of the scheme', (field, value) => {
  expect(credentials(field, 'Bearer')).toEqual({ state: 'present', value })
})

it.each([null, '', 'Basic abc', 'Bearerabc', 'Digest username="a", realm="b"', 'Bear er'])(
  'takes %j for no credentials of the scheme',
  (field) => {
    expect(credentials(field, 'Bearer')).toEqual({ state: 'absent' })
  },
)

it.each(['Bearer', 'Bearer a b', 'Bearer ä', 'Bearer =a', 'Bearer a\tb', 'Bearer "a"'])(
  'takes %j for malformed',
  (field) => {
    expect(credentials(field, 'Bearer')).toEqual({ state: 'malformed' })
  },
)

it.each([
  'Bearer a, Bearer b',
  'Bearer a, Bearer a',
  'Bearer a, Basic b',
  'Basic b, bearer a',
  'Bearer a,',
])('never chooses among several: %j', (field) => {
  expect(credentials(field, 'Bearer')).toEqual({ state: 'ambiguous' })
})
