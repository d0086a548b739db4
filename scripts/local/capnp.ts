import { compatibility } from './bundle.ts'
import type { LocalBindings, RateLimitBinding } from './wrangler-bindings.ts'

/** What a workerd of ours runs. */
export interface Local {
  /** `127.0.0.1:8787`; port 0 is any free one. */
  readonly address: string
  /** Folder for state on disk. Absolute. */
  readonly state: string
  /** Plain-text bindings: variables, secrets, and what we tell the Worker ourselves. */
  readonly variables: Readonly<Record<string, string>>
  /** Names of bindings whose values workerd takes from its environment. Absent there is `null` here. */
  readonly environment?: readonly string[]
  /** File names, beside the configuration, of the gateway's bundle and of the KV service's. */
  readonly bundle: string
  readonly kvBundle: string
  /** What code of one's own may ask for. */
  readonly bindings?: LocalBindings
  /** What `caches` may take of the disk; without it there are none. */
  readonly cacheBytesMax?: number
  /** The public socket speaks TLS. */
  readonly tls?: Keypair
  /** Health and readiness on a socket of their own, see `src/local/health-service.ts`. */
  readonly health?: Health
  /** Every line that workerd writes is JSON, on its standard output. */
  readonly isLogStructured?: boolean
}

/** Two PEM texts, or two files beside the configuration. */
export type Keypair = Readonly<Record<'privateKey' | 'certificateChain', PemSource>>
type PemSource = { readonly text: string } | { readonly file: string }

export interface Health {
  readonly address: string
  /** What the gateway's `CARDEA_CHECK` is the digest of; undefined takes it from the environment. */
  readonly word: string | undefined
}

/** In the environment of a workerd that has no launcher of ours. */
export const WORD_VARIABLE = 'CARDEA_CHECK_WORD'

/** Durable Object classes by their binding, as in `wrangler.toml`. */
export const durableObjects = {
  COUNTERS: 'Counters',
  REGISTRY: 'Registry',
  REVOCATIONS: 'Revocations',
} as const

/** Configuration for `workerd serve`: https://github.com/cloudflare/workerd, `workerd.capnp`. */
export function capnp(local: Local): string {
  const { state, health, kvBundle, cacheBytesMax } = local
  const { kvNamespaces, rateLimits } = local.bindings ?? NO_BINDINGS
  const services = [
    '(name = "gateway", worker = .gateway)',
    '(name = "keys", worker = .keys)',
    ...(cacheBytesMax === undefined ? [] : ['(name = "cache", worker = .cache)']),
    ...kvNamespaces.map(
      (name) => `(name = ${text(`kv-${name}`)}, worker = ${kvWorker(name, kvBundle)})`,
    ),
    ...(health ? ['(name = "health", worker = .health)'] : []),
    `(name = "state", disk = (path = ${text(state)}, writable = true))`,
    '(name = "network", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true)))',
  ]
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')},
  ],
  sockets = [
    ${sockets(local).join(',\n    ')},
  ],${rateLimits.length > 0 ? `\n  extensions = [${rateLimitExtension}],` : ''}${local.isLogStructured ? '\n  logging = (structuredLogging = true),' : ''}
);

