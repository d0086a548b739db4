import { compatibility } from './bundle.ts'

/** What a workerd of ours runs. */
export interface Local {
  /** `127.0.0.1:8787`; port 0 is any free one. */
  readonly address: string
  /** Folder for state on disk. Absolute. */
  readonly state: string
  /** Plain-text bindings: variables, secrets, and what we tell the Worker ourselves. */
  readonly variables: Readonly<Record<string, string>>
  /** File name of the bundle, beside the configuration. */
  readonly bundle: string
}

/** Configuration for `workerd serve`: https://github.com/cloudflare/workerd, `workerd.capnp`. */
export function capnp({ address, state, variables, bundle }: Local): string {
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = (
      modules = [(name = "worker.js", esModule = embed ${text(bundle)})],
      compatibilityDate = ${text(compatibility.date)},
      compatibilityFlags = [${compatibility.flags.map(text).join(', ')}],
      bindings = [
        ${bindings.join(',\n        ')}
      ],
      globalOutbound = "network",
    )),
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "network", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [(name = "http", address = ${text(address)}, http = (), service = "gateway")],
);
`
}

/** A text literal of Cap'n Proto: C escapes; everything that is not plain ASCII as bytes. */
function text(value: string): string {
  const escaped = Array.from(Buffer.from(value), (byte) => {
    const character = String.fromCharCode(byte)
    if (character === '"' || character === '\\') return `\\${character}`
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `"${escaped.join('')}"`
}
