import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cli, document, repository, writeFiles } from '../../test/harness/gateway.ts'
import { addNew } from './new.ts'

let folder: string
let config: string
beforeEach(() => {
  folder = writeFiles({ 'policies.json': {}, 'routes.oas.json': document({ 'GET /a': {} }) })
  config = join(folder, 'config')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const make = (...args: readonly string[]) => cli('new', ...args, '--config', config)

/** What it says when it refuses, without a process for it. */
async function refusal(...args: readonly string[]): Promise<string> {
  const program = new Command()
  addNew(program)
  const ended = program.parseAsync(['new', ...args, '--config', config], { from: 'user' })
  return ended.then(
    () => 'not refused',
    (error: Error) => error.message,
  )
}

it('writes parts that compile, and whose tests pass in the Workers runtime', async () => {
  const policy = await make('policy', 'tenant-only')
  expect(policy).toMatchObject({ code: 0, stderr: '' })
  expect(policy.stdout).toContain('"tenant-only": { "policy": "tenant-only", "options": {')
  const handler = await make('handler', 'greet')
  expect(handler.stdout).toContain('"x-handler": { "handler": "greet", "options": {')
  expect(readdirSync(join(config, 'policies'))).toEqual(['tenant-only.test.ts', 'tenant-only.ts'])

  const use = { policy: 'tenant-only', options: { value: 'acme' } }
  writeFileSync(join(config, 'policies.json'), JSON.stringify({ tenant: use }))
  const operation = { 'x-policies': ['tenant'], 'x-handler': { handler: 'greet' } }
  const routes = document({ 'GET /a': operation })
  writeFileSync(join(config, 'routes.oas.json'), JSON.stringify(routes))
  const compiled = await cli('compile', '--check', '--strict', '--config', config)
  expect(compiled, compiled.stdout + compiled.stderr).toMatchObject({ code: 0 })

  const tests = await testsOf(config)
  expect(tests.output).toMatch(/Tests.* 4 passed/)
  expect(tests.code).toBe(0)
})

describe('refuses, and writes nothing', () => {
  it.each([
    ['TenantOnly', 'tenant-only'],
    ['tenant_only', 'tenant-only'],
    ['../escape', 'escape'],
    ['9lives', 'lives'],
    ['a--b', 'a-b'],
    ['é', 'tenant-header'],
  ])('the name %s, and says how it could be written', async (name, kebab) => {
    expect(await refusal('policy', name)).toBe(
      `'${name}' is not a name for a policy.\nIt becomes a file's name, and what config, logs and metrics say.\nWrite it in kebab-case: ${kebab}.`,
    )
    expect(readdirSync(config)).toEqual(['policies.json', 'routes.oas.json'])
  })

  it('a name that is taken by a file of the user', async () => {
    const file = join(config, 'handlers/greet.ts')
    mkdirSync(join(config, 'handlers'))
    writeFileSync(file, 'mine')
    const { code, stderr } = await make('handler', 'greet')
    expect(code).toBe(1)
    expect(stderr).toContain('greet.ts is already there.\nNothing is overwritten')
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(readdirSync(join(config, 'handlers'))).toEqual(['greet.ts'])
  })

  it('a name that is taken by a built-in part of the kind', async () => {
    expect(await refusal('policy', 'set-headers')).toBe(
      "There is a built-in policy 'set-headers'.\nYours would take its place on every route that names it.\nChoose another name.",
    )
    expect(await refusal('handler', 'set-headers')).toBe('not refused')
  })

  it('a kind that does not exist', async () => {
    const { code, stderr } = await make('plugin', 'a')
    expect(code).toBe(1)
    expect(stderr).toContain('Allowed choices are policy, handler.')
  })
})

/** As a user runs them. */
function testsOf(
  folder: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'config'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NO_COLOR: '1', CARDEA_CONFIG: folder },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((done) => child.once('close', (code) => done({ code, output })))
}
