import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Call } from '../harness/cloudflare.ts'
import { runIn } from '../harness/clone.ts'
import { repository } from '../harness/gateway.ts'
import { startUpstream } from '../harness/upstream.ts'
import { config, type Site, startCardea, startSite, withSecret } from './site.ts'

const SECRET = '3f1c0d5b9e7a42688d1f6c0ab3e59d74'

let site: Site
beforeAll(async () => {
  site = await startSite()
  site.write(config({ '/orders': ['operators'] }))
  const toml = readFileSync(join(site.folder, 'wrangler.toml'), 'utf8')
  site.write({ 'wrangler.toml': withSecret(toml), 'secrets.env': `CI_TOKEN=${SECRET}\n` })
  site.commit('First')
})
afterAll(() => site.stop())

const worker = () => site.cloudflare.account.workers.get('cardea-gateway')
const isUpload = ({ method, path }: Call) => method === 'PUT' && path.endsWith('/cardea-gateway')

it('takes up where a deployment was left: the network is gone for good in the middle, then back', async () => {
  site.cloudflare.fault = (call) => (isUpload(call) ? 'cut' : undefined)
  const cut = await site.cardea(['deploy', '--secrets-file', 'secrets.env'])
  expect(cut.output).toContain('The connection to Cloudflare broke:\n')
  expect(cut.output).toContain('That was the last of 3 attempts; run the command again later.\n')
  expect(cut.output).toContain('Nothing is deployed.\n')
  expect([cut.code, worker()]).toEqual([1, undefined])

  site.cloudflare.fault = undefined
  const again = await site.cardea(['deploy', '--wait', '0', '--secrets-file', 'secrets.env'])
  expect([again.code, worker()!.versions.length]).toEqual([0, 1])
  // what the first attempt made is used, not made again
  expect([...site.cloudflare.account.namespaces.values()]).toEqual(['cardea-gateway-keys'])
})

it('deploys the same commit twice in a row, and says that nothing changes', async () => {
  const ran = await site.cardea(['deploy', '--wait', '0'])
  expect(ran.output).toContain('“First”: no route and no policy changes\n')
  expect([ran.code, worker()!.versions.length]).toEqual([0, 2])
})

it('tells which version runs when what comes after the upload fails', async () => {
  const fault = { status: 400, errors: [{ code: 10_000_1, message: 'no such subdomain' }] }
  site.cloudflare.fault = ({ method, path }) =>
    method === 'POST' && path.endsWith('/subdomain') ? fault : undefined
  const ran = await site.cardea(['deploy'])
  site.cloudflare.fault = undefined
  expect(ran.code).toBe(1)
  expect(ran.output).toContain('no such subdomain')
  expect(ran.output).toContain(
    `The upload was complete: version ${worker()!.versions[2]!.id} (commit`,
  )
})

it('cannot reach Cloudflare at all: says so, and what to check', async () => {
  const { url, stop } = await startUpstream()
  await stop()
  const ran = await site.cardea(['deploy'], { CLOUDFLARE_API_BASE_URL: url })
  expect([ran.code, ran.output]).toEqual([
    1,
    `Cloudflare cannot be reached at ${url}: ECONNREFUSED.
4 attempts failed, so nothing was asked of it.
Check the network (and proxies in between), then run the command again.
`,
  ])
})

it('an interrupted preview leaves no file with secrets, and says where it stands', async () => {
  const isPreview = ({ method, path }: Call) => method === 'POST' && path.endsWith('/deployments')
  site.cloudflare.fault = (call) => (isPreview(call) ? 'hang' : undefined)
  const temporary = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  const running = startCardea(site.folder, ['preview', 'up', '--secrets-file', 'secrets.env'], {
    ...site.environment,
    TMPDIR: temporary,
  })
  await Promise.race([site.cloudflare.seen(isPreview), running])
  running.interrupt()
  const ran = await running
  site.cloudflare.fault = undefined
  expect(ran.output).toContain("Interrupted.\nThe preview 'main' may be without this commit;")
  expect([ran.code, readdirSync(temporary).filter((name) => name.startsWith('cardea-'))]).toEqual([
    1,
    [],
  ])
  expect(readdirSync(site.folder).filter((name) => name.startsWith('wrangler.'))).toEqual([
    'wrangler.toml',
  ])
  execFileSync('rm', ['-rf', temporary])
})

it('refuses types that do not fit before anything is uploaded', async () => {
  const before = site.cloudflare.calls.length
  site.write({ 'src/lib/broken.ts': "export const broken: number = 'text'\n" })
  const ran = await site.cardea(['deploy', '--allow-dirty'])
  execFileSync('rm', [join(site.folder, 'src/lib/broken.ts')])
  expect(ran.output).toContain('src/lib/broken.ts(1,14): error TS2322')
  const writes = site.cloudflare.calls.slice(before).filter(({ method }) => method !== 'GET')
  expect([ran.code, writes]).toEqual([1, []])
})

it('plain wrangler compiles and uploads the same gateway', () => {
  const output = runIn(site.folder, 'wrangler', 'deploy', '--dry-run', '--outdir', 'dist')
  expect(output).toContain('--dry-run: exiting now.')
  expect(existsSync(join(site.folder, 'dist/worker.js'))).toBe(true)
  expect(readFileSync(join(site.folder, 'dist/worker.js'), 'utf8')).toContain('/orders')
  expect(existsSync(join(repository, 'dist'))).toBe(false)
})
