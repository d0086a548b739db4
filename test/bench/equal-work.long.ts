import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rows } from './rows.ts'

/** In a process of its own: compile loads policies as Node does. */
it('each Worker by hand answers, refuses and forwards what the gateway of its row does', () => {
  const names = rows.map(({ name }) => name)
  const said = execFileSync(
    process.execPath,
    [join(import.meta.dirname, 'run.ts'), '--check', ...names],
    { encoding: 'utf8' },
  )
  expect(said.trim().split('\n')).toEqual(names.map((name) => `Equal work: ${name}`))
})
