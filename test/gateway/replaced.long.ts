import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cloned, runIn } from '../harness/clone.ts'

it('every check and test passes after everything in config/ has been replaced, even by what is broken', () => {
  const { folder, remove } = cloned()
  try {
    rmSync(join(folder, 'config'), { recursive: true })
    mkdirSync(join(folder, 'config'))
    writeFileSync(join(folder, 'config/broken.oas.json'), '{ "openapi": "3.1.2", ')
    runIn(folder, 'git', 'init', '-q')
    runIn(folder, 'git', 'add', '-A')
    const output = runIn(folder, 'node', 'test/run.ts')
    expect(output.trim().split('\n').at(-1)).toMatch(/^\d{4,} passed, 0 failed$/)
  } finally {
    remove()
  }
})
