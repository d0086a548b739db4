import { observeEnd } from './delivery.ts'
import type { Exchange } from './exchange.ts'
import type { Handle } from './handler.ts'
import { NotReady, problem, Refusal } from './problem.ts'
import type { Hooks } from './policy.ts'

/** What a route does, worked out on its first request: a hook that is absent costs nothing. */
export interface Plan {
  readonly hooks: readonly Hooks[]
  /** Configured names, beside `hooks`. */
  readonly names: readonly string[]
  readonly handle: Handle
  readonly changesResponse: boolean
  readonly finishes: boolean
  /** Whether some finish hook waits for the end of the body. */
  readonly observesEnd: boolean
}

/**
 * Runs one exchange: request hooks in order, the handler, then the way back in reverse order. Never rejects:
 * whatever throws becomes a problem, so nothing passes that has not been let pass.
 */
export async function run(exchange: Exchange): Promise<Response> {
  const { plan } = exchange
  const { hooks } = plan
  let passed = 0
  let called = 0
  let response: Response | undefined
  const end = plan.observesEnd ? finishWhenLeft(exchange, () => called) : undefined
  try {
    while (passed < hooks.length) {
      exchange.position = passed
      called = passed + 1
      const result = hooks[passed]!.request?.(exchange)
      if (result !== undefined) {
        // an answer that is there is not awaited
        const answer = result instanceof Promise ? await result : result
        if (answer !== undefined) {
          response = answer
          break
        }
      }
      passed++
    }
    if (response === undefined) {
      exchange.position = passed
      const result = plan.handle(exchange)
      response = result instanceof Promise ? await result : result
      // what `fetch` gave has an address: a handler of one's own hands it on as it is
      if (plan.observesEnd && response.url !== '') exchange.passed ??= response
    }
  } catch (error) {
    response = failed(exchange, error)
  }
  if (exchange.refusal !== undefined && response !== exchange.refusal) {
    void response.body?.cancel().catch(() => undefined)
    response = exchange.refusal
  }
  if (response.status !== 101 && plan.changesResponse) {
    response = await back(exchange, plan, passed, response)
  }
  if (end !== undefined) {
    if (end.isReached) {
      void response.body?.cancel().catch(() => undefined)
      return response
    }
    end.isReached = true
    if (response.status !== 101)
      return observeEnd(exchange, response, () => finish(exchange, plan, called, response!))
  }
  if (plan.finishes) exchange.waitUntil(finish(exchange, plan, called, response))
  return response
}

/** The way back, through the policies that were passed. The response is wrapped once, before the first hook. */
async function back(
  exchange: Exchange,
  { hooks }: Plan,
  passed: number,
  first: Response,
): Promise<Response> {
  let response = first
  let isOurs = false
  for (let i = passed - 1; i >= 0; i--) {
    const hook = hooks[i]!
    if (hook.response === undefined) continue
    exchange.position = i
    try {
      if (!isOurs) response = new Response(response.body, response)
      isOurs = true
      const result = hook.response(response, exchange)
      const replaced = result instanceof Promise ? await result : result
      if (replaced !== undefined) {
        response = replaced
        isOurs = false
      }
    } catch (error) {
      // what was being checked must not leave
      void response.body?.cancel().catch(() => undefined)
      response = failed(exchange, error)
      isOurs = true
    }
  }
  return response
}

/** Whoever comes first finishes the exchange: its answer, or the client that leaves before there is one. */
interface End {
  isReached: boolean
}

/**
 * Nothing else may run any more once the client has left, so those who wait for the end are told at once: with
 * a status that no client ever sees.
 *
 * @param called how many policies were called by then
 */
function finishWhenLeft(exchange: Exchange, called: () => number): End {
  const end: End = { isReached: false }
  exchange.signal.addEventListener('abort', () => {
    if (end.isReached) return
    end.isReached = true
    exchange.delivery = { outcome: 'cancelled', bytes: 0 }
    const nobodys = new Response(null, { status: CLIENT_LEFT })
    exchange.waitUntil(finish(exchange, exchange.plan, called(), nobodys))
  })
  return end
}

/** Not registered; nginx's word for it, `client closed request`, which log readers know. */
const CLIENT_LEFT = 499

async function finish(
  exchange: Exchange,
  { hooks }: Plan,
  called: number,
  response: Response,
): Promise<void> {
  for (let i = 0; i < called; i++) {
    exchange.position = i
    try {
      await hooks[i]!.finish?.(response, exchange)
    } catch (error) {
      exchange.gateway.report(exchange, error)
    }
  }
}

/** Closed, never open: a refusal as it is, everything else without detail. */
export function failed(exchange: Exchange, error: unknown): Response {
  if (error instanceof Refusal) return error.response
  if (exchange.refusal !== undefined) return exchange.refusal
  exchange.gateway.report(exchange, error)
  return problem(exchange, error instanceof NotReady ? 'not-ready' : 'internal-error')
}
