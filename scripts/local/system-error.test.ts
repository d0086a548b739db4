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

it('leaves every other error alone, with its stack', () => {
  expect(systemErrorText(new TypeError('x is undefined'))).toBeUndefined()
  expect(systemErrorText('text')).toBeUndefined()
})
