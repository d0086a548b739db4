import { type Case, get, NOTHING, request } from '../case.ts'

const post = (target: string, fields: readonly string[], body: string): string | Buffer =>
  request(`POST ${target}`, fields, body)

const HELLO = '5\r\nhello\r\n0\r\n\r\n'
const SEVENTEEN = 'x'.repeat(17)
const SECOND = 'GET /private HTTP/1.1\r\nHost: gateway.test\r\n\r\n'

/** Framing that two readers could see differently; workerd reads none of it. */
const framing: readonly (readonly [status: number, fields: readonly string[], body: string])[] = [
  [500, ['Content-Length: 5', 'Content-Length: 6'], 'hello!'],
  [500, ['Content-Length: 5', 'Content-Length: 5'], 'hello'],
  [500, ['Content-Length: 5, 5'], 'hello'],
  [500, ['Content-Length: +5'], 'hello'],
  [500, ['Content-Length: 0x5'], 'hello'],
  [500, ['Content-Length: -1'], 'hello'],
  [500, ['Content-Length: 5 '], 'hello'],
  [500, ['Transfer-Encoding: xchunked'], HELLO],
  [500, ['Transfer-Encoding: chunked, identity'], HELLO],
  [500, ['Transfer-Encoding: gzip, chunked'], HELLO],
  [500, ['Transfer-Encoding: \x0bchunked'], HELLO],
  [500, ['Transfer-Encoding: identity', 'Content-Length: 5'], 'hello'],
  [500, ['Transfer-Encoding: chunked,'], HELLO],
  [500, ['Transfer-Encoding: ,chunked'], HELLO],
  [500, ['Transfer-Encoding: chunked;q=1'], HELLO],
  [500, ['Transfer-Encoding: "chunked"'], HELLO],
  [500, ['Transfer-Encoding: chunked \t'], HELLO],
  [500, ['Transfer-Encoding: \xa0chunked'], HELLO],
  [500, ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], HELLO],
  [500, ['Content-Length: 1e1'], '0123456789'],
  [500, ['Content-Length: 5\x0b'], 'hello'],
  [500, ['Content-Length: 5', 'Content-Length: +5'], 'hello'],
  [400, ['Transfer-Encoding: \r\n chunked'], HELLO],
  [400, ['Transfer-Encoding: x\r\n\tchunked'], HELLO],
  [400, ['Transfer\x1fEncoding: chunked'], HELLO],
  [400, [' Transfer-Encoding: chunked'], HELLO],
  [400, ['Transfer-Encoding\x00: chunked'], HELLO],
]

const chunks: readonly string[] = [
  'zz\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '5;ext\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\r\nhelloworld\r\n0\r\n\r\n',
  '\r\n5\r\nhello\r\n0\r\n\r\n',
  '5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
  '5\r\nhello\r\n0;x\r\n\r\n',
  '10000000000000005\r\nhello\r\n0\r\n\r\n',
  '5\r\nhelloX\r\n0\r\n\r\n',
  '+5\r\nhello\r\n0\r\n\r\n',
]

