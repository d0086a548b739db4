import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatsPage } from './formats-page.ts'

test('docs/formats.md names every format as the code checks it', () => {
  const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8')
  expect(page).toBe(formatsPage())
})
