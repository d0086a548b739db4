import { expect, it } from 'vitest'
import { visible } from './visible.ts'

it('shows what a terminal would obey, and leaves text alone', () => {
  expect(visible('a\u001b[2Kb\u0000c\r\u202ed')).toBe('a\\u001b[2Kb\\u0000c\\u000d\\u202ed')
  expect(visible('Grüße, 世界\n\t{id}')).toBe('Grüße, 世界\n\t{id}')
})