export const bodies: readonly Case[] = [
  ...framing.map(([status, fields, body]) => ({
    name: `framing by ${JSON.stringify(fields)} is refused by workerd itself`,
    lessons: ['body-length'],
    send: post('/open/x', fields, body),
    status,
    upstream: NOTHING,
  })),
  ...chunks.map((body) => ({
    name: `a body of the chunks ${JSON.stringify(body)} is the client’s fault, and no whole request upstream`,
    lessons: ['body-length'],
    send: post('/open/x', ['Transfer-Encoding: chunked'], body),
    status: 400,
    code: 'body-unreadable',
    upstream: NOTHING,
  })),
  ...[
    ['Transfer-Encoding: chunked', 'Content-Length: 3'],
    ['Content-Length: 3', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: CHUNKED'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ].map((fields) => ({
    name: `chunks under ${JSON.stringify(fields)} reach the upstream in one framing`,
    lessons: ['body-length'],
    send: post('/open/x', fields, HELLO),
    status: 200,
    upstream: {
      body: 'hello',
      fields: { 'transfer-encoding': 'chunked', 'content-length': null },
    },
  })),
  {
    name: 'broken chunks beside a length are the client’s fault, too, and no whole request upstream',
    lessons: ['body-length'],
    send: post(
      '/open/x',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      '5\r\nhello\r\nzz\r\n',
    ),
    status: 400,
    code: 'body-unreadable',
    upstream: NOTHING,
  },
  {
    name: 'what follows a body is a request of its own, guarded like any other',
    lessons: ['body-length', 'upgrades'],
    send: post(
      '/open/x',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${SECOND}`,
    ),
    status: 200,
    upstream: { target: '/open/x', body: '' },
  },
  {
    name: 'the body of a GET is dropped, whatever it looks like',
    lessons: ['body-length'],
    send: request('GET /open', [`Content-Length: ${SECOND.length}`], SECOND),
    status: 200,
    upstream: { target: '/open', body: '', fields: { 'content-length': null } },
  },
  {
    name: 'an alias of Transfer-Encoding frames nothing and goes nowhere',
    lessons: ['header-aliases'],
    send: post('/open/x', ['Transfer_Encoding: chunked', 'Content-Length: 5'], 'hello'),
    status: 200,
    upstream: { body: 'hello', without: /chunked/ },
  },
  {
    name: 'trailers end here',
    lessons: ['body-length'],
    send: post(
      '/open/x',
      ['Transfer-Encoding: chunked', 'Trailer: X-User'],
      '5\r\nhello\r\n0\r\nX-User: root\r\nAuthorization: x\r\n\r\n',
    ),
    status: 200,
    upstream: { body: 'hello', without: /root/ },
  },
  {
    name: 'a body of the limit passes',
    lessons: ['body-limit'],
    send: post('/small', [], 'x'.repeat(16)),
    status: 200,
    upstream: { body: 'x'.repeat(16) },
  },
  ...[
    ['one byte more', ['Content-Length: 17'], SEVENTEEN],
    ['one byte more, packed', ['Content-Length: 17', 'Content-Encoding: gzip'], SEVENTEEN],
    ['chunks beyond the limit', ['Transfer-Encoding: chunked'], `11\r\n${SEVENTEEN}\r\n0\r\n\r\n`],
    [
      'chunks behind a small length',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      `11\r\n${SEVENTEEN}\r\n0\r\n\r\n`,
    ],
    [
      'many chunks of a byte',
      ['Transfer-Encoding: chunked'],
      `${'1\r\nx\r\n'.repeat(17)}0\r\n\r\n`,
    ],
    ['a length beyond what 64 bits hold', ['Content-Length: 99999999999999999999'], SEVENTEEN],
  ].map(([what, fields, body]) => ({
    name: `${what as string}: 413, and the upstream sees no whole request`,
    lessons: ['body-limit'],
    send: post('/small', fields as readonly string[], body as string),
    status: 413,
    code: 'body-too-large',
    upstream: NOTHING,
  })),
  {
    name: 'a refused upload is not read to its end before the answer',
    lessons: ['body-limit'],
    send: post('/private', ['Content-Length: 1000000000', 'Expect: 100-continue'], 'x'),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
  },
  {
    name: 'Expect goes no further, since the upstream’s 100 would not be understood',
    lessons: ['hop-by-hop'],
    send: post('/open/x', ['Expect: 100-continue'], 'hello'),
    status: 200,
    upstream: { body: 'hello', fields: { expect: null } },
  },
  ...[
    ['a field of 300,000 bytes', get('/open', `X-Long: ${'a'.repeat(300_000)}`)],
    ['a target of 300,000 bytes', get(`/open/${'a'.repeat(300_000)}`)],
    ['20,000 fields', get('/open', ...Array.from({ length: 20_000 }, (_, i) => `X-Field-${i}: 1`))],
  ].map(([what, send]) => ({
    name: `${what}: workerd itself answers 431`,
    lessons: ['floods'],
    send: send!,
    status: 431,
    upstream: NOTHING,
  })),
  {
    name: 'a field section of 60,000 bytes is forwarded whole',
    lessons: ['floods'],
    send: get('/open', `X-Long: ${'a'.repeat(60_000)}`),
    status: 200,
    upstream: { fields: { 'x-long': 'a'.repeat(60_000) } },
  },
]
