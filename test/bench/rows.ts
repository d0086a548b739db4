import { join } from 'node:path'
import { SignJWT } from 'jose'
import { AdminClient } from '../../scripts/admin/client.ts'
import { document } from '../harness/gateway.ts'
import { order, orderSchema } from './order.ts'

export interface Row {
  readonly name: string
  /** A Worker written by hand, or a gateway made of a config. */
  readonly program: string | Program
  readonly request: Buffer
  readonly status?: number
}

export interface Program {
  files(upstreamHost: string): Readonly<Record<string, unknown>>
  /** Fields that the request needs and only the running gateway can give, as `Name: value`. */
  credentials?(url: string): Promise<readonly string[]>
}

/** What a browser sends, without its cookies. */
const fields = [
  'Host: api.example.com',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: application/json, text/plain, */*',
  'Accept-Language: en-GB,en;q=0.7,de;q=0.3',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Referer: https://shop.example.com/orders',
  'Origin: https://shop.example.com',
  'Sec-Fetch-Dest: empty',
  'Sec-Fetch-Mode: cors',
  'Sec-Fetch-Site: same-site',
  'X-Client-Version: 4.11.0',
]

const get = (path: string, ...more: readonly string[]): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\n${[...fields, ...more].join('\r\n')}\r\n\r\n`)

const post = (path: string, body: string): Buffer =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\n${[...fields, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`,
  )

const sent = post('/orders', JSON.stringify(order))
const orders = {
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

const plain = get('/orders/4711?expand=lines')
const beside = (file: string): string => join(import.meta.dirname, file)

function gateway(
  policies: readonly unknown[],
  routes: Readonly<Record<string, Record<string, unknown>>> = { 'GET /orders/{id}': {} },
): Program {
  return {
    files: (upstreamHost) => ({
      'routes.oas.json': document(routes, {
        servers: [{ url: `http://${upstreamHost}` }],
        'x-policies': policies,
      }),
    }),
  }
}

/** The secret of the benchmark's Workers; `workers.ts` binds it. */
export const SECRET = '0123456789abcdef0123456789abcdef'

/** A gateway with an admin route, which gives out the key that its requests carry. */
function keyed(policies: readonly unknown[]): Program {
  const admin = { policy: 'bearer-token', options: { tokens: { bench: '$env.SECRET' } } }
  return {
    files: (upstreamHost) => {
      const { paths, ...root } = document({ 'GET /orders/{id}': { 'x-policies': policies } })
      const administration = { 'x-policies': [admin], 'x-handler': 'admin' }
      return {
        'routes.oas.json': {
          ...root,
          servers: [{ url: `http://${upstreamHost}` }],
          paths: { ...(paths as object), '/admin/{rest+}': administration },
        },
      }
    },
    async credentials(url) {
      const client = new AdminClient({ url: `${url}/admin`, token: SECRET })
      await client.request('POST', '/consumers', { id: 'bench' })
      const { key } = await client.request('POST', '/consumers/bench/keys', {})
      return [`X-API-Key: ${String(key)}`]
    },
  }
}

const key = { policy: 'api-key', options: { headers: ['x-api-key'] } }
/** Never reached. */
const limit = (mode: string) => ({
  policy: 'rate-limit',
  options: { limit: 1_000_000_000, window: '1m', by: 'key', mode },
})

const token: Program = {
  ...gateway([{ policy: 'jwt-auth', options: { secret: '$env.SECRET', algorithms: ['HS256'] } }]),
  async credentials() {
    const jwt = new SignJWT({ sub: 'bench' }).setProtectedHeader({ alg: 'HS256' })
    const signed = await jwt.setExpirationTime('1h').sign(new TextEncoder().encode(SECRET))
    return [`Authorization: Bearer ${signed}`]
  },
}

const many = (count: number) =>
  Object.fromEntries([
    ['GET /orders/{id}', {}],
    ...Array.from({ length: count - 1 }, (_, i) => [`GET /r${i}/{id}/x${i % 7}`, {}] as const),
  ])

/** The first row is the floor that every other is compared with. */
export const rows: readonly Row[] = [
  { name: 'floor: bare pass-through', program: beside('floor.js'), request: plain },
  { name: 'floor again', program: beside('floor.js'), request: plain },
  { name: 'equal work by hand', program: beside('equal-work.js'), request: plain },
  { name: 'no policy', program: gateway([]), request: plain },
  { name: 'no policy, 1,000 routes', program: gateway([], many(1000)), request: plain },
  {
    name: 'set-headers, request',
    program: gateway([{ policy: 'set-headers', options: { request: { 'x-tenant': 'acme' } } }]),
    request: plain,
  },
  {
    name: 'set-headers, response',
    program: gateway([{ policy: 'set-headers', options: { response: { 'x-tenant': 'acme' } } }]),
    request: plain,
  },
  { name: 'api-key', program: keyed([key]), request: plain },
  { name: 'api-key + rate-limit, lease', program: keyed([key, limit('lease')]), request: plain },
  { name: 'api-key + rate-limit, strict', program: keyed([key, limit('strict')]), request: plain },
  { name: 'jwt-auth, HS256', program: token, request: plain },
  // these two are compared with each other
  { name: 'POST 2 KB', program: gateway([], orders), request: sent },
  {
    name: 'POST 2 KB, request-validation',
    program: gateway([{ policy: 'request-validation' }], orders),
    request: sent,
  },
]
