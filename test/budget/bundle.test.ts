import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document, repository, writeFiles } from '../harness/gateway.ts'

/** Bundles a config as `serve` does, minified, without running it. */
function bundleOf(files: Readonly<Record<string, unknown>>): string {
  const folder = writeFiles(files)
  const outfile = join(mkdtempSync(join(tmpdir(), 'cardea-bundle-')), 'worker.js')
  const script = `
    import { compile } from '${repository}/scripts/compile/compile.ts'
    import { bundler } from '${repository}/scripts/local/bundle.ts'
    import { stop } from 'esbuild'
    const { folder, isGood, messages } = await compile({ config: '${folder}/config', state: '${folder}' })
    if (!isGood) throw new Error(JSON.stringify(messages))
    const context = await bundler(folder, '${outfile}', { isMinified: true })
    await context.rebuild()
    await context.dispose()
    await stop()`
  execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: repository,
  })
  const text = readFileSync(outfile, 'utf8')
  rmSync(folder, { recursive: true })
  return text
}

describe('the bundle of a gateway without policies', () => {
  let text: string
  beforeAll(() => {
    text = bundleOf({
      'r.oas.json': document({ 'GET /a': {} }, { servers: [{ url: 'https://a.example' }] }),
    })
  })
  afterAll(() => undefined)

  it('is at most 60 KB minified', () => {
    expect(text.length).toBeLessThanOrEqual(60_000)
  })

  it.each([
    ['jwt-auth', 'JWKS'],
    ['cors', 'access-control-allow-origin'],
    ['basic-auth', 'Basic realm'],
    ['ip-restriction', 'ipaddr'],
    ['deprecation', 'Sunset'],
    ['mock', 'Preference-Applied'],
    ['redirect', '308'],
    ['admin', 'hono'],
    ['the compiler', 'node:fs'],
    ['a schema validator', 'unevaluatedProperties'],
  ])('has nothing of %s: no “%s”', (_, word) => {
    expect(text.toLowerCase()).not.toContain(word.toLowerCase())
  })
})

it('a policy in use is in the bundle, so the words above would be found', () => {
  const text = bundleOf({
    'r.oas.json': document(
      {
        'GET /a': {
          'x-policies': [{ policy: 'ip-restriction', options: { allow: ['10.0.0.0/8'] } }],
        },
      },
      { servers: [{ url: 'https://a.example' }] },
    ),
  })
  expect(text).toContain('ipaddr')
})
