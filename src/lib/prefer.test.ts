import { expect, it } from 'vitest'
import { preferences } from './prefer.ts'

const of = (field: string | null) => Object.fromEntries(preferences(field))

it('reads tokens, quoted strings and bare names', () => {
  const field = 'code=404, Example = "a \\"b\\", c", respond-async, wait=10; foo="x;y"'
  const wanted = { code: '404', example: 'a "b", c', 'respond-async': '', wait: '10' }
  expect(of(field)).toEqual(wanted)
})

it('lets the first of each name count', () => {
  expect(of('code=404, CODE=500')).toEqual({ code: '404' })
})

it.each([null, '', ' , ,', '=404', '"code"=404', ';code=1'])('finds none in %j', (field) => {
  expect(of(field)).toEqual({})
})

it('takes what is left of a quoted string that is not closed', () => {
  expect(of('example="a, code=404')).toEqual({ example: '"a, code=404'.slice(1) })
})
