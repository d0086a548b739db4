import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { repository } from '../harness/gateway.ts'

const parts = ['policies', 'handlers'].flatMap((kind) =>
  readdirSync(join(repository, 'src', kind)).map((name) => ({ kind, name })),
)

it.each(parts)(
  '$kind/$name is a folder with code, test and README of its name',
  ({ kind, name }) => {
    const folder = join(repository, 'src', kind, name)
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    for (const file of [`${name}.ts`, `${name}.test.ts`, 'README.md']) {
      expect(existsSync(join(folder, file)), `${kind}/${name}/${file} is missing`).toBe(true)
    }
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    expect(readme.split('\n', 1)[0]).toBe(`# ${name}`)
    const define = kind === 'policies' ? 'definePolicy' : 'defineHandler'
    expect(readFileSync(join(folder, `${name}.ts`), 'utf8')).toContain(`export default ${define}({`)
  },
)
