import { type Case, get, NOTHING, request } from '../case.ts'

const JSON_TYPE = 'Content-Type: application/json'
const GOOD = '{"drink":"abc"}'

const refused: readonly (readonly [lesson: string, what: string, body: string | Buffer])[] = [
  ['duplicate-names', 'a name twice', '{"drink":"abc","drink":"x"}'],
  ['duplicate-names', 'a name twice, once escaped', '{"drink":"abc","\\u0064rink":"x"}'],
  ['duplicate-names', 'a name twice, deeper', '{"drink":"abc","tree":{"next":{},"next":1}}'],
  ['prototypes', '__proto__', '{"drink":"abc","__proto__":{"count":99}}'],
  ['prototypes', 'constructor', '{"drink":"abc","constructor":{"prototype":{}}}'],
  ['prototypes', 'only an inherited name', '{"toString":"abc"}'],
  [
    'regular-expressions',
    'a text that makes a pattern backtrack',
    `{"drink":"${'ab'.repeat(20_000)}!"}`,
  ],
  [
    'regular-expressions',
    'a tree 20,000 deep',
    `{"drink":"abc","tree":${'{"next":'.repeat(20_000)}{}${'}'.repeat(20_000)}}`,
  ],
  ['regular-expressions', 'brackets 100,000 deep', '['.repeat(100_000)],
  ['content-types', 'no JSON', "{'drink':'abc'}"],
  ['content-types', 'two values', GOOD + GOOD],
  ['content-types', 'a comment', '/**/{"drink":"abc"}'],
  ['content-types', 'a comma too many', '{"drink":"abc",}'],
  ['content-types', 'NaN', '{"drink":"abc","count":NaN}'],
  ['content-types', 'a number beyond all bounds', '{"drink":"abc","count":1e999}'],
  ['content-types', 'a text where a number belongs', '{"drink":"abc","count":"1"}'],
  ['content-types', 'an empty body', ''],
  [
    'odd-bytes',
    'bytes that are not UTF-8',
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  ],
  ['odd-bytes', 'UTF-16', Buffer.from(GOOD, 'utf16le')],
]

/** Media types by which another reader might find another body. */
const unsupported = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonp',
  'text/plain; x=application/json',
  'application/json, text/plain',
]

const passed = [
  'application/json',
  'APPLICATION/JSON',
  'application/json;charset=utf-8',
  'application/json\t; charset="UTF-8"',
]

export const validation: readonly Case[] = [
  ...refused.map(([lesson, what, body]) => ({
    name: `a validated body with ${what} reaches nobody`,
    lessons: [lesson],
    send: request(
      'POST /validated',
      [JSON_TYPE, `Content-Length: ${Buffer.byteLength(body)}`],
      body,
    ),
    status: 400,
    upstream: NOTHING,
    answer: { without: /SyntaxError|at .*\.js/ },
  })),
  ...unsupported.map((type) => ({
    name: `${type} is no type that is described`,
    lessons: ['content-types'],
    send: request('POST /validated', [`Content-Type: ${type}`], GOOD),
    status: 415,
    upstream: NOTHING,
  })),
  {
    name: 'a body without a type is none that is described',
    lessons: ['content-types'],
    send: request('POST /validated', [], GOOD),
    status: 415,
    upstream: NOTHING,
  },
  {
    name: 'two types are ambiguous',
    lessons: ['content-types', 'duplicate-fields'],
    send: request('POST /validated', [JSON_TYPE, 'Content-Type: text/plain'], GOOD),
    status: 415,
    upstream: NOTHING,
  },
  {
    name: 'a packed body is not unpacked here, and not passed unread',
    lessons: ['content-types'],
    send: request('POST /validated', [JSON_TYPE, 'Content-Encoding: gzip'], GOOD),
    status: 415,
    upstream: NOTHING,
  },
  ...passed.map((type) => ({
    name: `${JSON.stringify(type)} is the type that is described`,
    lessons: ['content-types'],
    send: request('POST /validated', [`Content-Type: ${type}`], GOOD),
    status: 200,
    upstream: { body: GOOD },
  })),
  {
    name: 'a body beyond what is read is refused',
    lessons: ['body-limit'],
    send: request('POST /validated', [JSON_TYPE], `{"drink":"${'a'.repeat(1_100_000)}"}`),
    status: 413,
    code: 'body-too-large',
    upstream: NOTHING,
  },
  {
    name: 'chunks beyond what is read are refused',
    lessons: ['body-limit'],
    send: request(
      'POST /validated',
      [JSON_TYPE, 'Transfer-Encoding: chunked'],
      `110000\r\n${' '.repeat(0x110000)}\r\n0\r\n\r\n`,
    ),
    status: 413,
    code: 'body-too-large',
    upstream: NOTHING,
  },
  ...[
    '?page=0',
    '?page=1&page=2',
    '?page=a',
    '?page=1&debug=1',
    '?page=1%00',
    '?__proto__=1',
    '?page[]=1',
    '?PAGE=1',
  ].map((query) => ({
    name: `the query ${query} is not as described`,
    lessons: [query.includes('proto') ? 'prototypes' : 'duplicate-fields'],
    send: get(`/validated/1${query}`),
    status: 400,
    code: 'request-invalid',
    upstream: NOTHING,
  })),
  ...['1.5', '0x1', '%31%20', '1;x', '-', '99a'].map((id) => ({
    name: `the parameter ${id} is no integer`,
    lessons: ['parameter-injection'],
    send: get(`/validated/${id}`),
    status: 400,
    code: 'request-invalid',
    upstream: NOTHING,
  })),
]
