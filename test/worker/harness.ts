import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { type Definition, Gateway, handler, route, type Step } from '../../src/core/gateway.ts'
import { defineHandler, type Handle } from '../../src/core/handler.ts'
import type { Hooks } from '../../src/core/policy.ts'
import type { Env, Runtime } from '../../src/core/runtime.ts'
import type { Settings } from '../../src/core/settings.ts'
import unmatched from '../../src/core/unmatched.ts'
import { buildTrie } from '../../scripts/compile/trie.ts'

/** One route of the gateway under test: `ANY /{rest+}` unless told otherwise. */
export interface OneRoute {
  /** Steps as the compiler would write them: `policy('name', definition, options)`. */
  readonly policies?: readonly Step<Hooks>[]
  readonly handle?: Handle
  readonly method?: string
  readonly path?: string
}

export interface Setup extends OneRoute {
  /** Other routes, which the one under test may dispatch to. */
  readonly others?: readonly OneRoute[]
  readonly settings?: Partial<Settings>
  readonly env?: Env
  /** Replaces parts of the outside world: a moved clock, a fetch that answers by itself. */
  readonly runtime?: Partial<Runtime>
  /** Policies that run on a preflight. */
  readonly preflight?: readonly Step<Hooks>[]
  readonly encodedSlash?: boolean
}

/** A gateway with one route, `ANY /{rest+}` unless told otherwise, and what it did. */
export interface Harness {
  fetch(url: string, init?: RequestInit): Promise<Response>
  readonly gateway: Gateway
  /** Log lines, parsed. */
  readonly logs: Record<string, unknown>[]
  /** Resolves when all that `waitUntil` holds is done. */
  settled(): Promise<void>
}

export function harness({
  policies = [],
  handle = OK,
  method = '*',
  path = '/{rest+}',
  others = [],
  settings = {},
  env = {},
  runtime = {},
  preflight = [],
  encodedSlash = false,
}: Setup): Harness {
  const logs: Record<string, unknown>[] = []
  const rest = others.map(whole)
  const definition: Definition = {
    settings: {
      discloseNames: true,
      requestBodyBytesMax: 1024,
      keyPrefix: 'cardea',
      ...settings,
    },
    trie: buildTrie([{ method, path }, ...rest].map((one, index) => ({ ...one, index }))),
    routes: [
      () => route('test', method, path, policies, endOf(handle), { preflight, encodedSlash }),
      ...rest.map(
        (one) => () => route(one.path, one.method, one.path, one.policies, endOf(one.handle)),
      ),
    ],
    unmatched: () => route('unmatched', '*', '', [], handler('unmatched', unmatched, {})),
    stores: [() => runtime],
  }
  const gateway = new Gateway(definition, { CARDEA_PLATFORM: 'workerd', ...env }, (_, line) =>
    logs.push(JSON.parse(line) as Record<string, unknown>),
  )
  const contexts: ExecutionContext[] = []
  return {
    gateway,
    logs,
    fetch(url, init) {
      const context = createExecutionContext()
      contexts.push(context)
      const address = url.startsWith('/') ? `http://gateway.test${url}` : url
      return gateway.fetch(new Request(address, init), context)
    },
    async settled() {
      await Promise.all(contexts.map(waitOnExecutionContext))
    },
  }
}

const whole = ({ method = '*', path = '/{rest+}', policies = [], handle = OK }: OneRoute) => ({
  method,
  path,
  policies,
  handle,
})

const OK: Handle = () => new Response('ok')

const endOf = (handle: Handle): Step<Handle> =>
  handler('test', defineHandler({ summary: 'test', options: {}, setup: () => handle }), {})

/** A handler that answers with what it would send upstream: `{ method, path, query, headers, body }`. */
export const echo: Handle = async ({ upstreamRequest }) => {
  const { method, path, query, headers, body } = upstreamRequest
  const text = body === null ? null : await new Response(body).text()
  return Response.json({ method, path, query, headers: Object.fromEntries(headers), body: text })
}

/** Everything of a problem but its changing request id. */
export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  const { requestId: _, ...rest } = await response.json<Record<string, unknown>>()
  return rest
}
