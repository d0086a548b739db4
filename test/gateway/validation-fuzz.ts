import { expect } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startUpstream } from '../harness/upstream.ts'
import { Random } from '../simulation/random.ts'
import { shop } from './validated-shop.ts'

/** Far more than any answer takes on a busy machine, far less than a check that does not end. */
const PATIENCE_MS = 10_000
const AT_ONCE = 8

/**
 * Sends made-up hostile requests to a gateway that validates everything. Each has to be answered, with
 * something that is not the gateway's own failure.
 *
 * @returns how often each status came
 */
export async function fuzz(
  requests: number,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  const random = new Random(seed)
  const upstream = await startUpstream((_, response) => response.end('{}'))
  const gateway = await startGateway(shop, { upstream: upstream.url })
  const statuses: Record<string, number> = {}
  try {
    for (let sent = 0; sent < requests; sent += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, () => made(random))
      const answers = await Promise.all(batch.map((bytes) => answered(gateway.url, bytes)))
      for (const [i, status] of answers.entries()) {
        statuses[status] = (statuses[status] ?? 0) + 1
        expect(
          EXPECTED,
          `seed ${seed}: ${status} for ${batch[i]!.length} bytes: ${batch[i]!.toString('latin1').slice(0, 500)}`,
        ).toContain(status)
      }
    }
    // what the gateway would note of an exception, and workerd of a crash
    const failures = gateway.output().match(/^.*(?:"level":"error"|jsgInternalError).*$/gm)
    expect(failures?.slice(0, 3)).toBeUndefined()
  } finally {
    await gateway.stop()
    await upstream.stop()
  }
  return statuses
}

/** 431 is workerd's word for a head that is too long, 502 an answer of the upstream that is not as described. */
const EXPECTED = [200, 400, 404, 405, 413, 415, 431, 502]

async function answered(url: string, bytes: Buffer): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(0), PATIENCE_MS)
  })
  const { status } = await Promise.race([raw(url, bytes), late.then((status) => ({ status }))])
  clearTimeout(timer)
  return status
}

function made(random: Random): Buffer {
  const [method, path] = random.pick([
    ['GET', `/orders/${piece(random)}/${piece(random)}?${query(random)}`],
    ['GET', `/orders/1/;kind=small?${query(random)}`],
    ['POST', '/trees'],
    ['POST', '/forms'],
    ['POST', `/watched?${query(random)}`],
    ['POST', '/points'],
    ['POST', '/readings'],
    ['GET', '/answers/x'],
  ] as const)
  const fields = ['Host: fuzz.test', 'Connection: close']
  if (random.chance(0.5)) fields.push(`Cookie: session=${piece(random)}; ${piece(random)}`)
  if (random.chance(0.3)) fields.push(`X-Tags: ${piece(random)}`)
  if (method === 'GET') return Buffer.from(`${head(method, path, fields)}`, 'latin1')
  const type = random.pick(TYPES)
  const bytes = body(type, random)
  if (random.chance(0.95)) fields.push(`Content-Type: ${type}`)
  if (random.chance(0.05)) fields.push('Content-Encoding: gzip')
  const isChunked = random.chance(0.3)
  fields.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`)
  const start = Buffer.from(head(method, path, fields), 'latin1')
  if (!isChunked) return Buffer.concat([start, bytes])
  const size = bytes.length === 0 ? '' : `${bytes.length.toString(16)}\r\n`
  const end = bytes.length === 0 ? '0\r\n\r\n' : '\r\n0\r\n\r\n'
  return Buffer.concat([start, Buffer.from(size), bytes, Buffer.from(end)])
}

const head = (method: string, path: string, fields: readonly string[]): string =>
  `${method} ${path.replaceAll(' ', '%20')} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`

const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset="utf-16"',
  'application/x+json',
  'application/jsonl',
  'application/json-seq',
  'text/event-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/form-data; boundary="a b"',
  'multipart/form-data',
  'text/plain',
  'image/png',
  '*/*',
  'application/json, text/plain',
  ';;;',
]

/** Bits that mean something to some reader. */
const PIECES = [
  ...['', 'small', ';kind=small', ';kind', '7', '-0', '1e999', '9'.repeat(400), 'true', 'null'],
  ...['%', '%00', '%ff', '%C3%A9', '%2525', '%2F', '+', ',', '|', '[', ']', '[]', '[a]', '&', '='],
  ...['filter', 'filter[since]', 'filter[a][b]', 'filter[', 'page', '__proto__', 'constructor'],
  ...[
    'a'.repeat(3000),
    '='.repeat(500),
    ','.repeat(2000),
    '"',
    '\\',
    "'",
    ';'.repeat(300),
    '\u0080',
  ],
]

const piece = (random: Random): string =>
  Array.from({ length: random.below(4) }, () => random.pick(PIECES)).join('')

const query = (random: Random): string =>
  Array.from({ length: random.below(random.chance(0.05) ? 400 : 6) }, () =>
    random.pick([piece(random), `${random.pick(PIECES)}=${piece(random)}`]),
  ).join('&')

function body(type: string, random: Random): Buffer {
  if (random.chance(0.1))
    return Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)))
  if (/jsonl|json-seq|event-stream/.test(type)) return Buffer.from(sequence(random))
  if (type.includes('json'))
    return Buffer.from(json(random), random.chance(0.05) ? 'utf16le' : 'utf8')
  if (type.includes('urlencoded')) return Buffer.from(query(random), 'latin1')
  if (type.includes('multipart')) return Buffer.from(multipart(random), 'latin1')
  return Buffer.from(piece(random))
}

function json(random: Random): string {
  const deep = 10 ** random.below(5)
  return random.pick([
    () => value(random, 5),
    () => '['.repeat(deep) + ']'.repeat(deep),
    () => '{"children":['.repeat(deep) + ']}'.repeat(deep),
    () => `{"tags":[${Array.from({ length: deep }, (_, i) => `"${i % 5000}"`).join()}]}`,
    () => `{${Array.from({ length: deep }, (_, i) => `"n${i}":${i}`).join()}}`,
    () => value(random, 4).slice(0, random.below(100)),
    () => `\ufeff${value(random, 2)}`,
    () => `"${'\\'.repeat(deep)}"`,
    () => `{"name":"${'\\":'.repeat(deep)}","name":1}`,
  ])()
}

