import { type ClientOf, clientSource, isLocal } from './client.ts'
import { countingOf } from './counting.ts'
import { type Arrival, Exchange, type Miss } from './exchange.ts'
import type { Handle, Handler } from './handler.ts'
import { consoleSink, described, logger, type Sink } from './log.ts'
import type { Options, OptionSet } from './option.ts'
import { canonicalPath, hasEncodedSlash, splitUrl } from './path.ts'
import { type Plan, run } from './pipeline.ts'
import type { Counting, Hooks, Policy } from './policy.ts'
import { NotReady } from './problem.ts'
import { type Fault, faultsOf } from './readiness.ts'
import { allowed, find, parameterNames, type Trie } from './router.ts'
import { type Env, platformRuntime, type Runtime } from './runtime.ts'
import type { Settings } from './settings.ts'
import { withEnv } from './variables.ts'

/** What compile writes: the whole gateway, in typed calls to `policy`, `handler` and `route`. */
export interface Definition {
  readonly settings: Settings
  readonly trie: Trie
  /** With the routes that only `dispatch` reaches; absent when there are none. */
  readonly internalTrie?: Trie
  /** The trie's indices point here. Made when first needed, so that a thousand routes start as fast as one. */
  readonly routes: readonly (() => Route)[]
  /** Answers what no route matches. */
  readonly unmatched: () => Route
  /** The stores that some part needs. */
  readonly stores?: readonly Store[]
}

/** Adds one kind of state to the runtime. */
export type Store = (env: Env, runtime: Runtime) => Partial<Runtime>

/** A policy or handler with its checked options. Started on first use, then kept for the isolate. */
export interface Step<T> {
  readonly name: string
  /** Whether its finish hook waits for the end of the body. */
  readonly observesEnd: boolean
  start(runtime: Runtime): T
  /** As in `Policy.counts`. */
  counts?(runtime: Runtime): Counting
}

export interface Route {
  readonly id: string
  /** `*` is any. */
  readonly method: string
  readonly path: string
  readonly policies: readonly Step<Hooks>[]
  readonly handler: Step<Handle>
  /** The policies that run on a CORS preflight of this route. */
  readonly preflight: readonly Step<Hooks>[]
  /** Names of the template's parameters, in order. */
  readonly parameters: readonly string[]
  /** Whether parameters may hold `%2F`. */
  readonly encodedSlash: boolean
}

/** Compile writes calls to these, so that `tsc` checks the options against the policy. */
export function policy<S extends OptionSet>(
  name: string,
  use: Policy<S>,
  options: Options<S>,
  derived?: unknown,
): Step<Hooks> {
  const needs = typeof use.needs === 'function' ? use.needs(options) : use.needs
  const start = once((runtime) => use.setup(ready(use, options, runtime), runtime, parsed(derived)))
  const observesEnd = needs?.includes('response-end') ?? false
  if (use.counts === undefined) return { name, start, observesEnd }
  const counts = (runtime: Runtime) => use.counts!(ready(use, options, runtime), name)
  return { name, start, observesEnd, counts }
}

/** Compile writes a function, so that what a step derived is parsed when the step starts, not when the Worker does. */
const parsed = (derived: unknown): unknown =>
  typeof derived === 'function' ? (derived as () => unknown)() : derived

export function handler<S extends OptionSet>(
  name: string,
  use: Handler<S>,
  options: Options<S>,
  derived?: unknown,
): Step<Handle> {
  const start = once((runtime) => use.setup(ready(use, options, runtime), runtime, parsed(derived)))
  return { name, start, observesEnd: false }
}

export function route(
  id: string,
  method: string,
  path: string,
  policies: readonly Step<Hooks>[],
  use: Step<Handle>,
  more: { readonly preflight?: readonly Step<Hooks>[]; readonly encodedSlash?: boolean } = {},
): Route {
  return {
    id,
    method,
    path,
    policies,
    handler: use,
    preflight: more.preflight ?? [],
    parameters: parameterNames(path),
    encodedSlash: more.encodedSlash ?? false,
  }
}

/** The running gateway: one per isolate. */
export class Gateway {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly clientOf: ClientOf
  /** On one's own machine, where nobody else has looked at a request before. */
  readonly isLocal: boolean
  readonly sink: Sink
  readonly #definition: Definition
  readonly #plans = new Map<number, Prepared>()

  constructor(definition: Definition, env: Env, sink: Sink = consoleSink) {
    this.#definition = definition
    this.settings = definition.settings
    this.sink = sink
    this.runtime = platformRuntime(env, logger(sink))
    for (const store of definition.stores ?? []) {
      Object.assign(this.runtime, store(env, this.runtime))
    }
    this.isLocal = isLocal(env)
    this.clientOf = clientSource(env, definition.settings.trustedProxy)
  }

  /** Answers a request from outside. Never rejects. */
  fetch(request: Request, context: ExecutionContext): Promise<Response> {
    return this.#answer({ trie: this.#definition.trie, request, context, parent: undefined })
  }

  /** Answers a request that an exchange sends to another route; also reaches internal routes. */
  dispatch(request: Request, context: ExecutionContext, parent: Exchange): Promise<Response> {
    const { trie, internalTrie } = this.#definition
    return this.#answer({ trie: internalTrie ?? trie, request, context, parent })
  }

