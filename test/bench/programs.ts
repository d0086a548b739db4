import { document } from '../harness/gateway.ts'
import { type Credentials, ofEs256, ofHs256, ofKey } from './credentials.ts'
import { orderSchema } from './order.ts'

/** A gateway: its config, and what its requests carry. */
export interface Program {
  readonly name: string
  files(upstreamHost: string): Readonly<Record<string, unknown>>
  readonly credentials?: Credentials
}

/** A Worker written by hand: a file of `equal-work/` and what it exports. */
export interface ByHand {
  readonly file: string
  readonly name: string
}

type Operations = Readonly<Record<string, Record<string, unknown>>>

const orders: Operations = {
  'GET /orders/{id}': {},
  'POST /orders': {
    requestBody: {
      required: true,
      // with an `$id`, its references are its own
      content: {
        'application/json': { schema: { $id: 'https://bench.test/order', ...orderSchema } },
      },
    },
  },
}

const key = { policy: 'api-key', options: { headers: ['x-api-key'] } }
/** Never reached. */
const limit = (mode: string) => ({
  policy: 'rate-limit',
  options: { limit: 1_000_000_000, window: '1m', by: 'key', mode },
})
const setHeaders = (options: object) => [{ policy: 'set-headers', options }]
const jwt = (options: object) => [{ policy: 'jwt-auth', options }]
const validation = { policy: 'request-validation' }

const secret = { secret: '$env.SECRET', algorithms: ['HS256'] }
const pem = { publicKey: '$env.PUBLIC_KEY_PEM', algorithms: ['ES256'] }

export const programs = {
  plain: gateway('no policy', []),
  thousand: gateway('no policy, 1,000 routes', [], many(1000)),
  setRequest: gateway('set-headers, request', setHeaders({ request: { 'x-tenant': 'acme' } })),
  setResponse: gateway('set-headers, response', setHeaders({ response: { 'x-tenant': 'acme' } })),
  key: keyed('api-key', [key]),
  lease: keyed('api-key + rate-limit, lease', [key, limit('lease')]),
  strict: keyed('api-key + rate-limit, strict', [key, limit('strict')]),
  hs256: { ...gateway('jwt-auth, HS256', jwt(secret)), credentials: ofHs256 },
  es256: { ...gateway('jwt-auth, ES256', jwt(pem)), credentials: ofEs256 },
  validation: gateway('request-validation', [validation]),
  everything: keyed('api-key + rate-limit, lease + request-validation', [
    key,
    limit('lease'),
    validation,
  ]),
} as const satisfies Readonly<Record<string, Program>>

function gateway(name: string, policies: readonly unknown[], operations = orders): Program {
  return {
    name,
    files: (upstreamHost) => ({
      'routes.oas.json': document(operations, {
        servers: [{ url: `http://${upstreamHost}` }],
        'x-policies': policies,
      }),
    }),
  }
}

/** With an admin route, which gives out the key. */
function keyed(name: string, policies: readonly unknown[]): Program {
  const admin = { policy: 'bearer-token', options: { tokens: { bench: '$env.SECRET' } } }
  const guarded = Object.fromEntries(
    Object.entries(orders).map(([route, one]) => [route, { ...one, 'x-policies': policies }]),
  )
  return {
    name,
    credentials: ofKey,
    files: (upstreamHost) => {
      const { paths, ...root } = document(guarded)
      const administration = { 'x-policies': [admin], 'x-handler': 'admin' }
      return {
        'routes.oas.json': {
          ...root,
          servers: [{ url: `http://${upstreamHost}` }],
          paths: { ...(paths as object), '/admin/{rest+}': administration },
        },
      }
    },
  }
}

function many(count: number): Operations {
  const more = Array.from({ length: count - 2 }, (_, i) => [`GET /r${i}/{id}/x${i % 7}`, {}])
  return { ...orders, ...Object.fromEntries(more) }
}
