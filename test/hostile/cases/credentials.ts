import { type Case, get, NOTHING, type Secrets } from '../case.ts'

const basic = (pair: string | Buffer): string =>
  `Authorization: Basic ${Buffer.from(pair).toString('base64')}`

const passwords: readonly (readonly [
  what: string,
  field: (secrets: Secrets) => string,
  code: string,
])[] = [
  ['no password', () => basic('ada'), 'credentials-invalid'],
  ['an empty password', () => basic('ada:'), 'credentials-invalid'],
  ['another user’s name', ({ password }) => basic(`eve:${password}`), 'credentials-invalid'],
  ['a user in other case', ({ password }) => basic(`ADA:${password}`), 'credentials-invalid'],
  ['a password and more', ({ password }) => basic(`ada:${password}x`), 'credentials-invalid'],
  [
    'the beginning of a password',
    ({ password }) => basic(`ada:${password.slice(0, -1)}`),
    'credentials-invalid',
  ],
  ['a user without a name', ({ password }) => basic(`:${password}`), 'credentials-invalid'],
  [
    'base64 with one sign of padding too many',
    ({ password }) => `${basic(`ada:${password}`)}=`,
    'credentials-invalid',
  ],
  ['a NUL behind', ({ password }) => basic(`ada:${password}\0`), 'credentials-invalid'],
  ['bytes that are not UTF-8', () => basic(Buffer.from([0x61, 0x3a, 0xff])), 'credentials-invalid'],
  ['no base64', () => 'Authorization: Basic !!!', 'credentials-invalid'],
  ['nothing', () => 'Authorization: Basic', 'credentials-invalid'],
  ['__proto__', () => basic('__proto__:x'), 'credentials-invalid'],
  ['a bearer token', ({ token }) => `Authorization: Bearer ${token}`, 'credentials-missing'],
]

const keys: readonly (readonly [
  what: string,
  target: string,
  code: string,
  field: (key: string, unissued: string) => string,
])[] = [
  ['in other case', '/key', 'key-malformed', (key) => `X-API-Key: ${key.toUpperCase()}`],
  [
    'with its last character changed',
    '/key',
    'key-malformed',
    (key) => `X-API-Key: ${key.slice(0, -1)}!`,
  ],
  ['cut short', '/key', 'key-malformed', (key) => `X-API-Key: ${key.slice(0, -1)}`],
  ['that is a path', '/key', 'key-malformed', () => 'X-API-Key: ../../keys/one'],
  ['that is __proto__', '/key', 'key-malformed', () => 'X-API-Key: __proto__'],
  [
    'of good form that was never issued',
    '/key',
    'key-invalid',
    (_, unissued) => `X-API-Key: ${unissued}`,
  ],
  ['under an alias of the field', '/key', 'key-misplaced', (key) => `X_API_Key: ${key}`],
  ['in Proxy-Authorization', '/key', 'key-misplaced', (key) => `Proxy-Authorization: ${key}`],
  ['in a cookie where none is taken', '/key', 'key-misplaced', (key) => `Cookie: key=${key}`],
  [
    'that the route’s scopes exclude',
    '/key-scope',
    'scope-insufficient',
    (key) => `Authorization: Bearer ${key}`,
  ],
]

export const credentials: readonly Case[] = [
  {
    name: 'the right password passes, and stays here',
    lessons: ['secrets-leaked'],
    send: ({ password }) => get('/basic', basic(`ada:${password}`)),
    status: 200,
    upstream: { target: '/basic', fields: { authorization: null } },
  },
  ...passwords.map(([what, field, code]) => ({
    name: `${what} is no password`,
    lessons: ['odd-bytes'],
    send: (secrets: Secrets) => get('/basic', field(secrets)),
    status: 401,
    code,
    upstream: NOTHING,
  })),
  {
    name: 'a key passes and stays here, wherever it stood',
    lessons: ['secrets-leaked'],
    send: ({ key }) =>
      get(`/key-everywhere?a=1&key=${key}`, `X-API-Key: ${key}`, `Cookie: a=1; key=${key}`),
    status: 200,
    upstream: { target: '/key-everywhere?a=1', fields: { cookie: 'a=1' }, without: /cardea_/ },
  },
  ...keys.map(([what, target, code, field]) => ({
    name: `a key ${what} opens nothing`,
    lessons: [what.includes('path') ? 'store-keys' : 'duplicate-fields'],
    send: ({ key, unissued }: Secrets) => get(target, field(key, unissued)),
    status: code === 'scope-insufficient' ? 403 : 401,
    code,
    upstream: NOTHING,
  })),
  {
    name: 'two different keys are ambiguous',
    lessons: ['duplicate-fields'],
    send: ({ key, unissued }) => get('/key', `X-API-Key: ${key}`, `X-API-Key: ${unissued}`),
    status: 400,
    code: 'credentials-ambiguous',
    upstream: NOTHING,
  },
  {
    name: 'a wrong key is refused also where none is needed',
    lessons: ['outside-auth'],
    send: ({ unissued }) => get('/maybe', `Authorization: Bearer ${unissued}`),
    status: 401,
    code: 'key-invalid',
    upstream: NOTHING,
  },
  {
    name: 'the consumer that the upstream is told is the key’s own',
    lessons: ['identity-cleared'],
    send: ({ key }) =>
      get('/maybe', `Authorization: Bearer ${key}`, 'X-Consumer: root', 'x_consumer: root'),
    status: 200,
    upstream: { fields: { 'x-consumer': 'acme', authorization: null } },
  },
]