  /** What cannot start with the variables and secrets that are set. */
  faults(): readonly Fault[] {
    return faultsOf(this.#routes(), this.runtime)
  }

  /** What policies count, by the names of their counters. Looks at every route. */
  counting(): ReadonlyMap<string, Counting> {
    return countingOf(this.#routes(), this.runtime)
  }

  /** Notes a failure that must not show outside. */
  report(exchange: Exchange, error: unknown): void {
    exchange.log.error('failed', described(error))
  }

  #routes(): readonly Route[] {
    const { routes, unmatched } = this.#definition
    return [...routes, unmatched].map((make) => make())
  }

  #answer(call: Call): Promise<Response> {
    const { trie, request } = call
    const { path: raw, query } = splitUrl(request.url)
    const path = canonicalPath(raw)
    if (path === undefined) return this.#miss(call, raw, query, AMBIGUOUS)
    const values: string[] = []
    const index = find(trie, request.method, path, values)
    if (index < 0) return this.#unmatched(call, path, query)
    const { route, plan, preflight } = this.#prepared(index)
    if (hasEncodedSlash(path) && !route.encodedSlash) {
      return this.#miss(call, path, query, AMBIGUOUS)
    }
    // a route for any method has no OPTIONS of its own
    const isPreflight =
      route.method === '*' && preflight.hooks.length > 0 && isCorsPreflight(request)
    return this.#run(call, { request, path, query, route, values }, isPreflight ? preflight : plan)
  }

  #unmatched(call: Call, path: string, query: string): Promise<Response> {
    const allow = allowed(call.trie, path)
    const isOptions = call.request.method === 'OPTIONS'
    const miss: Miss = { reason: isOptions ? 'options' : 'method-not-allowed', allow }
    const preflight = this.#preflight(call, path, query, miss)
    if (preflight !== undefined) return preflight
    if (hasEncodedSlash(path)) return this.#miss(call, path, query, AMBIGUOUS)
    return this.#miss(call, path, query, allow.length === 0 ? NOT_FOUND : miss)
  }

  /** A CORS preflight (Fetch §4.8) is matched as the method it asks about; only `cors` runs. */
  #preflight(call: Call, path: string, query: string, miss: Miss): Promise<Response> | undefined {
    const { request } = call
    if (!isCorsPreflight(request)) return undefined
    const method = request.headers.get('access-control-request-method')!
    const values: string[] = []
    const index = find(call.trie, method, path, values)
    if (index < 0) return undefined
    const { route, preflight } = this.#prepared(index)
    if (hasEncodedSlash(path) && !route.encodedSlash) return undefined
    return this.#run(call, { request, path, query, route, values, miss }, preflight)
  }

  #miss(call: Call, path: string, query: string, miss: Miss): Promise<Response> {
    const { route, plan } = this.#prepared(UNMATCHED)
    return this.#run(call, { request: call.request, path, query, route, values: [], miss }, plan)
  }

  #run(call: Call, arrival: Arrival, plan: Plan): Promise<Response> {
    return run(new Exchange(this, arrival, plan, call.context, call.parent))
  }

  #prepared(index: number): Prepared {
    const known = this.#plans.get(index)
    if (known !== undefined) return known
    const { routes, unmatched } = this.#definition
    const one = (index === UNMATCHED ? unmatched : routes[index]!)()
    const prepared: Prepared = {
      route: one,
      plan: planOf(one.policies, start(one.handler, this.runtime, refusing), this.runtime),
      preflight: planOf(one.preflight, answerOptions, this.runtime),
    }
    this.#plans.set(index, prepared)
    return prepared
  }
}

/** A request on its way to a route. */
interface Call {
  readonly trie: Trie
  readonly request: Request
  readonly context: ExecutionContext
  readonly parent: Exchange | undefined
}

const AMBIGUOUS: Miss = { reason: 'path-ambiguous', allow: [] }
const NOT_FOUND: Miss = { reason: 'route-not-found', allow: [] }

interface Prepared {
  readonly route: Route
  readonly plan: Plan
  readonly preflight: Plan
}

const UNMATCHED = -1

const isCorsPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')

/** RFC 9110 §9.3.7. */
export const answerOptions: Handle = ({ miss }) =>
  new Response(null, { status: 204, headers: { allow: miss?.allow.join(', ') ?? '' } })

function planOf(steps: readonly Step<Hooks>[], handle: Handle, runtime: Runtime): Plan {
  const hooks = steps.map((step) => start(step, runtime, (error) => ({ request: refusing(error) })))
  return {
    hooks,
    names: steps.map(({ name }) => name),
    handle,
    changesResponse: hooks.some((hook) => hook.response !== undefined),
    finishes: hooks.some((hook) => hook.finish !== undefined),
    observesEnd: steps.some((step) => step.observesEnd),
  }
}

/** A step that cannot start refuses every request in its place, so nothing behind it is reached. */
function start<T>(step: Step<T>, runtime: Runtime, otherwise: (error: unknown) => T): T {
  try {
    return step.start(runtime)
  } catch (error) {
    return otherwise(error)
  }
}

const refusing = (error: unknown) => (): never => {
  throw error
}

/** Options with their variables filled in, checked once more: compile did not know the values. */
function ready<S extends OptionSet>(
  use: Pick<Policy<S>, 'check'>,
  options: Options<S>,
  runtime: Runtime,
): Options<S> {
  const filled = withEnv(options, runtime)
  try {
    use.check?.(filled)
  } catch (error) {
    throw new NotReady((error as Error).message)
  }
  return filled
}

function once<T>(make: (runtime: Runtime) => T): (runtime: Runtime) => T {
  let made: T | undefined
  return (runtime) => (made ??= make(runtime))
}
