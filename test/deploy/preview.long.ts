import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Binding } from '../harness/cloudflare-api.ts'
import { type Edge, startEdge } from '../harness/edge.ts'
import { config, type Site, startSite, withSecret } from './site.ts'

const ONE = '3f1c0d5b9e7a42688d1f6c0ab3e59d74'
const OTHER = 'b7d2a9c41e6f4f0c9a358e21d07f6b13'
/** printf '%s' Fix/Login | sha256sum */
const UPPER = 'fix-login-364a2fad64df'

let site: Site
let edge: Edge
let base: string
beforeAll(async () => {
  site = await startSite()
  edge = await startEdge(() => {
    const form = preview(UPPER)?.deployments.at(-1)
    return form && { form, bindings: form.metadata['env'] as Record<string, Binding> }
  })
  site.write(config({ '/orders': ['operators', 'strict', 'customers'] }))
  const toml = readFileSync(join(site.folder, 'wrangler.toml'), 'utf8')
  site.write({ 'wrangler.toml': withSecret(toml) })
  base = site.commit('First')
  site.git('checkout', '-q', '-b', 'Fix/Login')
  site.write(config({ '/orders': ['operators', 'customers'] }, 5))
  site.commit('Without the limit')
})
afterAll(async () => {
  await edge.stop()
  await site.stop()
})

const worker = () => site.cloudflare.account.workers.get('cardea-gateway')
const preview = (name: string) => worker()?.previews.get(name)
const env = (name: string) =>
  preview(name)!.deployments.at(-1)!.metadata['env'] as Record<string, Record<string, string>>

it('asks for secrets of its own before anything exists', async () => {
  const ran = await site.cardea(['preview', 'up'])
  expect(ran.code).toBe(1)
  expect(ran.output).toContain(`The preview '${UPPER}' has no value for 'CI_TOKEN'`)
  expect(site.cloudflare.calls.every(({ method }) => method === 'GET')).toBe(true)
})

it('gives two branches two environments, through a 503, with nothing in common', async () => {
  const comment = join(site.folder, 'comment.md')
  let uploads = 0
  site.cloudflare.fault = ({ method, path }) =>
    method === 'POST' && path.includes(`/${UPPER}/deployments`) && uploads++ === 0
      ? { status: 503, errors: [{ code: 10_013, message: 'busy' }] }
      : undefined
  const up = (secret: string, ...args: string[]) =>
    site.cardea(['preview', 'up', '--secrets-from-env', ...args], { CI_TOKEN: secret })
  const upper = await up(ONE, '--comment', comment, '--url', edge.url)
  const lower = await up(OTHER, '--branch', 'fix-login', '--wait', '0')
  expect(upper.output).toContain('Every part starts with the variables and secrets that are set.')
  expect([upper.code, uploads, lower.code]).toEqual([0, 2, 0])
  expect([...worker()!.previews.keys()]).toEqual([UPPER, 'fix-login'])

  const kv = site.cloudflare.account.namespaces
  const titleOf = (name: string) => kv.get(env(name)['KEYS']!['namespace_id']!)
  expect([titleOf(UPPER), titleOf('fix-login')]).toEqual([
    `cardea-gateway-preview-${UPPER}-keys`,
    'cardea-gateway-preview-fix-login-keys',
  ])
  // classes of the same Worker, without `script_name`: Cloudflare gives each preview its own
  expect(env(UPPER)['COUNTERS']).toEqual({
    type: 'durable_object_namespace',
    class_name: 'Counters',
  })
  expect(env(UPPER)['REGION']).toEqual({ type: 'plain_text', text: 'eu' })
  expect([env(UPPER)['CI_TOKEN'], env('fix-login')['CI_TOKEN']]).toEqual([
    { type: 'secret_text', text: ONE },
    { type: 'secret_text', text: OTHER },
  ])
  const { metadata, modules } = preview(UPPER)!.deployments.at(-1)!
  expect(Object.keys(metadata['exports'] as object)).toEqual([
    'Counters',
    'Registry',
    'Revocations',
  ])
  expect(Object.keys(modules)).toEqual(['worker.js'])
  // production was neither made nor changed
  expect(worker()!.deployments).toEqual([])

  expect(readFileSync(comment, 'utf8')).toBe(`<!-- cardea-preview -->
**Preview** of \`Fix/Login\` at \`${site.git('rev-parse', 'HEAD').slice(0, 12)}\`: https://${UPPER}-cardea-gateway.acme.workers.dev

**Routes**: 1 changed

\`\`\`diff
! GET /orders
!     policies: operators, strict, customers → operators, customers
\`\`\`

**Policies**: 1 removed

\`\`\`diff
- strict  policy: rate-limit  limit: 100  window: 60000  algorithm: "sliding-window"  by: "ip"  cost: 1  onFailure: "closed"  fields: true  legacyFields: false
\`\`\`
`)
  expect(upper.output).toContain(`Since ${base} “First”:\nRoutes: 1 changed\n`)
  expect(readdirSync(site.folder).filter((name) => name.includes('cardea-'))).toEqual([])
})

it('lists each with its branch, as far as this clone knows it', async () => {
  const { output } = await site.cardea(['preview', 'list', '--json'])
  expect(
    (JSON.parse(output) as { name: string; branch?: string }[]).map((one) => [
      one.name,
      one.branch,
    ]),
  ).toEqual([
    [UPPER, 'Fix/Login'],
    ['fix-login', undefined],
  ])
})

it('removes one with all it holds, and a second time says that there is nothing', async () => {
  const down = () => site.cardea(['preview', 'down', '--branch', 'fix-login'])
  expect(await down()).toEqual({
    code: 0,
    output: 'Removed: fix-login, of the branch fix-login, with its counters, keys and secrets.\n',
  })
  expect([...worker()!.previews.keys()]).toEqual([UPPER])
  expect([...site.cloudflare.account.namespaces.values()]).toEqual([
    `cardea-gateway-preview-${UPPER}-keys`,
  ])
  expect(await down()).toEqual({
    code: 0,
    output: 'There is no preview of the branch fix-login; nothing to remove.\n',
  })
  expect(existsSync(join(site.folder, 'config/routes.oas.json'))).toBe(true)
})
