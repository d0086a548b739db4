import type { Exchange } from './exchange.ts'
import type { Options, OptionSet } from './option.ts'
import type { Runtime } from './runtime.ts'

export type Async<T> = T | Promise<T>

/** What a policy does to one exchange. Leave out what you do not need: a missing hook costs nothing. */
export interface Hooks {
  /**
   * On the way in, in listed order. Return nothing to continue, a Response to answer now. Edit
   * `exchange.upstreamRequest` to change what goes upstream.
   */
  request?(exchange: Exchange): Async<Response | void>
  /**
   * On the way out, in reverse order. Return nothing to keep the response (its headers may be edited in
   * place), a Response to replace it. Not called for `101 Switching Protocols`, which nobody may rebuild.
   */
  response?(response: Response, exchange: Exchange): Async<Response | void>
  /**
   * For logs, metrics and metering, after the answer is handed over. Cannot change or delay it. Not called when the
   * client leaves before there is an answer, unless the policy needs `response-end`.
   */
  finish?(response: Response, exchange: Exchange): Async<void>
}

/**
 * What a part wants from the rest.
 * - `principal`: an authenticating policy earlier in the list
 * - `body`: reads the request's body through `exchange.body()`
 * - `response-end`: `finish` runs when the body has ended, with `exchange.delivery`; when the client leaves before there
 *   is an answer it gets one of status 499, so that it always runs
 * - `counters`, `keys`: the stores of that name in `runtime`
 */
export type Need = 'principal' | 'body' | 'response-end' | 'counters' | 'keys'

/**
 * What later parts may rely on.
 * - `principal`: authenticates, and refuses who cannot be authenticated
 * - `optional-principal`: authenticates whom it can and lets the others pass
 * - `preflight`: answers CORS preflights; the only kind of policy that runs on one
 */
export type Provision = 'principal' | 'optional-principal' | 'preflight'

export type Status = 'stable' | 'beta' | 'experimental'

/** What a policy counts, for administration. */
export interface Counting {
  /** The name of its counters, as it gives it to `runtime.counters`. */
  readonly policy: string
  /** What tells callers apart, as the option `by` of `rate-limit` has it; several tell them apart together. */
  readonly by: string | readonly string[]
}

export interface Policy<S extends OptionSet = OptionSet> {
  /** One sentence, for the docs table and for editors. */
  readonly summary: string
  /** May be left out in a policy of one's own. */
  readonly status?: Status
  readonly needs?: readonly Need[] | ((options: Options<S>) => readonly Need[])
  readonly provides?: readonly Provision[] | ((options: Options<S>) => readonly Provision[])
  readonly options: S
  /**
   * Refuses options that do not go together: throw an Error with a sentence, which never holds a secret.
   * Compile asks and tells the user; the Worker asks again with variables filled in and then answers 503.
   */
  check?(options: Options<S>): void
  /**
   * For a policy that counts callers: says which, so that people can look at their counters and reset them.
   * `name` is its name on the route, `exchange.step`.
   */
  counts?(options: Options<S>, name: string): Counting
  /**
   * Runs once per isolate, before the first request that needs it: parse, compile, precompute; no I/O.
   * Throw `NotReady` when a setting is unusable: the route then answers 503 and nothing passes.
   * `derived` is what the policy's `<name>.compile.ts` made of the operation, if it has one.
   */
  setup(options: Options<S>, runtime: Runtime, derived?: unknown): Hooks
}

/** Gives `setup` the types of the options. */
export function definePolicy<const S extends OptionSet>(policy: Policy<S>): Policy<S> {
  return policy
}
