import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { repository } from '../harness/gateway.ts'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const read = (file: string) => JSON.parse(readFileSync(join(repository, file), 'utf8')) as unknown

it.each(['workerd', 'wrangler', 'vitest', 'miniflare'])(
  'there is one %s, so what is tested is what runs',
  (name) => {
    const { packages } = read('package-lock.json') as { packages: Record<string, unknown> }
    const copies = Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`))
    expect(copies).toEqual([`node_modules/${name}`])
  },
)

it('every version is exact, so a build of today is the build of tomorrow', () => {
  const { dependencies = {}, devDependencies = {} } = read('package.json') as Manifest
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  expect(loose).toEqual([])
})
