import { type Case, get, NOTHING, type Secrets } from '../case.ts'

const refused = (name: string, lesson: string, send: Case['send']): Case => ({
  name,
  lessons: [lesson],
  send,
  status: 429,
  code: 'limit-exceeded',
  upstream: NOTHING,
})

const ROUTE = '/limited-by-header'

/** In this order: the first request of a caller is its last one. */
export const limits: readonly Case[] = [
  {
    name: 'the one request of an address passes',
    lessons: ['limit-key'],
    send: get('/limited/1'),
    status: 200,
    upstream: { target: '/limited/1' },
  },
  refused('the next one of the same address does not', 'limit-key', get('/limited/1')),
  ...[
    'X-Forwarded-For: 9.9.9.1',
    'X-Forwarded-For: 192.0.2.9, 9.9.9.2',
    'X-Real-IP: 9.9.9.3',
    'CF-Connecting-IP: 9.9.9.4',
    'True-Client-IP: 9.9.9.5',
    'Forwarded: for=9.9.9.6',
    'Host: other.test',
    'X-Request-Id: 1',
    'Authorization: Bearer x',
    'Connection: x-forwarded-for',
  ].map((field, i) =>
    refused(`${field} makes nobody another caller`, 'limit-key', get(`/limited/${i}`, field)),
  ),
  refused('neither does another spelling of the path', 'limit-key', get('/limited/%31?x')),
  {
    name: 'the one request of a tenant passes',
    lessons: ['limit-key'],
    send: get(ROUTE, 'X-Tenant: acme'),
    status: 200,
    upstream: { fields: { 'x-tenant': 'acme' } },
  },
  ...['X-Tenant: acme ', 'X-Tenant:  acme', 'X-Tenant:acme', 'x-tenant: acme\t'].map((field) =>
    refused(`${JSON.stringify(field)} is the same tenant`, 'limit-key', get(ROUTE, field)),
  ),
  ...[
    [],
    ['X-Tenant:'],
    ['X_Tenant: other'],
    ['X-Tenant: acme', 'X-Tenant: other'],
    ['X-Tenant: other', 'X-Tenant: acme'],
    ['X-Tenant: acme,other'],
    ['X-Tenant: acme', 'X-Tenant:'],
    [`X-Tenant: ${'a'.repeat(1025)}`],
    [`X-Tenant: ${'a'.repeat(100_000)}`],
  ].map((fields) => ({
    name: `with ${JSON.stringify(fields).slice(0, 60)}, ${fields.join('').length} characters, nobody can tell whom to count, and nobody passes`,
    lessons: ['duplicate-fields'],
    send: get(ROUTE, ...fields),
    status: 403,
    code: 'limit-undecided',
    upstream: NOTHING,
  })),
  {
    name: 'the one request of a key passes',
    lessons: ['limit-key'],
    send: ({ key }) => get('/limited-by-key', `X-API-Key: ${key}`),
    status: 200,
    upstream: { target: '/limited-by-key' },
  },
  {
    ...refused('the same key elsewhere in the request is the same caller', 'limit-key', ''),
    send: ({ key }: Secrets) => get('/limited-by-key', `Authorization: Bearer ${key}`),
  },
  ...[
    'X-Forwarded-For: 10.0.0.1',
    'CF-Connecting-IP: 10.0.0.1',
    'Forwarded: for=10.0.0.1',
    'X-Forwarded-For: ::ffff:10.0.0.1',
    'Forwarded: for="[::ffff:10.0.0.1]"',
  ].map((field) => ({
    name: `${field} brings nobody into a list of addresses`,
    lessons: ['trusted-forwarding'],
    send: get('/inside', field),
    status: 403,
    code: 'address-denied',
    upstream: NOTHING,
  })),
  {
    name: 'X-Forwarded-For keeps nobody out, either',
    lessons: ['trusted-forwarding'],
    send: get('/outside', 'X-Forwarded-For: 10.0.0.1'),
    status: 200,
    upstream: { fields: { 'x-forwarded-for': '127.0.0.1' } },
  },
]
