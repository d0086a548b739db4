import { join } from 'node:path'
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
  // these two are compared with each other
  { name: 'POST 2 KB', program: gateway([], orders), request: sent },
  {
    name: 'POST 2 KB, request-validation',
    program: gateway([{ policy: 'request-validation' }], orders),
    request: sent,
  },
]
