import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { option } from '../../src/core/option.ts'
import { KEY_PREFIX } from '../../src/lib/api-key.ts'
import { SOURCES_FILE } from '../sources/sources-file.ts'
import { documentsIn, isThere } from './config-files.ts'
import { step } from './documents/pointer.ts'
import { readSource, type Source } from './documents/source.ts'
import type { Messages } from './messages.ts'
import { checkOptions } from './options.ts'
import { tellFaults, unknownKeys } from './tell.ts'
import { wranglerFile } from './wrangler-file.ts'

/** The user's folder, read and checked as far as one file can be checked alone. */
export interface Config {
  readonly root: string
  readonly documents: readonly string[]
  readonly policies: Source | undefined
  readonly gateway: Source | undefined
  readonly settings: GatewaySettings
  /** Names in `policies.json`, each with its policy and options. */
  readonly named: ReadonlyMap<string, NamedPolicy>
  readonly wrangler: Wrangler
}

export interface NamedPolicy {
  readonly policy: string
  readonly options: unknown
  readonly pointer: string
}

export interface GatewaySettings {
  readonly problemBase: string | undefined
  readonly via: string | undefined
  readonly trustedProxies: readonly string[] | undefined
  readonly keyPrefix: string
  readonly requestBodyBytesMax: number
  readonly discloseNames: boolean
}

/** What compile has to know of `wrangler.toml`. */
export interface Wrangler {
  readonly file: string
  /** `[vars]` and `[secrets] required`. */
  readonly variables: ReadonlySet<string>
  /** Host names that this gateway answers for. */
  readonly hosts: ReadonlySet<string>
  /** Binding names, of every kind. */
  readonly bindings: ReadonlySet<string>
}

/** The keys of `gateway.json`, for the check and for the editor's schema. */
export const gatewayOptions = {
  problemBase: option.optional(
    option.string('Put before a problem’s code to make its `type`: a URL that ends in `/`.'),
  ),
  via: option.optional(
    option.token(
      'What this gateway calls itself in `Via` (RFC 9110 §7.6.3) towards upstreams. Who comes back with that name is refused: it is a loop.',
    ),
  ),
  trustedProxies: option.optional(
    option.list(
      option.cidr('Address range.'),
      'Proxies in front of `serve` whose `X-Forwarded-For`, `-Proto` and `-Host` count. On Cloudflare nothing is needed.',
    ),
  ),
  keyPrefix: option.string('First part of the API keys that this gateway issues.', {
    default: 'cardea',
  }),
  requestBodyBytesMax: option.bytes('Largest body that a policy reads.', { default: '1 MiB' }),
  discloseNames: option.boolean('Whether a problem names the policy that refused.', {
    default: true,
  }),
}

/** @param variables declared beside wrangler.toml, with `--var` */
export function readConfig(root: string, variables: Iterable<string>, messages: Messages): Config {
  const read = (name: string) =>
    isThere(join(root, name)) ? readSource(root, name, messages) : undefined
  const policies = read('policies.json')
  const gateway = read('gateway.json')
  return {
    root,
    documents: documentsIn(root, messages, { hasOthers: isThere(join(root, SOURCES_FILE)) }),
    policies,
    gateway,
    settings: settingsOf(gateway, messages),
    named: namedPolicies(policies, messages),
    wrangler: readWrangler(root, variables, messages),
  }
}

function settingsOf(source: Source | undefined, messages: Messages): GatewaySettings {
  const value = source?.value ?? {}
  const names = Object.keys(gatewayOptions)
  if (source) unknownKeys(messages, source, '', value, ['policies', ...names, '$schema'])
  const known = Object.entries(value).filter(([name]) => names.includes(name))
  const { options, faults } = checkOptions(gatewayOptions, Object.fromEntries(known))
  if (source) tellFaults(messages, source, '', faults, "'gateway.json' holds")
  const { keyPrefix } = options as { readonly keyPrefix?: string }
  if (source && keyPrefix !== undefined && !KEY_PREFIX.test(keyPrefix)) {
    messages.error(
      'invalid-key-prefix',
      source.at('/keyPrefix'),
      `'${keyPrefix}' cannot be the first part of a key.`,
      'Keys are read as prefix_mode_random_checksum, by the gateway and by secret scanners.',
      "Write 2 to 16 small letters and digits, a letter first: 'acme'.",
    )
  }
  return options as unknown as GatewaySettings
}

function namedPolicies(
  source: Source | undefined,
  messages: Messages,
): ReadonlyMap<string, NamedPolicy> {
  const named = new Map<string, NamedPolicy>()
  if (!source) return named
  for (const [name, value] of Object.entries(source.value)) {
    if (name === '$schema') continue
    const pointer = step('', name)
    const use = useOf(source, pointer, value, 'policy', messages)
    if (use) named.set(name, { ...use, pointer })
  }
  return named
}

/** Reads `{ "policy": "...", "options": {…} }`, or the same with `handler`. */
export function useOf(
  source: Source,
  pointer: string,
  value: unknown,
  kind: 'policy' | 'handler',
  messages: Messages,
): { readonly policy: string; readonly options: unknown } | undefined {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const name = entry[kind]
  if (typeof name !== 'string' || Array.isArray(value)) {
    messages.error(
      `invalid-${kind}`,
      source.at(pointer),
      `This is not a ${kind}.`,
      `A ${kind} is an object with its name and its options.`,
      `Write { "${kind}": "name", "options": {} }.`,
    )
    return undefined
  }
  unknownKeys(messages, source, pointer, entry, [kind, 'options'])
  return { policy: name, options: entry['options'] }
}

function readWrangler(root: string, more: Iterable<string>, messages: Messages): Wrangler {
  const file = wranglerFile(root)
  const toml = existsSync(file) ? parsed(file, messages) : {}
  const vars = Object.keys(table(toml['vars']))
  const secrets = strings(table(toml['secrets'])['required'])
  const routes = [toml['route'], ...list(toml['routes'])].map((one) =>
    typeof one === 'string' ? one : String(table(one)['pattern'] ?? ''),
  )
  const objects = list(table(toml['durable_objects'])['bindings']).map((one) => table(one)['name'])
  const namespaces = list(toml['kv_namespaces']).map((one) => table(one)['binding'])
  return {
    file,
    variables: new Set([...vars, ...secrets, ...more]),
    hosts: new Set(routes.map((pattern) => pattern.split('/')[0]!).filter(Boolean)),
    bindings: new Set([...objects, ...namespaces].filter((name) => typeof name === 'string')),
  }
}

function parsed(file: string, messages: Messages): Record<string, unknown> {
  try {
    return parseToml(readFileSync(file, 'utf8'))
  } catch (error) {
    const { line = 1, column = 1 } = error as { line?: number; column?: number }
    messages.error(
      'invalid-toml',
      { file, pointer: '', line, column },
      `The TOML is broken: ${(error as Error).message.split('\n', 1)[0]}.`,
      'Variables, secrets and bindings are declared there.',
      'Mend it there.',
    )
    return {}
  }
}

const table = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const strings = (value: unknown): readonly string[] =>
  list(value).filter((one) => typeof one === 'string')
