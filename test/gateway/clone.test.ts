import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { cloned, runIn } from '../harness/clone.ts'
import { document } from '../harness/gateway.ts'

let clone: ReturnType<typeof cloned> | undefined
afterEach(() => clone?.remove())

/** Everything in config/ replaced by something else. */
function replaceConfig(folder: string): void {
  rmSync(join(folder, 'config'), { recursive: true })
  mkdirSync(join(folder, 'config/policies'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(folder, 'config', name), text)
  write(
    'other.oas.json',
    JSON.stringify(
      document(
        {
          'GET /other/{id}': {
            'x-policies': [
              { policy: 'stamp', options: { text: 'x' } },
              // brings generated validators into the build
              { policy: 'request-validation' },
            ],
          },
        },
        { servers: [{ url: 'https://other.example' }] },
      ),
    ),
  )
  write(
    'policies/stamp.ts',
    `import { definePolicy, option } from '#gateway'

export default definePolicy({
  summary: 'Stamps answers.',
  options: { text: option.string('What to stamp.') },
  setup: ({ text }) => ({ response: ({ headers }) => headers.set('x-stamp', text) }),
})
`,
  )
}

it('a clone with another config passes its check, fails it with a wrong type, and wrangler builds it without an account', () => {
  clone = cloned()
  const { folder } = clone
  replaceConfig(folder)
  runIn(folder, 'npm', 'run', 'check')
  runIn(folder, 'wrangler', 'deploy', '--dry-run', '--outdir', 'dist')
  const bundle = readFileSync(join(folder, 'dist/worker.js'), 'utf8')
  expect(bundle).toContain('/other/{id}')
  expect(bundle).toContain('x-stamp')
  expect(bundle).toContain('uniqueItems')
  expect(bundle).not.toContain('/menu')

  appendFileSync(join(folder, 'config/policies/stamp.ts'), 'export const wrong: number = "text"\n')
  expect(() => runIn(folder, 'npm', 'run', 'check')).toThrow(/npm run check/)
})

it('a newer upstream merges into a changed clone without conflict', () => {
  clone = cloned()
  const { folder: upstream } = clone
  const git = (folder: string, ...args: string[]) =>
    runIn(folder, 'git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args)
  rmSync(join(upstream, 'node_modules'))
  git(upstream, 'init', '-q', '-b', 'main')
  git(upstream, 'add', '-A')
  git(upstream, 'commit', '-qm', 'first')

  const user = join(upstream, '..', `${upstream.split('/').at(-1)}-user`)
  git(upstream, 'clone', '-q', upstream, user)
  replaceConfig(user)
  const wrangler = join(user, 'wrangler.toml')
  writeFileSync(
    wrangler,
    readFileSync(wrangler, 'utf8')
      .replace('cardea-gateway', 'acme')
      .replace('[vars]', '[vars]\nREGION = "eu"'),
  )
  git(user, 'add', '-A')
  git(user, 'commit', '-qm', 'ours')

  // a release changes all that is not the user's
  for (const file of [
    'README.md',
    'src/core/gateway.ts',
    'src/policies/cors/cors.ts',
    'scripts/cardea.ts',
    'CHANGELOG.md',
  ]) {
    appendFileSync(join(upstream, file), '\n// newer\n')
  }
  git(upstream, 'add', '-A')
  git(upstream, 'commit', '-qm', 'newer')

  git(user, 'pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main')
  const status = git(user, 'status', '--porcelain')
  const merged = readFileSync(join(user, 'src/core/gateway.ts'), 'utf8')
  const config = git(user, 'ls-files', 'config').trim().split('\n')
  rmSync(user, { recursive: true })
  expect(status).toBe('')
  expect(merged).toContain('// newer')
  expect(config).toEqual(['config/other.oas.json', 'config/policies/stamp.ts'])
})
