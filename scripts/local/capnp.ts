import { compatibility } from './bundle.ts'

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
  /** File name, beside the configuration. */
  readonly bundle: string
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
  const { state, variables, environment = [], bundle, kvBundle, health } = local
  const classes = Object.entries(durableObjects)
  const bindings = [
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...environment.map((name) => fromEnvironment(name, name)),
    ...classes.map(
      ([name, one]) => `(name = ${text(name)}, durableObjectNamespace = ${text(one)})`,
    ),
    '(name = "KEYS", kvNamespace = "keys")',
  ]
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "keys", worker = .keys),${health ? '\n    (name = "health", worker = .health),' : ''}
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "network", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [
    ${sockets(local).join(',\n    ')},
  ],${local.isLogStructured ? '\n  logging = (structuredLogging = true),' : ''}
);

const gateway :Workerd.Worker = (
  ${runtime(bundle)}
  bindings = [
    ${bindings.join(',\n    ')},
  ],
  durableObjectNamespaces = [
    ${classes.map(([, one]) => namespace(one)).join(',\n    ')},
  ],
  durableObjectStorage = (localDisk = "state"),
  globalOutbound = "network",
);

const keys :Workerd.Worker = (
  ${runtime(kvBundle)}
  bindings = [(name = "STORE", durableObjectNamespace = "KvStore")],
  durableObjectNamespaces = [${namespace('KvStore')}],
  durableObjectStorage = (localDisk = "state"),
);
${health ? healthWorker(health) : ''}`
}

function sockets({ address, tls, health }: Local): readonly string[] {
  const kind = tls
    ? `https = (options = (), tlsOptions = (keypair = ${keypair(tls)}))`
    : 'http = ()'
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

const healthWorker = ({ bundle, word }: Health): string => `
const health :Workerd.Worker = (
  ${runtime(bundle)}
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
