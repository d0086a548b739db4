import { type Counters, type CounterReport, type Counting, problem, Refusal } from '#gateway'
import { limitUnavailable, type OnFailure } from '../../limits/answers.ts'
import { namedCaller } from '../../limits/caller.ts'
import { actorOf, type AdminContext, isUnreachable, json, noContent, Refused } from './answers.ts'
import type { AdminApp } from './app.ts'

/**
 * What callers have spent, and forgetting it. A caller is named by the values that its policy counts by, a policy
 * in the path or, because no path can hold every name, in the query.
 */
export function addCounterRoutes(app: AdminApp): void {
  app.get('/counters', (c) => (c.req.query('policy') === undefined ? list(c) : inspect(c)))
  app.delete('/counters', (c) => forget(c))
  app.get('/counters/:policy', (c) => inspect(c))
  app.delete('/counters/:policy', (c) => forget(c))
}

function list({ env: { exchange } }: AdminContext): Response {
  const { metrics } = exchange.gateway.runtime
  const failures = (policy: string, outcome: OnFailure) =>
    metrics.value(limitUnavailable, { policy, outcome })
  const items = [...exchange.gateway.counting().values()].map(({ policy, by }) => ({
    policy,
    by: listOf(by),
    unavailable: failures(policy, 'open') + failures(policy, 'closed'),
  }))
  return json({ items, cursor: null })
}

async function inspect(c: AdminContext): Promise<Response> {
  const { policy, named, caller } = callerOf(c)
  const report = await reached(c, (counters) => counters.inspect(policy, caller))
  return json({ policy, caller: named, ...shown(policy, report) })
}

async function forget(c: AdminContext): Promise<Response> {
  const { policy, named, caller } = callerOf(c)
  // first, so that nothing is reset that the trail does not know
  const actor = actorOf(c)
  const detail = { caller: named }
  await c.env.registry.note({ actor, action: 'counters.reset', target: policy, detail })
  await reached(c, (counters) => counters.reset(policy, caller))
  return noContent()
}

interface Called {
  readonly policy: string
  /** As the person wrote it. */
  readonly named: readonly string[]
  /** As the counters know it. */
  readonly caller: string
}

/** @throws Refused */
function callerOf(c: AdminContext): Called {
  const name = c.req.param('policy') ?? c.req.query('policy') ?? ''
  const { policy, by } = existingPolicy(c.env.exchange.gateway.counting(), name)
  const named = c.req.queries('caller') ?? []
  try {
    return { policy, named, caller: namedCaller(by, named) }
  } catch (error) {
    throw new Refused('invalid', (error as Error).message)
  }
}

/** @throws Refused */
function existingPolicy(known: ReadonlyMap<string, Counting>, name: string): Counting {
  const found = known.get(name)
  if (found !== undefined) return found
  const names = [...known.keys()].join(', ')
  throw new Refused(
    'not-found',
    names === ''
      ? 'No route of this gateway counts callers.'
      : `No policy of this name counts callers. There are: ${names}.`,
  )
}

/** @throws Refusal when the counter cannot be asked */
async function reached<T>(
  { env: { exchange, counters } }: AdminContext,
  ask: (counters: Counters) => T | Promise<T>,
): Promise<T> {
  try {
    if (counters !== undefined) return await ask(counters)
  } catch (error) {
    if (!isUnreachable(error as object)) throw error
    exchange.log.warn('counters-unreachable', { error: String(error) })
  }
  const headers = { 'retry-after': '5' }
  throw new Refusal(problem(exchange, UNAVAILABLE, { headers }))
}

const UNAVAILABLE = {
  code: 'counters-unavailable',
  status: 503,
  title: 'The counters cannot be reached at the moment.',
} as const

const listOf = (by: string | readonly string[]): readonly string[] =>
  typeof by === 'string' ? [by] : by

/** A limit without a name of its own has the policy's. */
function shown(policy: string, { levels, inFlight }: CounterReport) {
  const limits = levels.map(
    ({ limit: { name, algorithm, limit, ...rest }, remaining, resetMs }) => ({
      name: name === '' ? policy : name,
      algorithm,
      limit,
      ...('windowMs' in rest ? { windowSeconds: rest.windowMs / 1000 } : { period: rest.period }),
      remaining,
      resetSeconds: Math.ceil(resetMs / 1000),
    }),
  )
  return { limits, inFlight }
}
