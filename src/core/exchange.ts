import { readBody } from './body.ts'
import type { Client } from './client.ts'
import type { Gateway, Route } from './gateway.ts'
import { type Logger, logger } from './log.ts'
import type { Plan } from './pipeline.ts'
import type { Principal } from './principal.ts'
import { refuse } from './problem.ts'
import type { Settings } from './settings.ts'
import { continueTrace, type Trace } from './trace.ts'
import { draft, type UpstreamRequest } from './upstream-request.ts'

/**
 * One request's trip through the gateway, from arrival to the last byte of the answer. What not every
 * request needs (id, draft, client, parameters, slots) is made when it is first asked for.
 */
export class Exchange {
  readonly gateway: Gateway
  /** What arrived. Read-only; changes go to `upstreamRequest`. */
  readonly request: Request
  /** The canonical path, still escaped: what the router matched and what goes upstream. */
  readonly path: string
  /** As it arrived: empty, or starts with `?`. */
  readonly query: string
  readonly route: Route
  readonly plan: Plan
  /** Index in the plan of the policy that is at work; past its end while the handler is. Set by the pipeline. */
  position = 0
  principal: Principal | undefined
  /** Why nothing matched, on the route for everything unmatched. */
  readonly miss: Miss | undefined
  /** Set when the body has ended, for parts that need `response-end`. */
  delivery: Delivery | undefined
  /** The upstream's answer that the handler hands on: of its body the length is known, if it says one. */
  passed: Response | undefined
  /** A refusal found while the body was already on its way; it takes the place of the handler's answer or failure. */
  refusal: Response | undefined
  readonly #context: ExecutionContext
  readonly #values: readonly string[]
  readonly #parent: Exchange | undefined
  #id: string | undefined
  #client: Client | undefined
  #params: Readonly<Record<string, string>> | undefined
  #search: URLSearchParams | undefined
  #upstream: UpstreamRequest | undefined
  #slots: Map<string, unknown> | undefined
  #body: Promise<Uint8Array> | undefined
  #log: Logger | undefined
  #trace: Trace | null | undefined

  constructor(
    gateway: Gateway,
    arrival: Arrival,
    plan: Plan,
    context: ExecutionContext,
    parent?: Exchange,
  ) {
    this.gateway = gateway
    this.plan = plan
    this.request = arrival.request
    this.path = arrival.path
    this.query = arrival.query
    this.route = arrival.route
    this.miss = arrival.miss
    this.principal = parent?.principal
    this.delivery = undefined
    this.passed = undefined
    this.refusal = undefined
    this.#context = context
    this.#values = arrival.values
    this.#parent = parent
  }

  get settings(): Settings {
    return this.gateway.settings
  }

  /** Configured name of the policy that is at work; undefined while the handler is. */
  get step(): string | undefined {
    return this.plan.names[this.position]
  }

  /**
   * Whether the policy at work has already let this caller pass, before the dispatch that this exchange comes
   * from. An authenticating policy that finds no credentials then lets it pass: the principal stands. Where a
   * policy has since made another principal of it, nobody has.
   */
  get isVouchedFor(): boolean {
    if (this.principal === undefined) return false
    const hooks = this.plan.hooks[this.position]!
    for (let one = this.#parent; one?.principal === this.principal; one = one.#parent) {
      const at = one.plan.hooks.indexOf(hooks)
      if (at >= 0 && at < one.position) return true
    }
    return false
  }

