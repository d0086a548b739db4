import { expect, it } from 'vitest'
import { acceptable } from './accept.ts'

const types = ['application/json', 'application/xml', 'text/html; charset=utf-8']

it.each([
  [null, types],
  ['', types],
  ['nonsense', types],
  ['*/*', types],
  ['application/xml', ['application/xml']],
  ['TEXT/HTML ; Charset=ISO-8859-1', ['text/html; charset=utf-8']],
  ['application/json;q=0.5, application/xml;q=0.8', ['application/xml', 'application/json']],
  ['application/*', ['application/json', 'application/xml']],
  ['text/*;q=0.1, */*', ['application/json', 'application/xml', 'text/html; charset=utf-8']],
  ['*/*, application/json;q=0', ['application/xml', 'text/html; charset=utf-8']],
  ['application/json;q=2', []],
  ['application/json;version=2', []],
  ['image/png', []],
])('of three types %j wants %j', (accept, wanted) => {
  expect(acceptable(accept, types)).toEqual(wanted)
})

it('lets a range with parameters choose the type that has them', () => {
  const versions = ['application/json;version=1', 'application/json; version=2']
  expect(acceptable('application/json;version=2', versions)).toEqual([versions[1]])
  expect(acceptable('application/json', versions)).toEqual(versions)
})
