import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Call, Fault } from '../harness/cloudflare.ts'
import { type Edge, startEdge } from '../harness/edge.ts'
import { config, type Site, startCardea, startSite, withSecret } from './site.ts'

const SECRET = '3f1c0d5b9e7a42688d1f6c0ab3e59d74'

let site: Site
let edge: Edge
let first: string
beforeAll(async () => {
  site = await startSite()
  const { cloudflare, folder } = site
  edge = await startEdge(() => {
    const worker = cloudflare.account.workers.get('cardea-gateway')
    return worker?.versions.find(({ id }) => id === worker.deployments.at(-1)?.version)
  })
  site.write(config({ '/orders': ['operators'], '/public': [] }))
  site.write({ 'wrangler.toml': withSecret(readFileSync(join(folder, 'wrangler.toml'), 'utf8')) })
  first = site.commit('First')
})
afterAll(async () => {
  await edge.stop()
  await site.stop()
})

const worker = () => site.cloudflare.account.workers.get('cardea-gateway')
const live = () => worker()?.deployments.at(-1)?.version
const writes = (calls: readonly Call[]) => calls.filter(({ method }) => method !== 'GET')
const isUpload = ({ method, path }: Call) => method === 'PUT' && path.endsWith('/cardea-gateway')

describe('before anything is uploaded', () => {
  it('says how to get access where there is none', async () => {
    const ran = await site.cardea(['preview', 'list'], { CLOUDFLARE_API_TOKEN: '' })
    expect(ran).toEqual({
      code: 1,
      output: `There is no access to Cloudflare here: CLOUDFLARE_API_TOKEN is not set, and wrangler is not logged in.
The gateway runs in a Cloudflare account of yours.
Run 'npx wrangler login'; or, in CI, set CLOUDFLARE_API_TOKEN to a token with the permissions 'Workers Scripts: Edit' and 'Workers KV Storage: Edit'.
`,
    })
  })

  it('refuses a tree with changes that no commit has, and names them', async () => {
    const file = join(site.folder, 'config/gateway.json')
    writeFileSync(file, '{}')
    const ran = await site.cardea(['deploy'])
    site.git('clean', '-q', '-f', 'config')
    expect(ran.code).toBe(1)
    expect(ran.output).toBe(`1 file is not committed:
  config/gateway.json
What runs would then be in no commit, and nobody could go back to it. Nothing was uploaded.
Commit or stash them; or pass --allow-dirty.
`)
  })

  it('tells a wrong token from everything else, after one call', async () => {
    const before = site.cloudflare.calls.length
    const ran = await site.cardea(['deploy'], { CLOUDFLARE_API_TOKEN: 'wrong' })
    expect(ran.code).toBe(1)
    expect(ran.output).toContain(
      'Cloudflare does not accept these credentials: Authentication error [code 10000].\n',
    )
    expect(ran.output).toContain('Set CLOUDFLARE_API_TOKEN to one with the permissions')
    expect(site.cloudflare.calls.length - before).toBe(1)
  })

  it('shows checks, bundle and changes in a dry run, and writes nothing', async () => {
    const ran = await site.cardea(['deploy', '--dry-run', '--secrets-from-env'], {
      CI_TOKEN: SECRET,
    })
    // of the policies two are for later
    expect(ran.output).toMatch(/^Secrets: CI_TOKEN\n/)
    expect(ran.output).toMatch(/\nChecked: 2 routes, 2 warnings; types\nNothing is deployed/)
    expect(ran.output).toMatch(/\nBundle: [\d.]+ KiB \/ gzip: [\d.]+ KiB\nNothing was uploaded/)
    expect([ran.code, writes(site.cloudflare.calls)]).toEqual([0, []])
  })
})

it('refuses the first deployment while a required secret has no value, by name', async () => {
  const ran = await site.cardea(['deploy'])
  expect([ran.code, writes(site.cloudflare.calls)]).toEqual([1, []])
  expect(ran.output).toContain("The Worker 'cardea-gateway' has no value for 'CI_TOKEN'")
})

it('uploads the gateway with its modules, bindings, classes and commit, and hears that it starts', async () => {
  const ran = await site.cardea(['deploy', '--secrets-from-env', '--url', edge.url], {
    CI_TOKEN: SECRET,
  })
  expect(ran.output).not.toContain(SECRET)
  expect(ran.output).toMatch(
    new RegExp(`\nDeployed: https://cardea-gateway.acme.workers.dev\nVersion: ${live()}  commit `),
  )
  expect(ran.output).toContain('Every part starts with the variables and secrets that are set.')
  expect(ran.code).toBe(0)

  const { form, annotations } = worker()!.versions[0]!
  expect(Object.keys(form.modules)).toEqual(['worker.js'])
  expect(form.modules['worker.js']!.type).toBe('application/javascript+module')
  expect(form.modules['worker.js']!.text).toContain('bearer-token')
  expect(annotations['workers/tag']).toBe(first)
  expect(annotations['workers/message']).toMatch(new RegExp(`^${first}[0-9a-f]{28} First$`))
  expect(form.metadata['exports']).toEqual({
    Counters: { type: 'durable-object', storage: 'sqlite' },
    Registry: { type: 'durable-object', storage: 'sqlite' },
    Revocations: { type: 'durable-object', storage: 'sqlite' },
  })
  const [namespace] = site.cloudflare.account.namespaces
  expect(namespace?.[1]).toBe('cardea-gateway-keys')
  expect(byName(form.metadata['bindings'])).toEqual({
    CARDEA_CHECK: { type: 'plain_text', text: expect.stringMatching(/^[0-9a-f]{64}$/) },
    REGION: { type: 'plain_text', text: 'eu' },
    CI_TOKEN: { type: 'secret_text', text: SECRET },
    KEYS: { type: 'kv_namespace', namespace_id: namespace![0] },
    COUNTERS: { type: 'durable_object_namespace', class_name: 'Counters' },
    REGISTRY: { type: 'durable_object_namespace', class_name: 'Registry' },
    REVOCATIONS: { type: 'durable_object_namespace', class_name: 'Revocations' },
  })
  // no id of the account came back into the repository
  expect(site.git('status', '--porcelain', '--', 'wrangler.toml', 'config')).toBe('')
})

