import type { Context } from 'hono'
import {
  type Exchange,
  type Outcome,
  type OwnProblem,
  problem,
  type RegistryFailure,
} from '#gateway'
import { readJson } from '../../openapi/bodies/json.ts'
import type { AdminEnvironment } from './app.ts'
import { toJson } from './json.ts'

export type AdminContext = Context<AdminEnvironment>

/** Thrown where a request turns out to be wrong; the application answers with the problem. */
export class Refused extends Error {
  readonly code: RegistryFailure

  constructor(code: RegistryFailure, detail: string) {
    super(detail)
    this.code = code
  }
}

export function refusal(exchange: Exchange, code: RegistryFailure, detail: string): Response {
  return problem(exchange, FAILURES[code], { detail })
}

/** What the registry holds, with its version as ETag (RFC 9110 §8.8.3). */
export function entity(
  record: { readonly version: number },
  { status = 200, headers = {}, more = {} }: Extras = {},
): Response {
  const body = { ...toJson(record), ...more }
  return Response.json(body, {
    status,
    headers: { etag: `"${record.version}"`, 'cache-control': 'no-store', ...headers },
  })
}

export function json(value: unknown, status = 200): Response {
  return Response.json(toJson(value), { status, headers: { 'cache-control': 'no-store' } })
}

export const noContent = (): Response => new Response(null, { status: 204 })

/** @throws Refused */
export function expect<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Refused(outcome.code, outcome.detail)
  return outcome.value
}

/** @throws Refused */
export function existing<T>(record: T | null, what: string): T {
  if (record === null) throw new Refused('not-found', `There is no such ${what}.`)
  return record
}

/**
 * The version that `If-Match` asks for (RFC 9110 §13.1.1); null: any.
 * @throws Refused when it is none of ours, which no version can match
 */
export function expectedVersion({ req }: AdminContext): number | null {
  const field = req.header('if-match')
  if (field === undefined || field === '*') return null
  const version = /^"(\d{1,15})"$/.exec(field)?.[1]
  if (version === undefined) {
    throw new Refused('changed', 'If-Match must be one strong ETag as this API gives them, or *.')
  }
  return Number(version)
}

/** Who does it, for the audit trail. */
export function actorOf({ env }: AdminContext): string {
  const { method, subject } = env.exchange.principal!
  return `${method}:${subject}`
}

/** @throws Refused unless the body is JSON that can be read in one way; an absent one is `{}` */
export async function bodyOf({ env }: AdminContext): Promise<unknown> {
  const text = textOf(await env.exchange.body())
  if (text === '') return {}
  const read = readJson(text)
  if ('keyword' in read) throw new Refused('invalid', `The body ${read.detail}.`)
  return read.value
}

/** @throws Refused */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Refused('invalid', 'The body must be UTF-8.')
  }
}

/** `limit` and `cursor` of a list. */
export function pageOf({ req }: AdminContext): { cursor: string | null; limit: number } {
  const limit = Number(req.query('limit') ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new Refused('invalid', '"limit" must be a whole number from 1 to 1000.')
  }
  return { cursor: req.query('cursor') ?? null, limit }
}

/** What the platform says of a Durable Object that is overloaded, restarting or away. */
export function isUnreachable(error: object): boolean {
  const { retryable, overloaded, durableObjectReset } = error as Record<string, unknown>
  return retryable === true || overloaded === true || durableObjectReset === true
}

interface Extras {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly more?: Readonly<Record<string, unknown>>
}

const FAILURES: Readonly<Record<RegistryFailure, OwnProblem>> = {
  'not-found': { code: 'not-found', status: 404, title: 'There is no such thing.' },
  exists: { code: 'already-exists', status: 409, title: 'It is there already.' },
  changed: { code: 'version-changed', status: 412, title: 'It has changed meanwhile.' },
  invalid: { code: 'input-invalid', status: 400, title: 'The input is not what it must be.' },
  full: { code: 'registry-full', status: 507, title: 'The registry takes no more.' },
}
