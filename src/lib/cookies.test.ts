import { expect, it } from 'vitest'
import { cookieValues, withoutCookie } from './cookies.ts'

it('finds every value of a name, and only of that name', () => {
  const field = 'a=1; session=x=y==; A=2;session=z ; sessions=n; session'
  expect(cookieValues(field, 'session')).toEqual(['x=y==', 'z', 'session'])
  expect(cookieValues(field, 'a')).toEqual(['1'])
  expect(cookieValues(null, 'a')).toEqual([])
})

it('finds what stands in a second field, which is joined to the first by a comma', () => {
  expect(cookieValues('a=1, session=x', 'session')).toEqual(['x'])
  expect(cookieValues('session=x; a=1, session=y', 'session')).toEqual(['x', 'y'])
  expect(withoutCookie('a=1, session=x', 'session')).toBe('a=1')
  expect(withoutCookie('a=1,2; b=x, y; session=x', 'session')).toBe('a=1,2; b=x, y')
})

it('takes a cookie out and leaves the others', () => {
  expect(withoutCookie('a=1; session=x; b=2;session=y', 'session')).toBe('a=1; b=2')
  expect(withoutCookie('session=x', 'session')).toBeUndefined()
  expect(withoutCookie(null, 'session')).toBeUndefined()
})
