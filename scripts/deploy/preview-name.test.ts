import { expect, it } from 'vitest'
import { previewName } from './preview-name.ts'

const WORKER = 'cardea-gateway'

it.each(['main', 'fix-login', 'v2', '2024-plan', 'a'])(
  'keeps the name of the branch %s',
  (branch) => {
    expect(previewName(branch, WORKER)).toBe(branch)
  },
)

it.each([
  ['feature/login', 'feature-login-df7c7aeb3560'],
  ['Fix/Login', 'fix-login-364a2fad64df'],
  ['fix_login', 'fix-login-'],
  ['fix--login', 'fix-login-'],
  ['-fix-', 'fix-'],
  ['größe', 'gro-e-'],
  ['🚀', ''],
  ['../../etc/passwd', 'etc-passwd-'],
  ['xn--mnchen-3ya', 'xn-mnchen-3ya-'],
  ['a'.repeat(300), `${'a'.repeat(35)}-`],
  // as Cloudflare names single deployments
  ['deadbeef-fix', 'b-deadbeef-fix-'],
  // as names are made here
  ['fix-login-364a2fad64df', 'fix-login-364a2fad64df-'],
  ['364a2fad64df', '364a2fad64df-'],
])('makes a host name of the branch %s', (branch, start) => {
  const name = previewName(branch, WORKER)
  expect(name.startsWith(start)).toBe(true)
  expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  expect(`${name}-${WORKER}`.length).toBeLessThanOrEqual(63)
})

it('gives a thousand branches of a few letters a thousand names, twice the same', () => {
  const letters = ['a', 'A', '-', '_', '/', '.', 'ä', 'á', '0', '#']
  const branches = letters.flatMap((a) =>
    letters.flatMap((b) => letters.map((c) => `${a}${b}${c}`)),
  )
  const names = branches.map((branch) => previewName(branch, WORKER))
  expect(new Set(names).size).toBe(1000)
  expect(branches.map((branch) => previewName(branch, WORKER))).toEqual(names)
  // a branch that is called like the environment of another gets one of its own
  const made = names.filter((name) => !branches.includes(name))
  expect(made.filter((name) => previewName(name, WORKER) === name)).toEqual([])
})

it('refuses a Worker whose name leaves no room, and says how long it may be', () => {
  expect(previewName('x'.repeat(99), 'w'.repeat(49))).toMatch(/^[0-9a-f]{12}$/)
  expect(() => previewName('x', 'w'.repeat(50))).toThrow(
    'in wrangler.toml to at most 49 characters.',
  )
})
