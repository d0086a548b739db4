import { afterEach, expect, it, vi } from 'vitest'
import { tellError } from './tell-error.ts'
import { UserError } from './user-error.ts'

afterEach(() => vi.restoreAllMocks())

function told(error: unknown): string {
  vi.restoreAllMocks()
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  tellError(error)
  return String(print.mock.calls[0]?.[0])
}

it('tells people what they can mend without a stack trace', () => {
  expect(told(new UserError('What.\nWhy.\nInstead.'))).toBe('What.\nWhy.\nInstead.')
  const full = Object.assign(new Error('no'), { code: 'ENOSPC', syscall: 'write', path: '/a' })
  expect(told(full)).toMatch(/^The disk is full: \/a\n/)
})

it('calls a fault of its own a fault of its own, with what is needed to mend it', () => {
  const text = told(new TypeError('x is undefined'))
  expect(text).toMatch(/^Cardea has a fault: this should not have happened\.\n/)
  expect(text).toContain('\nTypeError: x is undefined\n    at ')
  expect(told(null)).toMatch(/\nnull$/)
})
