import { Hono, type HonoRequest } from 'hono'
import { type Counters, type Exchange, type Keys, problem, Refusal, type Registry } from '#gateway'
import { mediaType } from '../../openapi/bodies/media-type.ts'
import { addConsumerRoutes } from './consumers.ts'
import { addCounterRoutes } from './counters.ts'
import { isUnreachable, Refused, refusal } from './answers.ts'
import { addKeyRoutes } from './keys.ts'
import { openApiDocument } from './openapi.ts'
import { mountPoint } from './mount.ts'
import { addTransferRoutes } from './transfer.ts'

/** What every route finds in its context. */
export interface AdminEnvironment {
  readonly Bindings: {
    readonly exchange: Exchange
    readonly keys: Keys
    /** Absent where no route counts. */
    readonly counters: Counters | undefined
    readonly registry: Registry
    now(): number
  }
}

export type AdminApp = Hono<AdminEnvironment>

/** The REST API. Its routes are those of `openapi.ts`; a test compares them. */
export function adminApp(): AdminApp {
  const app: AdminApp = new Hono<AdminEnvironment>()
  app.use(async ({ env, req }, next) => {
    if (mayBeForged(req)) return problem(env.exchange, 'media-type-unsupported', FORGED)
    await next()
    // so that whoever revokes a key sees it stop at once, where it was revoked
    if (req.method !== 'GET' && !/^\/(imports|counters)/.test(req.path)) env.keys.changed()
    return undefined
  })
  app.get('/openapi.json', ({ env }) =>
    Response.json(openApiDocument(mountPoint(env.exchange.route.path))),
  )
  addConsumerRoutes(app)
  addKeyRoutes(app)
  addCounterRoutes(app)
  addTransferRoutes(app)
  app.get('/metrics', ({ env }) => metrics(env.exchange))
  app.notFound(({ env }) => refusal(env.exchange, 'not-found', 'There is nothing at this path.'))
  app.onError((error, { env }) => {
    if (error instanceof Refusal) return error.response
    if (error instanceof Refused) return refusal(env.exchange, error.code, error.message)
    if (isUnreachable(error)) {
      env.exchange.log.warn('keys-registry-unreachable', { error: String(error) })
      return problem(env.exchange, 'key-unavailable', { headers: { 'retry-after': '5' } })
    }
    throw error
  })
  return app
}

/**
 * Whether a page of any origin could have sent it in the name of whoever looks at it, with a password or a
 * cookie that the browser adds: such a request is a POST of a media type that needs no preflight (Fetch §2.2.2).
 */
function mayBeForged(request: HonoRequest): boolean {
  if (request.method !== 'POST' || request.header('origin') === undefined) return false
  const essence = mediaType(request.header('content-type') ?? '')?.essence
  return essence === undefined || UNASKED.has(essence)
}

const UNASKED = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'])
const FORGED = { detail: 'Send Content-Type: application/json, also with an empty body.' }

/** As Prometheus reads it. Of this isolate alone, so nothing may keep it. */
function metrics({ gateway }: Exchange): Response {
  const headers = {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  }
  return new Response(gateway.runtime.metrics.text(), { headers })
}
