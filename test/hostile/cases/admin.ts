import { type Case, get, NOTHING, request } from '../case.ts'

const ROOT = 'Authorization: Bearer root-0123456789abcdef0123456789abcdef'
const JSON_TYPE = 'Content-Type: application/json'

/** Secrets that gateways have shipped with. */
const defaults = [
  'admin',
  'edd1c9f034335f136f87ad84b625c8f1',
  'changeme',
  'secret',
  'root',
  'undefined',
  '$env.ADMIN_TOKEN',
]

const bodies: readonly (readonly [lesson: string, what: string, body: string])[] = [
  ['duplicate-names', 'a name twice', '{"id":"one","id":"two"}'],
  ['prototypes', '__proto__', '{"__proto__":{"id":"polluted"}}'],
  ['prototypes', 'an id that is __proto__ in a record', '{"id":{"__proto__":1}}'],
  ['prototypes', 'constructor.prototype', '{"constructor":{"prototype":{"id":"x"}}}'],
  ['store-keys', 'an id that is a path', '{"id":"../../etc"}'],
  ['crlf', 'an id with a line break', '{"id":"a\\r\\nb"}'],
  ['content-types', 'a list', '[]'],
  ['content-types', 'null', 'null'],
  ['content-types', 'no JSON', '{id:1}'],
  ['content-types', 'two values', '{"id":"a"}{"id":"b"}'],
  ['regular-expressions', 'brackets 10,000 deep', '['.repeat(10_000)],
  [
    'regular-expressions',
    'list 100,000 deep',
    `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ],
  [
    'regular-expressions',
    'metadata 5,000 deep',
    `{"id":"deep","metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  ],
  ['content-types', 'byte order mark', '\ufeff{"id":"marked"}'],
]

/** What templates or a shell would fill in, if anything of a request were one. */
const expressions = [
  '{env.OPS_TOKEN}',
  '$env.OPS_TOKEN',
  '${env.OPS_TOKEN}',
  '#{1+1}',
  '{{7*7}}',
  '$(id)',
]

export const admin: readonly Case[] = [
  ...expressions.map((text) => ({
    name: `${text} in a request is text, and nothing fills it in`,
    lessons: ['admin-plane'],
    send: get(`/greeting?name=${encodeURIComponent(text)}`),
    status: 200,
    upstream: NOTHING,
    answer: { fields: { 'x-echo': text }, without: /ops-0123|49|uid=/ },
  })),
  ...[
    'GET /admin/consumers',
    'POST /admin/consumers',
    'GET /admin/export',
    'GET /admin/audit',
    'POST /admin/republish',
    'DELETE /admin/consumers/acme',
    'GET /admin/unknown',
  ].map((line) => ({
    name: `${line} asks for credentials`,
    lessons: ['admin-plane'],
    send: request(line),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
  })),
  ...defaults.map((secret) => ({
    name: `the default secret ${secret} opens nothing`,
    lessons: ['admin-plane'],
    send: get('/admin/consumers', `Authorization: Bearer ${secret}`),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  {
    name: 'the token of another policy does not open the administration',
    lessons: ['admin-plane', 'token-cache'],
    send: ({ token }) => get('/admin/consumers', `Authorization: Bearer ${token}`),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
  {
    name: 'an API key does not open the administration',
    lessons: ['admin-plane'],
    send: ({ key }) => get('/admin/consumers', `Authorization: Bearer ${key}`),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
  ...bodies.map(([lesson, what, body]) => ({
    name: `the administration takes no ${what}`,
    lessons: [lesson],
    send: request('POST /admin/consumers', [ROOT, JSON_TYPE], body),
    status: 400,
    upstream: NOTHING,
    answer: { without: /polluted|SyntaxError|call stack|at .*\.js/ },
  })),
  ...['https://evil.test', 'null', 'http://gateway.test'].flatMap((origin) =>
    ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''].map(
      (type) => ({
        name: `a form of a page of ${origin}, sent as ${JSON.stringify(type)}, changes nothing`,
        lessons: ['csrf'],
        send: request(
          'POST /admin/consumers',
          [ROOT, `Origin: ${origin}`, ...(type === '' ? [] : [`Content-Type: ${type}`])],
          '{"id":"forged"}',
        ),
        status: 415,
        code: 'media-type-unsupported',
        upstream: NOTHING,
      }),
    ),
  ),
  ...['/admin/consumers/__proto__', '/admin/consumers/constructor', '/admin/keys/toString'].map(
    (target) => ({
      name: `${target} is a name like any other, and unknown`,
      lessons: ['prototypes'],
      send: get(target, ROOT),
      status: 404,
      upstream: NOTHING,
    }),
  ),
  {
    name: 'no answer of the administration tells a key that exists',
    lessons: ['secrets-leaked'],
    send: get('/admin/keys', ROOT),
    status: 200,
    upstream: NOTHING,
    answer: { without: /cardea_live_\w{32}/ },
  },
]
