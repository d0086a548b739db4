import { expect, it } from 'vitest'
import { cookieValues, withoutCookie } from './cookies.ts'

it('finds every value of a name, and only of that name', () => {
  const field = 'a=1; session=x=y==; A=2;session=z ; sessions=n; session'
  expect(cookieValues(field, 'session')).toEqual(['x=y==', 'z', 'session'])
  expect(cookieValues(field, 'a')).toEqual(['1'])
  expect(cookieValues(null, 'a')).toEqual([])
})

it('takes a cookie out and leaves the others', () => {
  expect(withoutCookie('a=1; session=x; b=2;session=y', 'session')).toBe('a=1; b=2')
  expect(withoutCookie('session=x', 'session')).toBeUndefined()
  expect(withoutCookie(null, 'session')).toBeUndefined()
})
