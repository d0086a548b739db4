import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cloudflare, startCloudflare } from '../harness/cloudflare.ts'
import { cloned } from '../harness/clone.ts'
import { document } from '../harness/gateway.ts'

/** A clone of the repository under Git, with a config of its own, and an account to deploy it to. */
export interface Site {
  readonly folder: string
  readonly cloudflare: Cloudflare
  /** Writes files of the clone: text, or a value that becomes JSON. */
  write(files: Readonly<Record<string, unknown>>): void
  /** @returns the commit's first twelve digits */
  commit(message: string): string
  git(...args: readonly string[]): string
  /** Of the programs under test. */
  readonly environment: Readonly<Record<string, string>>
  cardea(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ran>
  stop(): Promise<void>
}

export interface Ran {
  readonly code: number | null
  /** Both streams, as a person at a terminal sees them. */
  readonly output: string
}

export interface Running extends Promise<Ran> {
  readonly interrupt: () => void
}

export async function startSite(): Promise<Site> {
  const clone = cloned()
  const { folder } = clone
  const home = mkdtempSync(join(tmpdir(), 'cardea-home-'))
  const cloudflare = await startCloudflare()
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  const site: Site = {
    folder,
    cloudflare,
    git,
    write(files) {
      for (const [name, value] of Object.entries(files)) {
        const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)
        writeFileSync(join(folder, name), text)
      }
    },
    commit(message) {
      git('add', '--all')
      git('commit', '--quiet', '--message', message)
      return git('rev-parse', 'HEAD').slice(0, 12)
    },
    // wrangler is 14 MB of JavaScript, and starts many times here
    environment: { ...cloudflare.environment(home), NODE_COMPILE_CACHE: join(home, 'compiled') },
    cardea: (args, environment = {}) =>
      startCardea(folder, args, { ...site.environment, ...environment }),
    async stop() {
      await cloudflare.stop()
      clone.remove()
      rmSync(home, { recursive: true, force: true })
    },
  }
  rmSync(join(folder, 'config'), { recursive: true })
  mkdirSync(join(folder, 'config'))
  git('init', '--quiet', '--initial-branch', 'main')
  return site
}

/** Runs the clone's own CLI; `interrupt` is Ctrl-C. */
export function startCardea(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CI|GITHUB_|GITLAB_|CF_|CLOUDFLARE_|WRANGLER_|VITEST|NODE_ENV)/.test(name),
  )
  const child = spawn(process.execPath, ['scripts/cardea.ts', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...environment, NO_COLOR: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code) => resolve({ code, output }))
  })
  return Object.assign(ended, { interrupt: () => void child.kill('SIGINT') })
}

/** A gateway with a secret, counters and keys: `GET` of each path. */
export function config(
  paths: Readonly<Record<string, readonly string[]>>,
  limit = 100,
): Record<string, unknown> {
  const operations = Object.fromEntries(
    Object.entries(paths).map(([path, policies]) => [`GET ${path}`, { 'x-policies': policies }]),
  )
  return {
    'config/routes.oas.json': document(operations, { servers: [{ url: 'https://up.example' }] }),
    'config/policies.json': {
      operators: { policy: 'bearer-token', options: { tokens: { ci: '$env.CI_TOKEN' } } },
      customers: { policy: 'api-key', options: {} },
      strict: { policy: 'rate-limit', options: { limit, window: '1m' } },
    },
  }
}

/** The clone's wrangler.toml with variables and a required secret of the test. */
export const withSecret = (toml: string): string =>
  toml
    .replace(/^required = .*/m, 'required = ["CI_TOKEN"]')
    .replace(/^\[vars\]$/m, '[vars]\nREGION = "eu"')
