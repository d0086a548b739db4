import type { Config } from './config.ts'
import type { Document } from './documents/document.ts'
import { step } from './documents/pointer.ts'
import type { Found } from './documents/resolve.ts'
import type { Messages } from './messages.ts'
import { operationsOf, type RawRoute } from './operations.ts'
import { readTemplate, shape } from './path-template.ts'
import type { Steps, Use } from './steps.ts'
import { suggestion } from './tell.ts'

/** A route with everything looked up and checked. */
export interface CompiledRoute {
  readonly raw: RawRoute
  readonly id: string
  readonly method: string
  readonly path: string
  readonly policies: readonly Use[]
  readonly handler: Use
}

/** Turns documents into routes, in the order in which the generated module lists them. */
export async function compileRoutes(
  documents: readonly Document[],
  everywhere: readonly Use[],
  config: Config & { readonly hasUpstream: boolean },
  steps: Steps,
  messages: Messages,
): Promise<CompiledRoute[]> {
  const routes: CompiledRoute[] = []
  for (const document of documents) {
    for (const raw of operationsOf(document, messages)) {
      const policies = await policiesOf(raw, everywhere, steps, messages)
      const handler = await steps.handler(raw.handler, raw)
      if (!handler || !canBeRouted(raw, messages)) continue
      const one = { raw, id: raw.id, method: raw.method, path: raw.path, policies, handler }
      checkNeeds(one, messages)
      if (!config.hasUpstream) checkServer(one, config, messages)
      routes.push(one)
    }
  }
  return withUniqueIds(withoutDuplicates(routes, messages))
}

/** The policies of `gateway.json`, for every request. */
export async function globalPolicies(
  { gateway }: Config,
  steps: Steps,
  messages: Messages,
): Promise<readonly Use[]> {
  const value = gateway?.value['policies']
  if (!gateway || value === undefined) return []
  const uses: Use[] = []
  for (const entry of entriesOf({ value, source: gateway, pointer: '/policies' }, messages)) {
    const use = await steps.policy(entry)
    if (use) uses.push(use)
  }
  return uses
}

/** The lists run outermost first; `"!name"` takes an inherited one away. */
async function policiesOf(
  raw: RawRoute,
  everywhere: readonly Use[],
  steps: Steps,
  messages: Messages,
): Promise<readonly Use[]> {
  let uses = everywhere.map((use) => steps.onRoute(use, raw))
  for (const list of raw.policyLists) {
    const inherited = new Set(uses.map(({ name }) => name))
    for (const entry of entriesOf(list, messages)) {
      const { value } = entry
      if (typeof value === 'string' && value.startsWith('!')) {
        const name = value.slice(1)
        if (inherited.has(name)) uses = uses.filter((one) => one.name !== name)
        else tellNotInherited(entry, name, [...inherited], messages)
        continue
      }
      const use = await steps.policy(entry, raw)
      if (use) uses.push(use)
    }
  }
  return uses
}

function entriesOf({ value, source, pointer }: Found, messages: Messages): readonly Found[] {
  if (Array.isArray(value)) {
    return value.map((one: unknown, i) => ({ value: one, source, pointer: step(pointer, i) }))
  }
  messages.error(
    'invalid-extension',
    source.at(pointer),
    `'${pointer.split('/').at(-1)}' is not a list.`,
    'Policies run in the order of a list.',
    'Write ["name", "other-name"].',
  )
  return []
}

function tellNotInherited(
  { source, pointer }: Found,
  name: string,
  inherited: readonly string[],
  messages: Messages,
): void {
  messages.error(
    'not-inherited',
    source.at(pointer),
    `'!${name}' takes away a policy that is not inherited here.`,
    'It would do nothing, and was probably meant for another name.',
    `${suggestion(name, inherited)}Inherited are: ${inherited.join(', ') || 'none'}.`,
  )
}

/** Below `x-base-path`; each document has been told what is wrong with its own templates. */
function canBeRouted({ path, at }: RawRoute, messages: Messages): boolean {
  try {
    readTemplate(path)
    return true
  } catch (error) {
    messages.warning(
      'invalid-path-template',
      at.source.at(at.pointer),
      `The path '${path}' ${(error as Error).message}.`,
      'No request could be matched to it, so the operation is left out.',
      "Write a path as '/pets/{petId}', and 'x-base-path' as '/v1'.",
    )
    return false
  }
}

/** Who is calling has to be known before anything that asks for it. */
function checkNeeds({ raw, policies, handler }: CompiledRoute, messages: Messages): void {
  const provided = new Set<string>()
  for (const use of [...policies, handler]) {
    if (use.needs.includes('principal') && !provided.has('principal')) {
      // an optional principal is enough for a policy, which refuses by itself when there is none
      if (use.kind === 'handler' || !provided.has('optional-principal')) {
        messages.error(
          'principal-missing',
          use.at.source.at(use.at.pointer),
          `'${use.name}' on ${raw.method} ${raw.path} needs to know who is calling.`,
          'No authenticating policy stands before it.',
          'Put one before it, for instance api-key or jwt-auth.',
        )
      }
    }
    for (const one of use.provides) provided.add(one)
  }
  checkAuthentication(raw, policies, provided, messages)
  checkOrder(raw, policies, messages)
}

