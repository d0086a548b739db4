import { existsSync, readFileSync } from 'node:fs'
import { parse as parseToml } from 'smol-toml'
import { type Compiled, compile } from '../compile/compile.ts'
import { Messages } from '../compile/messages.ts'
import { wranglerFile } from '../compile/wrangler-file.ts'
import { ADMIN_VARIABLE } from './admin-note.ts'
import { durableObjects } from './capnp.ts'

/** What code of one's own may ask for by name, besides variables, and what workerd is to have for it. */
export interface LocalBindings {
  readonly rateLimits: readonly RateLimitBinding[]
  /** Namespaces besides the gateway's own `KEYS`. */
  readonly kvNamespaces: readonly string[]
}

export interface RateLimitBinding {
  readonly name: string
  /** Bindings with the same one share their counts. */
  readonly namespace: string
  readonly limit: number
  /** Seconds. */
  readonly period: number
}

/** What one's own machine runs. */
export interface LocalSource {
  readonly config: string
  readonly state: string
  readonly variables: Readonly<Record<string, string>>
  readonly upstream: string | undefined
}

/** Compiles for one's own machine, and says as well what there is to say about the bindings of `wrangler.toml`. */
export async function compileWithBindings({
  config,
  state,
  variables,
  upstream,
}: LocalSource): Promise<{ readonly compiled: Compiled; readonly bindings: LocalBindings }> {
  const compiled = await compile({
    config,
    state,
    variables: [ADMIN_VARIABLE, ...Object.keys(variables)],
    hasUpstream: upstream !== undefined,
  })
  if (!compiled.isGood) return { compiled, bindings: { rateLimits: [], kvNamespaces: [] } }
  const said = new Messages()
  const bindings = localBindings(compiled.config, said)
  const messages = [...compiled.messages, ...said.all]
  return { compiled: { ...compiled, messages, isGood: said.errors === 0 }, bindings }
}

/**
 * Reads the bindings of `wrangler.toml`. A rate limit that cannot be is an error; a binding that only Cloudflare has
 * is a warning: nobody may find that out at run time.
 */
export function localBindings(config: string, messages: Messages): LocalBindings {
  const file = wranglerFile(config)
  if (!existsSync(file)) return { rateLimits: [], kvNamespaces: [] }
  const text = readFileSync(file, 'utf8')
  const all = bindingsIn(parseToml(text))
  const at = ({ name, pointer }: Binding) => ({ file, pointer, ...positionOf(text, name) })
  const rateLimits: RateLimitBinding[] = []
  for (const binding of all) {
    if (isRateLimit(binding)) {
      const limit = rateLimitOf(binding)
      if (typeof limit === 'object') rateLimits.push(limit)
      else messages.error('invalid-rate-limit', at(binding), ...unusable(binding.name, limit))
    } else if (!isHere(binding)) {
      messages.warning('binding-unavailable', at(binding), ...unavailable(binding))
    }
  }
  const kvNamespaces = all.filter(({ kind, name }) => kind === KV && name !== 'KEYS')
  return { rateLimits, kvNamespaces: kvNamespaces.map(({ name }) => name) }
}

type Text = readonly [what: string, why: string, instead: string]

const unusable = (name: string, what: string): Text => [
  `The rate limit '${name}' has no usable ${what}.`,
  'A rate limiting binding counts a whole number of requests in 10 or 60 seconds.',
  'Write: namespace_id = "1001", simple = { limit = 100, period = 60 }.',
]

const unavailable = ({ name, kind }: Binding): Text => [
  `There is no '${name}' (${kind}) in dev, serve and build --self-host.`,
  'Only Cloudflare has what it stands for; what asks for it here answers 503.',
  'Do without it, try it with `npx wrangler dev`, or run on Cloudflare: cardea deploy.',
]

interface Binding {
  /** The key of wrangler.toml: `r2_buckets`, `queues.producers`. */
  readonly kind: string
  readonly name: string
  readonly pointer: string
  readonly value: Table
}

type Table = Readonly<Record<string, unknown>>

const KV = 'kv_namespaces'

const isHere = ({ kind, name }: Binding): boolean =>
  kind === KV || (kind === 'durable_objects.bindings' && Object.hasOwn(durableObjects, name))

/** The second form is from before they had one of their own. */
const isRateLimit = ({ kind, value }: Binding): boolean =>
  kind === 'ratelimits' || (kind === 'unsafe.bindings' && value['type'] === 'ratelimit')

/** @returns what is wrong, in place of it */
function rateLimitOf({ name, value }: Binding): RateLimitBinding | string {
  const { limit, period } = tableOf(value['simple']) ?? {}
  const namespace = value['namespace_id']
  if (typeof namespace !== 'string' && typeof namespace !== 'number') return 'namespace_id'
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1) return 'limit'
  if (period !== 10 && period !== 60) return 'period'
  return { name, namespace: String(namespace), limit, period }
}

/** Whatever binds a name to something: a table, or a list of tables, with `binding`; some kinds call it `name`. */
function bindingsIn(toml: Table): readonly Binding[] {
  return Object.entries(toml).flatMap(([kind, value]) => {
    const nested = NESTED[kind]
    if (nested === undefined) return of(kind, `/${kind}`, value)
    return of(`${kind}.${nested}`, `/${kind}/${nested}`, tableOf(value)?.[nested])
  })
}

function of(kind: string, pointer: string, value: unknown): readonly Binding[] {
  const rows = Array.isArray(value) ? value : [value]
  return rows.flatMap((row: unknown, i) => {
    const table = tableOf(row)
    const name = table?.['binding'] ?? (NAMED.has(kind) ? table?.['name'] : undefined)
    if (table === undefined || typeof name !== 'string') return []
    return [
      { kind, name, pointer: Array.isArray(value) ? `${pointer}/${i}` : pointer, value: table },
    ]
  })
}

const NESTED: Readonly<Record<string, string>> = {
  durable_objects: 'bindings',
  queues: 'producers',
  unsafe: 'bindings',
  logfwdr: 'bindings',
}
const NAMED = new Set([
  ...[
    'durable_objects.bindings',
    'unsafe.bindings',
    'logfwdr.bindings',
    'ratelimits',
    'send_email',
  ],
])

const tableOf = (value: unknown): Table | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Table)
    : undefined

/** Of the first line that gives something this name. */
function positionOf(
  text: string,
  name: string,
): { readonly line: number; readonly column: number } {
  const quoted = JSON.stringify(name)
  const line = text
    .split('\n')
    .findIndex((one) => /\b(binding|name)\s*=/.test(one) && one.includes(quoted))
  return { line: Math.max(0, line) + 1, column: 1 }
}
