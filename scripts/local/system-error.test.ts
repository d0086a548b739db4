import { expect, it } from 'vitest'
import { systemErrorText } from './system-error.ts'

it('tells a full disk in three lines, with the file and what to do', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
    path: '/srv/gateway/src/generated/gateway.ts',
  })
  expect(systemErrorText(error)).toBe(`The disk is full: /srv/gateway/src/generated/gateway.ts
The machine refused 'write' (ENOSPC), so the command stopped there.
Free some space, then run the command again.`)
})

it('tells any other failure of the machine in the same form', () => {
  const error = Object.assign(new Error('EIO: i/o error, read'), {
    code: 'EIO',
    syscall: 'read',
    path: '/a',
  })
  expect(systemErrorText(error)).toBe(`The machine refuses to use a file: /a
The machine refused 'read' (EIO), so the command stopped there.
See what is wrong with the file, then run the command again.`)
})

it('leaves every other error alone, with its stack', () => {
  expect(systemErrorText(new TypeError('x is undefined'))).toBeUndefined()
  expect(systemErrorText('text')).toBeUndefined()
  expect(systemErrorText(undefined)).toBeUndefined()
})
