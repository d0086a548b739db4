import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Compiled, compile } from '../compile/compile.ts'
import { repository } from '../compile/plugins.ts'
import type { Use } from '../compile/steps.ts'
import { type Commit, extract } from './git.ts'

/** What a gateway does, in a form that two commits can be compared in. No secret is in it: options name them. */
export interface Description {
  /** By method and path. */
  readonly routes: Readonly<Record<string, RouteDescription>>
  /** By configured name. */
  readonly policies: Readonly<Record<string, Flat>>
  readonly settings: Flat
}

export interface RouteDescription {
  readonly policies: readonly string[]
  /** Its name. */
  readonly handler: string
  readonly details: Flat
}

/** Paths of members to values as JSON: `tokens.ci` → `"$env.CI"`. */
export type Flat = Readonly<Record<string, string>>

export function describe({ routes, everywhere, settings }: Compiled): Description {
  const described: Record<string, RouteDescription> = {}
  const uses = new Map<string, Map<string, { readonly place: string; readonly use: Use }>>()
  const note = (use: Use, place: string) => {
    const variants = uses.get(use.name) ?? new Map()
    uses.set(use.name, variants)
    const key = JSON.stringify(policy(use))
    if (!variants.has(key)) variants.set(key, { place, use })
  }
  for (const use of everywhere) note(use, 'every request')
  for (const { method, path, policies, handler, raw } of routes) {
    const place = `${method} ${path}`
    for (const use of policies) note(use, place)
    described[place] = {
      policies: policies.map(({ name }) => name),
      handler: handler.name,
      details: {
        ...flat(handler.options, 'handler'),
        ...code(handler),
        ...(raw.isInternal && { reach: '"internal"' }),
        ...(raw.encodedSlash && { 'encoded slash': '"allowed"' }),
        ...fromDocument([...policies, handler]),
      },
    }
  }
  const policies: Record<string, Flat> = {}
  for (const [name, variants] of uses) {
    for (const { place, use } of variants.values()) {
      policies[variants.size === 1 ? name : `${name} (${place})`] = policy(use)
    }
  }
  const order = everywhere.map(({ name }) => name).join(', ')
  return {
    routes: described,
    policies,
    settings: { ...flat(settings), 'policies of every request': JSON.stringify(order) },
  }
}

/**
 * Compiles the config of a commit, with the compiler that is here.
 *
 * @returns undefined when it does not compile, for instance because a part it used is gone
 */
export async function describeCommit(commit: Commit): Promise<Description | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-commit-'))
  try {
    extract(commit, folder)
    const config = join(folder, 'config')
    if (!existsSync(config)) return undefined
    // a config folder's own wrangler.toml comes first, so its variables count as declared
    const wrangler = join(folder, 'wrangler.toml')
    if (existsSync(wrangler)) copyFileSync(wrangler, join(config, 'wrangler.toml'))
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'), 'junction')
    const compiled = await compile({ config, isDry: true })
    return compiled.isGood ? describe(compiled) : undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const policy = (use: Use): Flat => ({
  policy: JSON.stringify(use.plugin.name),
  ...flat(use.options),
  ...code(use),
})

/** A part of one's own changes without its options changing. */
const code = ({ plugin }: Use): Flat =>
  plugin.isOwn ? { code: short(readFileSync(plugin.path, 'utf8')) } : {}

/** Some parts take schemas or examples from the document; too long to show, so only that they changed. */
function fromDocument(uses: readonly Use[]): Flat {
  const derived = uses.map((use) => use.derived).filter((one) => one !== undefined)
  return derived.length === 0 ? {} : { 'taken from the document': short(JSON.stringify(derived)) }
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

function flat(value: unknown, path = ''): Record<string, string> {
  if (value === undefined) return {}
  const isTree = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isTree) return { [path]: JSON.stringify(value) }
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, one]) =>
      flat(one, path === '' ? name : `${path}.${name}`),
    ),
  ) as Record<string, string>
}