/** Orders that are allowed and hardly ever meant. */
function checkOrder(
  { method, path }: RawRoute,
  policies: readonly Use[],
  messages: Messages,
): void {
  policies.forEach((use, i) => {
    const before = policies.slice(0, i)
    const at = use.at.source.at(use.at.pointer)
    if (before.some(({ name }) => name === use.name)) {
      messages.warning(
        'policy-twice',
        at,
        `'${use.name}' stands twice on ${method} ${path}.`,
        'It runs twice: a limit would count every request two times.',
        "Take one away, or the inherited one with '!" + use.name + "'.",
      )
    }
    const guard = before.find(({ provides }) => provides.includes('principal'))
    if (use.provides.includes('preflight') && guard) {
      messages.warning(
        'cors-behind-authentication',
        at,
        `'${use.name}' stands behind '${guard.name}' on ${method} ${path}.`,
        'A refusal of the earlier policy has no CORS fields, so a browser hides it from the script.',
        `Put '${use.name}' before '${guard.name}'.`,
      )
    }
  })
}

function checkAuthentication(
  { isSecured, at, method, path }: RawRoute,
  policies: readonly Use[],
  provided: ReadonlySet<string>,
  messages: Messages,
): void {
  const isOpen = !provided.has('principal')
  if (isSecured && isOpen && !provided.has('optional-principal')) {
    messages.warning(
      'security-unenforced',
      at.source.at(at.pointer),
      `${method} ${path} declares 'security', and no authenticating policy stands on it.`,
      'The gateway lets every caller pass; whether the upstream checks is not known here.',
      "Add an authenticating policy to 'x-policies', or leave it to the upstream knowingly.",
    )
  }
  if (isOpen && provided.has('optional-principal') && !policies.some(needsPrincipal)) {
    messages.warning(
      'authentication-optional',
      at.source.at(at.pointer),
      `Every authenticating policy on ${method} ${path} is optional.`,
      'A caller without credentials passes.',
      "Take 'optional' away from one of them, if that is not meant.",
    )
  }
}

const needsPrincipal = (use: Use): boolean => use.needs.includes('principal')

function checkServer({ raw, handler }: CompiledRoute, config: Config, messages: Messages): void {
  if (handler.plugin.name !== 'proxy' || handler.plugin.isOwn) return
  const url = handler.options['url']
  if (typeof url !== 'string') {
    messages.warning(
      'no-upstream',
      raw.at.source.at(raw.at.pointer),
      `${raw.method} ${raw.path} has no absolute server URL.`,
      'Its requests are answered with 502 no-upstream.',
      "Add 'servers' with an absolute URL, or x-handler with proxy.url, or start with --upstream URL.",
    )
  } else if (URL.canParse(url) && config.wrangler.hosts.has(new URL(url).host)) {
    messages.error(
      'server-is-gateway',
      raw.at.source.at(raw.at.pointer),
      `The server of ${raw.method} ${raw.path} is this gateway: ${url}.`,
      'It would send every request to itself, for ever.',
      "Name the service behind the gateway in 'servers' or in proxy.url.",
    )
  }
}

/** Two operations for the same requests: harmless when they are guarded alike, else an error. */
function withoutDuplicates(
  routes: readonly CompiledRoute[],
  messages: Messages,
): readonly CompiledRoute[] {
  const first = new Map<string, CompiledRoute>()
  for (const route of routes) {
    const key = `${route.method} ${shape(route.path)}`
    const earlier = first.get(key)
    if (earlier === undefined) {
      first.set(key, route)
      continue
    }
    const { at, method, path } = route.raw
    const isAlike = fingerprint(earlier) === fingerprint(route)
    messages[isAlike ? 'warning' : 'error'](
      'duplicate-route',
      at.source.at(at.pointer),
      `${method} ${path} matches the same requests as ${earlier.path} (${place(earlier)}).`,
      isAlike
        ? 'Policies and handler are the same; the first one answers.'
        : 'Policies or handler differ, and which of them guards a request must not depend on the order.',
      'Remove one of the two.',
    )
  }
  return [...first.values()]
}

const place = ({ raw: { at } }: CompiledRoute): string => {
  const { file, line } = at.source.at(at.pointer)
  return `${file}:${line}`
}

const fingerprint = ({ policies, handler }: CompiledRoute): string =>
  JSON.stringify(
    [...policies, handler].map(({ name, plugin, options }) => [name, plugin.path, options]),
  )

/** Ids are metric labels and log fields; a second `getPet` becomes `getPet (POST /pets)`. */
function withUniqueIds(routes: readonly CompiledRoute[]): CompiledRoute[] {
  const seen = new Set<string>()
  return routes.map((route) => {
    const id = seen.has(route.id) ? `${route.id} (${route.method} ${route.path})` : route.id
    seen.add(id)
    return { ...route, id }
  })
}
