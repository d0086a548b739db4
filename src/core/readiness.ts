import type { Gateway, Route } from './gateway.ts'
import { NotReady } from './problem.ts'
import type { Env, Runtime } from './runtime.ts'

/** A policy or handler that refuses every request, because it cannot start with what is set. */
export interface Fault {
  /** The configured name. */
  readonly part: string
  /** Never holds a value of a variable or secret. */
  readonly reason: string
}

/** The variable that `cardea deploy` sets: SHA-256, in hexadecimal, of what it will present. */
export const CHECK_VARIABLE = 'CARDEA_CHECK'
export const CHECK_HEADER = 'cardea-check'
/** Of the health service on one's own machine: whoever knows the word says there that the gateway is about to stop. */
export const STOPPING_PATH = '/stopping'

/**
 * Whether this may be the one question that `cardea deploy` asks the version it has just uploaded. Without the
 * variable, which is everywhere else, nobody is ever answered.
 */
export const isCheck = (request: Request, env: Env): boolean =>
  typeof env[CHECK_VARIABLE] === 'string' && request.headers.has(CHECK_HEADER)

/**
 * Tells who made this version which parts cannot start: only the Worker knows what its secrets hold. The answer
 * is for the one process that knows the preimage of the variable; anybody else's request is an ordinary one.
 */
export async function answerCheck(
  gateway: Gateway,
  request: Request,
  env: Env,
  context: ExecutionContext,
): Promise<Response> {
  const presented = new TextEncoder().encode(request.headers.get(CHECK_HEADER)!)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', presented))
  // a digest of something unknown tells nothing by the time it takes to compare
  if (hexadecimal(digest) !== env[CHECK_VARIABLE]) return gateway.fetch(request, context)
  return Response.json({ faults: gateway.faults() }, { headers: { 'cache-control': 'no-store' } })
}

/** Starts every part of the routes that has not started yet. */
export function faultsOf(routes: Iterable<Route>, runtime: Runtime): readonly Fault[] {
  const faults = new Map<string, Fault>()
  for (const { policies, handler } of routes) {
    for (const step of [...policies, handler]) {
      try {
        step.start(runtime)
      } catch (error) {
        // only these texts are written to be seen; others may quote what they were given
        const reason = error instanceof NotReady ? error.message : 'it fails to start; see its log'
        faults.set(`${step.name} ${reason}`, { part: step.name, reason })
      }
    }
  }
  return [...faults.values()]
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
