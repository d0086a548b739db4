import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../compile/plugins.ts'
import type { Access } from './access.ts'

type Toml = Readonly<Record<string, unknown>>

/**
 * wrangler gives a preview Durable Objects of its own, and shares everything else by id. Two previews with the
 * same KV namespace would let in each other's API keys, so each branch has its own.
 *
 * @returns ids by binding, of the namespaces that wrangler.toml does not name itself under `[previews]`
 */
export async function ownNamespaces(
  { api, accountId }: Access,
  toml: Toml,
  worker: string,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const bindings = ownKvBindings(toml)
  if (bindings.length === 0) return {}
  const path = `/accounts/${accountId}/storage/kv/namespaces`
  const known = await api.list<Namespace>(path)
  const ids: Record<string, string> = {}
  for (const binding of bindings) {
    const title = titleOf(worker, name, binding)
    const found = known.find((one) => one.title === title)
    ids[binding] = (found ?? (await made(api, path, title))).id
  }
  return ids
}

/** @returns how many were removed */
export async function removeNamespaces(
  { api, accountId }: Access,
  toml: Toml,
  worker: string,
  name: string,
): Promise<number> {
  const path = `/accounts/${accountId}/storage/kv/namespaces`
  const titles = new Set(kvBindings(toml).map((binding) => titleOf(worker, name, binding)))
  const found = (await api.list<Namespace>(path)).filter(({ title }) => titles.has(title))
  for (const { id } of found) await api.request('DELETE', `${path}/${id}`)
  return found.length
}

/**
 * Namespaces that wrangler made for production in a run that was cut off before the upload: it would make them
 * again, and Cloudflare would refuse.
 *
 * @returns ids by binding; none once the Worker is bound to them
 */
export async function orphanedNamespaces(
  { api, accountId }: Access,
  toml: Toml,
  worker: string,
): Promise<Readonly<Record<string, string>>> {
  const base = `/accounts/${accountId}`
  const settings = await api.find<{ readonly bindings?: readonly { readonly name: string }[] }>(
    `${base}/workers/scripts/${worker}/settings`,
  )
  const bound = new Set(settings?.bindings?.map(({ name }) => name))
  const wanted = rows(toml['kv_namespaces'])
    .filter(({ id }) => id === undefined)
    .map(({ binding }) => String(binding))
    .filter((binding) => !bound.has(binding))
  if (wanted.length === 0) return {}
  const known = await api.list<Namespace>(`${base}/storage/kv/namespaces`)
  const found = wanted.map((binding) => {
    // as wrangler calls what it makes
    const title = `${worker}-${binding.toLowerCase().replaceAll('_', '-')}`
    return [binding, known.find((one) => one.title === title)?.id] as const
  })
  return Object.fromEntries(found.filter(([, id]) => id !== undefined)) as Record<string, string>
}

/** wrangler.toml with these namespaces named. */
export const withNamespaces = (toml: Toml, ids: Readonly<Record<string, string>>): Toml => ({
  ...toml,
  kv_namespaces: rows(toml['kv_namespaces']).map((one) => {
    const id = ids[String(one['binding'])]
    return id === undefined ? one : { ...one, id }
  }),
})

/**
 * Lets wrangler read another configuration. Its file stands beside wrangler.toml, because paths in it are relative
 * to its folder, and is gone afterwards.
 */
export async function withConfig<T>(
  use: (write: (config: Toml) => readonly string[]) => Promise<T>,
): Promise<T> {
  const file = join(repository, `wrangler.cardea-${process.pid}.json`)
  const remove = () => rmSync(file, { force: true })
  process.once('exit', remove)
  try {
    return await use((config) => {
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
      return ['--config', file]
    })
  } finally {
    process.removeListener('exit', remove)
    remove()
  }
}

/** Bindings that only production has, because two Workers would share what is behind them. */
export function leftOut(toml: Toml): readonly string[] {
  const given = table(toml['previews'])
  return SHARED.filter((kind) => toml[kind] !== undefined && given[kind] === undefined)
}

const SHARED = [
  'd1_databases',
  'r2_buckets',
  'queues',
  'services',
  'ratelimits',
  'hyperdrive',
  'analytics_engine_datasets',
  'vectorize',
  'mtls_certificates',
]

/**
 * wrangler.toml in which `[previews]` is complete: variables as in `[vars]`, Durable Objects, and the branch's own
 * namespaces. What `[previews]` says itself goes first.
 */
export function previewConfig(toml: Toml, namespaces: Readonly<Record<string, string>>): Toml {
  const previews = table(toml['previews'])
  const objects = rows(table(toml['durable_objects'])['bindings']).filter(
    (one) => one['script_name'] === undefined,
  )
  const kv = Object.entries(namespaces).map(([binding, id]) => ({ binding, id }))
  const { secrets: _, ...inherited } = toml
  return {
    ...inherited,
    previews: {
      ...previews,
      vars: { ...table(toml['vars']), ...table(previews['vars']) },
      durable_objects: previews['durable_objects'] ?? { bindings: objects },
      kv_namespaces: [
        ...rows(previews['kv_namespaces']).filter(
          ({ binding }) => namespaces[String(binding)] === undefined,
        ),
        ...kv,
      ],
    },
  }
}

interface Namespace {
  readonly id: string
  readonly title: string
}

/** A second attempt may find that the first one made it, though its answer was lost. */
async function made(api: Access['api'], path: string, title: string): Promise<Namespace> {
  try {
    return await api.request<Namespace>('POST', path, { title })
  } catch (error) {
    const found = (await api.list<Namespace>(path)).find((one) => one.title === title)
    if (found === undefined) throw error
    return found
  }
}

const titleOf = (worker: string, name: string, binding: string): string =>
  `${worker}-preview-${name}-${binding.toLowerCase()}`

const kvBindings = (toml: Toml): readonly string[] =>
  rows(toml['kv_namespaces']).map(({ binding }) => String(binding))

function ownKvBindings(toml: Toml): readonly string[] {
  const given = rows(table(toml['previews'])['kv_namespaces'])
  const named = new Set(given.filter(({ id }) => id !== undefined).map(({ binding }) => binding))
  return kvBindings(toml).filter((binding) => !named.has(binding))
}

const table = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const rows = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(table) : []
