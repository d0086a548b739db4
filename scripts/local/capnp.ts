import { compatibility } from './bundle.ts'

/** What a workerd of ours runs. */
export interface Local {
  /** `127.0.0.1:8787`; port 0 is any free one. */
  readonly address: string
  /** Folder for state on disk. Absolute. */
  readonly state: string
  /** Plain-text bindings: variables, secrets, and what we tell the Worker ourselves. */
  readonly variables: Readonly<Record<string, string>>
  /** File names, beside the configuration, of the gateway's bundle and of the KV service's. */
  readonly bundle: string
  readonly kvBundle: string
}

/** Durable Object classes by their binding, as in `wrangler.toml`. */
export const durableObjects = {
  COUNTERS: 'Counters',
  REGISTRY: 'Registry',
  REVOCATIONS: 'Revocations',
} as const

/** Configuration for `workerd serve`: https://github.com/cloudflare/workerd, `workerd.capnp`. */
export function capnp({ address, state, variables, bundle, kvBundle }: Local): string {
  const classes = Object.entries(durableObjects)
  const bindings = [
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
    ),
    ...classes.map(
      ([name, one]) => `(name = ${text(name)}, durableObjectNamespace = ${text(one)})`,
    ),
    '(name = "KEYS", kvNamespace = "keys")',
  ]
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "keys", worker = .keys),
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "network", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [(name = "http", address = ${text(address)}, http = (), service = "gateway")],
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
`
}

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
