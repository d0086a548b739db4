import { randomUUID } from 'node:crypto'
import type { Call, Form } from './cloudflare.ts'

export interface Reply {
  readonly status: number
  readonly result?: unknown
  readonly errors?: readonly { readonly code: number; readonly message: string }[]
  readonly headers?: Readonly<Record<string, string>>
}

export interface Account {
  readonly id: string
  readonly subdomain: string
  readonly workers: Map<string, Worker>
  /** Title by id. */
  readonly namespaces: Map<string, string>
  /** Milliseconds since 1970; each stored thing takes one. */
  clock: number
}

export interface Worker {
  readonly versions: Version[]
  /** Oldest first. */
  readonly deployments: { readonly createdOn: string; readonly version: string }[]
  readonly previews: Map<string, Preview>
  /** Secrets of the Previews' base configuration. */
  readonly baseSecrets: Set<string>
}

export interface Version {
  readonly id: string
  readonly createdOn: string
  /** As it was uploaded. */
  readonly form: Form
  /** By name, with what was inherited. */
  readonly bindings: Readonly<Record<string, Binding>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Binding {
  readonly type: string
  readonly text?: string
}

export interface Preview {
  readonly name: string
  readonly deployments: Form[]
}

type Handler = (account: Account, call: Call, match: readonly string[]) => Reply

/** Answers a call as the API does, as far as wrangler and the commands under test can tell. */
export function answer(account: Account, call: Call): Reply {
  for (const [method, pattern, handler] of routes) {
    if (call.method !== method) continue
    const found = pattern.exec(call.path)
    if (found) return handler(account, call, found)
  }
  return missing(7003, `no route: ${call.method} ${call.path}`)
}

const ok = (result: unknown): Reply => ({ status: 200, result })
const missing = (code: number, message: string): Reply => ({
  status: 404,
  errors: [{ code, message }],
})
const NO_WORKER = missing(10_007, 'This Worker does not exist on your account.')
const NO_PREVIEW = missing(10_025, 'This Preview does not exist.')

const now = (account: Account): string => new Date(account.clock++).toISOString()
const latest = (worker: Worker): Version | undefined =>
  worker.versions.find(({ id }) => id === worker.deployments.at(-1)?.version)

/** Without values of secrets: those are write-only. */
const listed = (worker: Worker): readonly (Binding & { readonly name: string })[] =>
  Object.entries(withoutTexts(latest(worker)?.bindings)).map(([name, one]) => ({ name, ...one }))

/** For a Worker that is there; `10007` for one that is not. */
const on =
  (
    use: (worker: Worker, call: Call, match: readonly string[], account: Account) => Reply,
  ): Handler =>
  (account, call, match) => {
    const worker = account.workers.get(match[1]!)
    return worker ? use(worker, call, match, account) : NO_WORKER
  }

const scripts = '^/accounts/[0-9a-f]+/workers/scripts/([^/]+)'
const parents = '^/accounts/[0-9a-f]+/workers/workers/([^/]+)'
const at = (text: string): RegExp => new RegExp(`${text}$`)

const routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/accounts$/, ({ id }) => ok([{ id, name: 'Acme' }])],
  ['GET', at('/workers/subdomain'), ({ subdomain }) => ok({ subdomain })],
  [
    'GET',
    at('/workers/services/([^/]+)'),
    on(() =>
      ok({
        default_environment: {
          environment: 'production',
          script: { tag: 'tag', tags: [], last_deployed_from: 'wrangler' },
        },
      }),
    ),
  ],
  ['GET', at(`${scripts}/settings`), on((worker) => ok({ bindings: listed(worker) }))],
  [
    'GET',
    at(`${scripts}/secrets`),
    on((worker) => ok(listed(worker).filter(({ type }) => type === 'secret_text'))),
  ],
  ['GET', at(`${scripts}/subdomain`), on(() => ok({ enabled: true, previews_enabled: true }))],
  ['POST', at(`${scripts}/subdomain`), on(() => ok({ enabled: true, previews_enabled: true }))],
  ['PATCH', at(`${scripts}/script-settings`), on(() => ok({}))],
  ['PUT', at(scripts), putScript],
  ['GET', at(`${scripts}/deployments`), on(listDeployments)],
  ['POST', at(`${scripts}/deployments`), on(postDeployment)],
  [
    'GET',
    at(`${scripts}/versions`),
    on((worker) => ok({ items: worker.versions.toReversed().map(shownVersion) })),
  ],
  [
    'GET',
    at(`${scripts}/versions/([^/]+)`),
    on((worker, _, [, , id]) => {
      const one = worker.versions.find((version) => version.id === id)
      return one ? ok(shownVersion(one)) : NO_WORKER
    }),
  ],
  [
    'GET',
    at('/storage/kv/namespaces'),
    ({ namespaces }) => ok(Array.from(namespaces, ([id, title]) => ({ id, title }))),
  ],
  ['POST', at('/storage/kv/namespaces'), postNamespace],
  [
    'DELETE',
    at('/storage/kv/namespaces/([^/]+)'),
    ({ namespaces }, _, [, id]) =>
      namespaces.delete(id!) ? ok({}) : missing(10_013, 'namespace not found'),
  ],
  [
    'GET',
    at(parents),
    on((worker) => ok({ previews_base_config: { env: secretEnv(worker.baseSecrets) } })),
  ],
  ['POST', at('/workers/workers'), postParent],
  [
    'GET',
    at(`${parents}/previews`),
    on((worker, _, [, name], account) =>
      ok([...worker.previews.values()].map((one) => shownPreview(account, name!, one))),
    ),
  ],
  ['POST', at(`${parents}/previews`), on(postPreview)],
  [
    'GET',
    at(`${parents}/previews/([^/]+)`),
    on((worker, _, [, name, preview], account) => {
      const one = worker.previews.get(preview!)
      return one ? ok(shownPreview(account, name!, one)) : NO_PREVIEW
    }),
  ],
  [
    'DELETE',
    at(`${parents}/previews/([^/]+)`),
    on((worker, _, [, , preview]) => (worker.previews.delete(preview!) ? ok({}) : NO_PREVIEW)),
  ],
  ['POST', at(`${parents}/previews/([^/]+)/deployments`), on(postPreviewDeployment)],
  [
    'GET',
    at(`${parents}/previews/([^/]+)/deployments/latest`),
    on((worker, _, [, , preview]) => {
      const form = worker.previews.get(preview!)?.deployments.at(-1)
      return form ? ok({ env: withoutTexts(form.metadata['env']) }) : NO_PREVIEW
    }),
  ],
]

