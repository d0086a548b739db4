/** What the benchmark asks for, and how a right answer looks. */
import { order } from './order.ts'

export interface Asked {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** Whether a whole answer with status 200 is the right one. */
  readonly isRight: (head: string, body: string) => boolean
}

export const EVENTS = 100
export const EVENT_EVERY_MS = 1

const isWord = (_: string, body: string): boolean => body.includes('{"ok":true}')

export const asked = {
  order: { name: 'GET', method: 'GET', path: '/orders/4711?expand=lines', isRight: isWord },
  post: {
    name: 'POST, 2 KB of JSON',
    method: 'POST',
    path: '/orders',
    body: JSON.stringify(order),
    isRight: isWord,
  },
  gzip: {
    name: 'GET, gzip from the upstream',
    method: 'GET',
    path: '/orders/gzip',
    // packed by the upstream, and neither unpacked nor packed again on the way
    isRight: (head, body) => /^content-encoding: gzip/im.test(head) && body.startsWith('\x1f\x8b'),
  },
  events: {
    name: `GET, ${EVENTS} events`,
    method: 'GET',
    path: '/orders/events',
    isRight: (_, body) => body.includes(`id: ${EVENTS}\n`),
  },
} as const satisfies Readonly<Record<string, Asked>>

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

/** The bytes of a request. @param more fields, as `Name: value`; one that is there already is replaced */
export function requestBytes(
  { method, path, body }: Pick<Asked, 'method' | 'path' | 'body'>,
  more: readonly string[] = [],
): Buffer {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const type = body === undefined ? [] : ['Content-Type: application/json']
  const replaced = new Set(more.map(nameOf))
  const kept = [...fields, ...type].filter((field) => !replaced.has(nameOf(field)))
  const head = [`${method} ${path} HTTP/1.1`, ...kept, ...length, ...more]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`)
}

const nameOf = (field: string): string => field.slice(0, field.indexOf(':')).toLowerCase()