  /** Stands on every answer the gateway makes, on every log line, and in `X-Request-Id` to the upstream. */
  get id(): string {
    return (this.#id ??= this.#parent?.id ?? this.gateway.runtime.randomUUID())
  }

  get client(): Client {
    return (this.#client ??= this.#parent?.client ?? this.gateway.clientOf(this.request))
  }

  /** Aborted when the client leaves, as far as the platform notices. */
  get signal(): AbortSignal {
    return this.request.signal
  }

  /** The path's parameters, decoded. */
  get params(): Readonly<Record<string, string>> {
    return (this.#params ??= named(this.route.parameters, this.#values))
  }

  /** A parameter of the path as it stands there: canonical and still escaped. */
  rawParam(name: string): string | undefined {
    const index = this.route.parameters.indexOf(name)
    return index < 0 ? undefined : this.#values[index]
  }

  /** The query, decoded. Parsed once. */
  get search(): URLSearchParams {
    return (this.#search ??= new URLSearchParams(this.query))
  }

  get upstreamRequest(): UpstreamRequest {
    return (this.#upstream ??= draft(this))
  }

  /** The caller's trace, if it sent a valid one. */
  get trace(): Trace | undefined {
    this.#trace ??=
      continueTrace(this.request.headers.get('traceparent'), () =>
        this.id.replaceAll('-', '').slice(0, 16),
      ) ?? null
    return this.#trace ?? undefined
  }

  /** Every line carries request id, route and path. The query is left out: it may hold credentials. */
  get log(): Logger {
    return (this.#log ??= logger(this.gateway.sink, () => ({
      request: this.id,
      route: this.route.id,
      path: this.path,
      ...(this.step !== undefined && { step: this.step }),
      ...(this.trace !== undefined && { trace: this.trace.traceId }),
    })))
  }

  get<T>(slot: Slot<T>): T | undefined {
    return this.#slots?.get(slot.name) as T | undefined
  }

  set<T>(slot: Slot<T>, value: T): void {
    ;(this.#slots ??= new Map()).set(slot.name, value)
  }

  /** Keeps the Worker alive for work that outlives the answer. A failure is logged. */
  waitUntil(work: Promise<unknown>): void {
    this.#context.waitUntil(work.catch((error: unknown) => this.gateway.report(this, error)))
  }

  /**
   * The whole request body, read once and shared by every part that declares `needs: ['body']`. The upstream
   * then receives the bytes that were read.
   * @throws Refusal 413 beyond `requestBodyBytesMax`, 400 when the client stops sending
   */
  body(): Promise<Uint8Array> {
    return (this.#body ??= readBody(this))
  }

  /**
   * Sends a request to another route of this gateway, in-process: same client, same principal, that route's
   * policies and handler. An authenticating policy that this exchange has passed needs no credentials there.
   * At most eight deep.
   */
  dispatch(request: Request): Promise<Response> {
    if (this.depth >= DEPTH_MAX) refuse(this, 'dispatch-too-deep')
    return this.gateway.dispatch(request, this.#context, this)
  }

  /** How many dispatches lie behind this exchange. */
  get depth(): number {
    return this.#parent === undefined ? 0 : this.#parent.depth + 1
  }
}

/** What the router found. */
export interface Arrival {
  readonly request: Request
  readonly path: string
  readonly query: string
  readonly route: Route
  readonly values: readonly string[]
  readonly miss?: Miss | undefined
}

/** Why no route matched. */
export interface Miss {
  readonly reason: 'path-ambiguous' | 'route-not-found' | 'method-not-allowed' | 'options'
  /** Methods some route takes at this path. */
  readonly allow: readonly string[]
}

/** How an answer's body ended. */
export interface Delivery {
  readonly outcome: 'complete' | 'cancelled'
  /** Bytes handed on; undefined when the client left before a body of known length had ended. */
  readonly bytes: number | undefined
}

/** A typed place in the exchange for one part to leave something for another. The name is its identity. */
export interface Slot<T> {
  readonly name: string
  readonly '~type'?: T
}

export function slot<T>(name: string): Slot<T> {
  return { name }
}

const DEPTH_MAX = 8
const NOTHING: Readonly<Record<string, string>> = Object.freeze({})

function named(
  names: readonly string[],
  values: readonly string[],
): Readonly<Record<string, string>> {
  if (names.length === 0) return NOTHING
  // no prototype: a parameter may be called `constructor`
  const result = Object.create(null) as Record<string, string>
  for (let i = 0; i < names.length; i++) {
    const value = values[i] ?? ''
    result[names[i]!] = value.includes('%') ? decodeURIComponent(value) : value
  }
  return result
}