const emptyWorker = (): Worker => ({
  versions: [],
  deployments: [],
  previews: new Map(),
  baseSecrets: new Set(),
})

/** The upload is complete or it is nothing: a version comes to be, and runs, in this one step. */
function putScript(account: Account, { form }: Call, [, name]: readonly string[]): Reply {
  const worker = account.workers.get(name!) ?? emptyWorker()
  const before = latest(worker)?.bindings ?? {}
  const given = (form!.metadata['bindings'] ?? []) as readonly (Binding & { name: string })[]
  const lost = given.find((one) => one.type === 'inherit' && !Object.hasOwn(before, one.name))
  if (lost) {
    const message = `inherit binding '${lost.name}' is invalid`
    return { status: 400, errors: [{ code: 10_057, message }] }
  }
  account.workers.set(name!, worker)
  const kept = Object.entries(before).filter(([, { type }]) => type === 'secret_text')
  const set = given.map(({ name: one, ...binding }): [string, Binding] => [
    one,
    binding.type === 'inherit' ? before[one]! : binding,
  ])
  const version: Version = {
    id: randomUUID(),
    createdOn: now(account),
    form: form!,
    bindings: Object.fromEntries([...kept, ...set]),
    annotations: (form!.metadata['annotations'] ?? {}) as Version['annotations'],
  }
  worker.versions.push(version)
  worker.deployments.push({ createdOn: now(account), version: version.id })
  return ok({ id: name, etag: 'etag', deployment_id: version.id.replaceAll('-', '') })
}

function listDeployments(worker: Worker): Reply {
  const deployments = worker.deployments.toReversed().map(({ createdOn, version }) => ({
    id: version,
    created_on: createdOn,
    versions: [{ version_id: version, percentage: 100 }],
  }))
  return ok({ deployments })
}

function postDeployment(
  worker: Worker,
  { json }: Call,
  _: readonly string[],
  account: Account,
): Reply {
  const { versions } = json as { readonly versions: readonly { readonly version_id: string }[] }
  const version = versions[0]!.version_id
  if (!worker.versions.some(({ id }) => id === version)) return NO_WORKER
  worker.deployments.push({ createdOn: now(account), version })
  return ok({ id: randomUUID() })
}

const shownVersion = ({ id, createdOn, annotations }: Version): unknown => ({
  id,
  metadata: { created_on: createdOn },
  annotations,
})

function postNamespace({ namespaces }: Account, { json }: Call): Reply {
  const { title } = json as { readonly title: string }
  if ([...namespaces.values()].includes(title)) {
    return {
      status: 400,
      errors: [
        { code: 10_014, message: 'a namespace with this account ID and title already exists' },
      ],
    }
  }
  const id = randomUUID().replaceAll('-', '')
  namespaces.set(id, title)
  return ok({ id, title })
}

function postParent({ workers }: Account, { json }: Call): Reply {
  const { name } = json as { readonly name: string }
  workers.set(name, emptyWorker())
  return ok({ name })
}

function postPreview(
  worker: Worker,
  { json }: Call,
  [, name]: readonly string[],
  account: Account,
): Reply {
  const preview = { name: (json as { readonly name: string }).name, deployments: [] }
  worker.previews.set(preview.name, preview)
  return ok(shownPreview(account, name!, preview))
}

function postPreviewDeployment(
  worker: Worker,
  { form }: Call,
  [, name, id]: readonly string[],
  account: Account,
): Reply {
  const preview = worker.previews.get(id!)
  if (!preview) return NO_PREVIEW
  preview.deployments.push(form!)
  const { urls } = shownPreview(account, name!, preview)
  return ok({ id: randomUUID(), urls, env: withoutTexts(form!.metadata['env']) })
}

const shownPreview = (account: Account, worker: string, { name }: Preview) => ({
  // any identifier of a preview is good for its path
  id: name,
  name,
  slug: name,
  worker_name: worker,
  urls: [`https://${name}-${worker}.${account.subdomain}.workers.dev`],
  deployed_on: '2026-11-20T12:00:00Z',
})

const secretEnv = (names: Iterable<string>): unknown =>
  Object.fromEntries([...names].map((name) => [name, { type: 'secret_text' }]))

const withoutTexts = (env: unknown): Record<string, Binding> =>
  Object.fromEntries(
    Object.entries((env ?? {}) as Record<string, Binding>).map(([name, one]) => [
      name,
      one.type === 'secret_text' ? { type: one.type } : one,
    ]),
  )