it('uploads through 503 and 429, tells what changes, and what the Worker says of a weak secret', async () => {
  site.write(config({ '/orders': ['operators', 'strict'], '/new': ['operators'] }))
  const second = site.commit('Second')
  let uploads = 0
  site.cloudflare.fault = (call) => (isUpload(call) ? BUSY[uploads++] : undefined)
  const ran = await site.cardea(['deploy', '--secrets-from-env', '--url', edge.url], {
    CI_TOKEN: 'hunter2',
  })
  site.cloudflare.fault = undefined
  expect(ran.output).toContain(`Deployed now: version ${worker()!.versions[0]!.id} (commit ${first})
Since ${first} “First”:
Routes: 1 added, 1 removed, 1 changed
  ~ GET /orders
  ~     policies: operators → operators, strict
  + GET /new  policies: operators  handler: proxy "https://up.example"
  - GET /public  policies: none  handler: proxy "https://up.example"
Policies: 1 added
  + strict  policy: rate-limit  limit: 100`)
  expect(ran.output).toContain(`Uploaded, but one part does not start:
  operators: the token 'ci' has fewer than 32 characters
Routes with them answer 503 to every request; nobody gets past them.
Set the secret again (npx wrangler secret put NAME), or go back with 'npx cardea rollback'.
`)
  expect(ran.output).not.toContain('hunter2')
  expect([ran.code, uploads, worker()!.versions.length]).toEqual([1, 3, 2])
  expect(worker()!.versions[1]!.annotations['workers/tag']).toBe(second)
})

it('an interrupted upload leaves production as it was, and says so', async () => {
  const before = live()
  const arrived = site.cloudflare.calls.length
  const isNow = (call: Call) => isUpload(call) && site.cloudflare.calls.indexOf(call) >= arrived
  site.cloudflare.fault = (call) => (isUpload(call) ? 'hang' : undefined)
  const running = startCardea(site.folder, ['deploy'], site.environment)
  await Promise.race([site.cloudflare.seen(isNow), running])
  running.interrupt()
  const ran = await running
  site.cloudflare.fault = undefined
  expect(ran.code).toBe(1)
  expect(ran.output).toMatch(
    /\nInterrupted\.\nProduction is as it was: version .* \(commit .*\)\.\n$/,
  )
  expect([live(), worker()!.versions.length]).toEqual([before, 2])
  // what is set already goes by name only
  const { form } = site.cloudflare.calls.find(isNow)!
  expect(byName(form!.metadata['bindings'])['CI_TOKEN']).toEqual({ type: 'inherit' })
})

it('refuses to bring old values of secrets back, unless that is meant', async () => {
  const before = live()
  site.cloudflare.fault = ({ method, path, query }) =>
    method === 'POST' && path.endsWith('/deployments') && query.get('force') !== 'true'
      ? SECRETS_CHANGED
      : undefined
  const refused = await site.cardea(['rollback'])
  expect([refused.code, live()]).toEqual([1, before])
  expect(refused.output).toMatch(
    /\nSecrets have changed since that version: .*CI_TOKEN.*\nGoing back would bring their old values back\. Nothing was changed\.\nPass --force if that is meant\.\n$/,
  )
  const forced = await site.cardea(['rollback', '--force'])
  expect([forced.code, live()]).toEqual([0, worker()!.versions[0]!.id])
  await site.cardea(['rollback', before!, '--force'])
  site.cloudflare.fault = undefined
  expect(live()).toBe(before)
})

it('rolls back to the code before, shows what that changes, and twice does not go forth again', async () => {
  const [oldest, newest] = worker()!.versions
  const back = await site.cardea(['rollback'])
  expect(back.output).toMatch(
    new RegExp(`^From: version ${newest!.id} .*\nTo:   version ${oldest!.id} `),
  )
  expect(back.output).toContain('\n  - GET /new  policies: operators')
  expect([back.code, live()]).toEqual([0, oldest!.id])

  const again = await site.cardea(['rollback'])
  expect(again.output).toContain('No version with other code ran before this one.\nThese ran:\n')
  expect([again.code, live()]).toEqual([1, oldest!.id])

  const commit = newest!.annotations['workers/tag']!.slice(0, 8)
  await site.cardea(['rollback', commit])
  expect(live()).toBe(newest!.id)
})

const BUSY: readonly (Fault | undefined)[] = [
  { status: 503, errors: [{ code: 10_013, message: 'busy' }] },
  {
    status: 429,
    errors: [{ code: 971, message: 'slow down' }],
    headers: { 'retry-after': '0' },
  },
]

/** As Cloudflare answers when a secret was set after the version. */
const SECRETS_CHANGED: Fault = {
  status: 400,
  errors: [{ code: 10_220, message: 'Secrets have changed since this version: CI_TOKEN' }],
}

function byName(bindings: unknown): Record<string, unknown> {
  const list = bindings as readonly { readonly name: string }[]
  return Object.fromEntries(list.map(({ name, ...rest }) => [name, rest]))
}
