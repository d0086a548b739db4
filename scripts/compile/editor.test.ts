import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository, writeFiles } from '../../test/harness/gateway.ts'

const own = `import { definePolicy, option } from '#gateway'
export default definePolicy({
  summary: 'Mine.',
  options: {
    secret: option.secret('A secret.'),
    wait: option.duration('How long.', { default: '1s' }),
    text: option.optional(option.string('At least ten.', { minLength: 10 })),
  },
  setup: () => ({}),
})
`
let folder: string
let schemas: Readonly<Record<string, object>>
beforeAll(() => {
  folder = writeFiles({
    'policies.json': { strict: { policy: 'mine', options: { secret: '$env.A' } } },
    'policies/mine.ts': own,
    'policies/broken.ts': 'throw new Error()',
  })
  schemas = write()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** In a process of its own: parts are loaded by Node itself, not by the test runner. */
function write(): Readonly<Record<string, object>> {
  const code = `
    import { readConfig } from './scripts/compile/config.ts'
    import { writeEditorSchemas } from './scripts/compile/editor.ts'
    import { Messages } from './scripts/compile/messages.ts'
    import { Plugins } from './scripts/compile/plugins.ts'
    const config = ${JSON.stringify(join(folder, 'config'))}
    const target = ${JSON.stringify(join(folder, 'schemas'))}
    await writeEditorSchemas(target, readConfig(config, [], new Messages()), new Plugins(config))`
  execFileSync(process.execPath, ['--input-type=module-typescript', '-e', code], {
    cwd: repository,
  })
  const names = readdirSync(join(folder, 'schemas'))
  return Object.fromEntries(names.map((name) => [name, JSON.parse(read(name)) as object]))
}

const read = (name: string): string => readFileSync(join(folder, 'schemas', name), 'utf8')

type Name = 'policies' | 'gateway' | 'routes' | 'sources'

function faults(name: Name, value: unknown): readonly string[] {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(
    schemas[`${name}.schema.json`]!,
  )
  validate(value)
  return [...new Set((validate.errors ?? []).map(({ instancePath }) => instancePath))]
}

describe('policies.json', () => {
  const mine = (options: object) => ({ strict: { policy: 'mine', options } })

  it('may name a built-in policy and one of the user’s own', () => {
    const cors = { policy: 'set-headers', options: { request: { 'x-a': '{params.id}' } } }
    expect(faults('policies', { $schema: 'x', cors, ...mine({ secret: '$env.A' }) })).toEqual([])
  })

  it.each([
    [{ policy: 'unknown' }, '/strict/policy'],
    [{ options: {} }, '/strict'],
    [{ policy: 'mine' }, '/strict'],
    [{ policy: 'mine', options: {}, more: 1 }, '/strict'],
  ])('is marked in %j', (use, pointer) => {
    expect(faults('policies', { strict: use })).toContain(pointer)
  })

  it.each([
    [{}, '/strict/options'],
    [{ secret: 'in clear' }, '/strict/options/secret'],
    [{ secret: '$env.A', wait: '10' }, '/strict/options/wait'],
    [{ secret: '$env.A', text: 'short' }, '/strict/options/text'],
    [{ secret: '$env.A', unknown: 1 }, '/strict/options'],
  ])('is marked where the options %j do not fit', (options, pointer) => {
    expect(faults('policies', mine(options))).toContain(pointer)
  })

  it('lets a variable stand for a longer text', () => {
    expect(faults('policies', mine({ secret: '$env.A', text: '$env.B' }))).toEqual([])
  })

  it('tells what a name and an option mean, and the default', () => {
    const { definitions } = schemas['policies.schema.json'] as {
      definitions: Record<string, { anyOf?: unknown; properties?: Record<string, unknown> }>
    }
    expect(definitions['policyName']!.anyOf).toContainEqual({ const: 'mine', description: 'Mine.' })
    expect(definitions['policy-options-mine']!.properties!['wait']).toEqual({
      type: 'string',
      pattern: '^[0-9]+\\s*(?:ms|s|m|h|d)$',
      description: 'How long.',
      default: '1s',
    })
  })
})

describe('gateway.json', () => {
  it('has the settings and policies for every request', () => {
    const good = { problemBase: 'https://a.example/', requestBodyBytesMax: '2 MiB' }
    expect(faults('gateway', { ...good, policies: ['strict'] })).toEqual([])
    expect(faults('gateway', { trustedProxies: ['localhost'] })).toEqual(['/trustedProxies/0'])
    expect(faults('gateway', { policy: [] })).toEqual([''])
  })
})

describe('an OpenAPI document', () => {
  const operation = (more: object) => ({ paths: { '/a': { get: more } } })

  it('is free but for our extensions', () => {
    const document = {
      openapi: '3.1.2',
      'x-vendor': 1,
      'x-policies': ['strict', { policy: 'mine', options: { secret: '$env.A' } }],
      'x-handler': 'mock',
      paths: {
        '/a': { 'x-policies': ['!strict'], get: { 'x-reach': 'internal', responses: 'anything' } },
      },
    }
    expect(faults('routes', document)).toEqual([])
  })

  it.each([
    [{ 'x-policies': ['strickt'] }, '/x-policies/0'],
    [{ 'x-policies': 'strict' }, '/x-policies'],
    [{ 'x-handler': 'prox' }, '/x-handler'],
    [{ 'x-handler': { handler: 'respond', options: { status: 99 } } }, '/x-handler/options/status'],
    [{ 'x-reach': 'nobody' }, '/x-reach'],
    [{ 'x-encoded-slash': true }, '/x-encoded-slash'],
  ])('is marked where an operation has %j', (more, pointer) => {
    expect(faults('routes', operation(more))).toContain(`/paths/~1a/get${pointer}`)
  })

  it('is marked where the base path ends in a slash', () => {
    expect(faults('routes', { 'x-base-path': '/v1/' })).toEqual(['/x-base-path'])
  })
})

const readmes = readdirSync(join(repository, 'src/policies')).flatMap((name) => {
  const file = join(repository, 'src/policies', name, 'README.md')
  return statSync(file, { throwIfNoEntry: false }) ? [file] : []
})

it.each(readmes)('the example of %s has no marks', (file) => {
  const text = /^```json policies\.json\n(.*?)^```$/ms.exec(readFileSync(file, 'utf8'))?.[1]
  if (text !== undefined) expect(faults('policies', JSON.parse(text))).toEqual([])
})

it('sources.json: takes what sync takes, and marks what it refuses', () => {
  const shop = { document: '../a.yaml', overlay: ['a.yaml'], headers: { a: '$env.A' } }
  expect(faults('sources', { $schema: 'x', shop })).toEqual([])
  expect(faults('sources', { shop: { overlay: 1, allowHttp: 'yes', more: 1 } })).toEqual([
    '/shop',
    '/shop/overlay',
    '/shop/allowHttp',
  ])
})

it('writes four files and leaves alone what has not changed', () => {
  const names = ['gateway', 'policies', 'routes', 'sources'].map((name) => `${name}.schema.json`)
  expect(Object.keys(schemas)).toEqual(names)
  const times = () => names.map((name) => statSync(join(folder, 'schemas', name)).mtimeMs)
  const before = times()
  expect(write()).toEqual(schemas)
  expect(times()).toEqual(before)
})