${gatewayWorker(local)}
const keys :Workerd.Worker = (
  ${runtime(kvBundle)}
  bindings = [(name = "STORE", durableObjectNamespace = "KvStore")],
  durableObjectNamespaces = [${namespace('KvStore')}],
  durableObjectStorage = (localDisk = "state"),
);
${cacheBytesMax === undefined ? '' : cacheWorker(cacheBytesMax)}${health ? healthWorker(health) : ''}`
}

function gatewayWorker({ variables, environment = [], bundle, ...local }: Local): string {
  const { kvNamespaces, rateLimits } = local.bindings ?? NO_BINDINGS
  const classes = Object.entries(durableObjects)
  const all = [
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...environment.map((name) => fromEnvironment(name, name)),
    ...classes.map(
      ([name, one]) => `(name = ${text(name)}, durableObjectNamespace = ${text(one)})`,
    ),
    '(name = "KEYS", kvNamespace = "keys")',
    ...kvNamespaces.map((name) => `(name = ${text(name)}, kvNamespace = ${text(`kv-${name}`)})`),
    ...rateLimits.map(rateLimit),
  ]
  return `const gateway :Workerd.Worker = (
  ${runtime(bundle)}
  bindings = [
    ${all.join(',\n    ')},
  ],
  durableObjectNamespaces = [
    ${classes.map(([, one]) => namespace(one)).join(',\n    ')},
  ],
  durableObjectStorage = (localDisk = "state"),
  globalOutbound = "network",${local.cacheBytesMax === undefined ? '' : '\n  cacheApiOutbound = "cache",'}
);
`
}

const NO_BINDINGS: LocalBindings = { rateLimits: [], kvNamespaces: [] }

const cacheWorker = (bytesMax: number): string => `
const cache :Workerd.Worker = (
  ${runtime('cache-service.js')}
  bindings = [
    (name = "STORE", durableObjectNamespace = "CacheStore"),
    (name = "CACHE_BYTES_MAX", json = "${bytesMax}"),
  ],
  durableObjectNamespaces = [${namespace('CacheStore')}],
  durableObjectStorage = (localDisk = "state"),
);
`

/** A KV namespace of the user's: a database of its own, in the class and the folder of the gateway's. */
const kvWorker = (name: string, bundle: string): string => `(
      ${runtime(bundle).replaceAll('\n', '\n    ')}
      bindings = [
        (name = "STORE", durableObjectNamespace = (className = "KvStore", serviceName = "keys")),
        (name = "NAMESPACE", text = ${text(name)}),
      ],
    )`

const rateLimit = ({ name, namespace, limit, period }: RateLimitBinding): string =>
  `(name = ${text(name)}, wrapped = (moduleName = "${RATE_LIMIT_MODULE}", innerBindings = [
      (name = "namespace", text = ${text(namespace)}),
      (name = "limit", json = "${limit}"),
      (name = "period", json = "${period}"),
    ]))`

const RATE_LIMIT_MODULE = 'cardea-internal:rate-limit'
const rateLimitExtension = `(modules = [
    (name = "${RATE_LIMIT_MODULE}", internal = true, esModule = embed "rate-limit-binding.js"),
  ])`

/** Only workerd may say which cache is meant: a client that could would read another one than the code asks for. */
const HTTP_OPTIONS = '(injectRequestHeaders = [(name = "CF-Cache-Namespace")])'

function sockets({ address, tls, health }: Local): readonly string[] {
  const kind = tls
    ? `https = (options = ${HTTP_OPTIONS}, tlsOptions = (keypair = ${keypair(tls)}))`
    : `http = ${HTTP_OPTIONS}`
  return [
    `(name = "http", address = ${text(address)}, ${kind}, service = "gateway")`,
    ...(health
      ? [`(name = "health", address = ${text(health.address)}, http = (), service = "health")`]
      : []),
  ]
}

function keypair({ privateKey, certificateChain }: Keypair): string {
  const pem = (source: PemSource) =>
    'file' in source ? `embed ${text(source.file)}` : text(source.text)
  return `(privateKey = ${pem(privateKey)}, certificateChain = ${pem(certificateChain)})`
}

const healthWorker = ({ word }: Health): string => `
const health :Workerd.Worker = (
  ${runtime('health-service.js')}
  bindings = [
    (name = "GATEWAY", service = "gateway"),
    ${word === undefined ? fromEnvironment('WORD', WORD_VARIABLE) : `(name = "WORD", text = ${text(word)})`},
  ],
);
`

const fromEnvironment = (name: string, variable: string): string =>
  `(name = ${text(name)}, fromEnvironment = ${text(variable)})`

const runtime = (
  bundle: string,
): string => `modules = [(name = "worker.js", esModule = embed ${text(bundle)})],
  compatibilityDate = ${text(compatibility.date)},
  compatibilityFlags = [${compatibility.flags.map(text).join(', ')}],`

/** The key names the folder on disk: it must never change, or the state would be lost. */
const namespace = (name: string): string =>
  `(className = ${text(name)}, uniqueKey = ${text(`cardea-${name}`)}, enableSql = true)`

/** A text literal of Cap'n Proto: C escapes; everything that is not plain ASCII as bytes. */
function text(value: string): string {
  const escaped = Array.from(Buffer.from(value), (byte) => {
    const character = String.fromCharCode(byte)
    if (character === '"' || character === '\\') return `\\${character}`
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `"${escaped.join('')}"`
}