/** Items as every kind of sequence has them, mixed up. */
const sequence = (random: Random): string =>
  Array.from({ length: random.below(random.chance(0.05) ? 20_000 : 8) }, () => {
    const [before, after] = random.pick([
      ['', '\n'],
      ['', '\r\n\n'],
      ['\u001e', '\n'],
      ['data:', '\n\n'],
      ['event: start\ndata: ', '\r\r'],
      ['retry: 7\nid: \0', ''],
    ] as const)
    return before + random.pick(['{"at":1}', '{"at":0}', '[', ':', value(random, 2)]) + after
  }).join('')

const NAMES = [
  'children',
  'name',
  'id',
  'tags',
  'x',
  '__proto__',
  'constructor',
  'toString',
  '',
  'a/b~',
]

function value(random: Random, levels: number): string {
  const kind = levels === 0 ? random.below(4) : random.below(7)
  if (kind === 0) return JSON.stringify(piece(random))
  if (kind === 1) return random.pick(['0', '-1', '1.5', '1e400', '12345678901234567890', '-0'])
  if (kind === 2) return random.pick(['true', 'false', 'null', 'NaN', 'undefined', ''])
  if (kind === 3) return '""'
  const inner = () => value(random, levels - 1)
  const many = { length: random.below(5) }
  if (kind === 4) return `[${Array.from(many, inner).join()}]`
  return `{${Array.from(many, () => `${JSON.stringify(random.pick(NAMES))} : ${inner()}`).join()}}`
}

function multipart(random: Random): string {
  const boundary = random.pick(['b', 'a b', 'c'])
  const parts = Array.from({ length: random.below(random.chance(0.03) ? 1500 : 5) }, () => {
    const name = random.pick(NAMES)
    const more = random.pick([
      '',
      '; filename="x"',
      "; filename*=utf-8''x",
      '; name="y"',
      '\r\nContent-Type: application/json',
      '\r\nContent-Type: image/png',
      '\r\n',
    ])
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${random.pick([piece(random), value(random, 2)])}\r\n`
  })
  return (
    random.pick(['', '', '', 'x']) +
    parts.join('') +
    random.pick([`--${boundary}--\r\n`, `--${boundary}--`, '--', ''])
  )
}
