import { type Case, get, NOTHING } from '../case.ts'

/** Long inputs for everything that looks at text. A match that backtracks would never come to its end. */
const targets: readonly (readonly [what: string, target: string, status: number])[] = [
  ['30,000 segments', `/${'a/'.repeat(30_000)}`, 404],
  ['30,000 segments below a route', `/open/${'a/'.repeat(30_000)}`, 200],
  ['dots between parameters', `/files/v${'1.'.repeat(25_000)}`, 200],
  ['near misses of a mixed segment', `/files/${'v1.'.repeat(15_000)}2`, 200],
  ['60,000 slashes', `/open${'/'.repeat(60_000)}`, 200],
  ['50,000 dots', `/open/${'.'.repeat(50_000)}`, 200],
  ['escapes that decode to dots', `/open/${'%2e'.repeat(15_000)}`, 200],
  ['encoded slashes', `/slash/${'%2f'.repeat(15_000)}`, 200],
  ['semicolons', `/open/${';'.repeat(50_000)}`, 200],
  ['15,000 query parameters', `/open?${'a=1&'.repeat(15_000)}`, 200],
]

const fields: readonly (readonly [what: string, target: string, field: string, status: number])[] =
  [
    ['Connection of 10,000 names', '/open', `Connection: ${'x,'.repeat(10_000)}`, 200],
    [
      'Authorization of 10,000 commas',
      '/private',
      `Authorization: Bearer ${',Bearer'.repeat(8_000)}`,
      400,
    ],
    ['Cookie of 10,000 names', '/key-everywhere', `Cookie: ${'a=b;'.repeat(10_000)}`, 401],
    [
      'Origin of 50,000 labels',
      '/shared',
      `Origin: https://${'a.'.repeat(25_000)}example.com`,
      200,
    ],
    ['traceparent of 50,000 digits', '/open', `traceparent: 00-${'0'.repeat(50_000)}`, 200],
    ['a key of 50,000 characters', '/key', `X-API-Key: cardea_live_${'a'.repeat(50_000)}`, 401],
    [
      'a password of 50,000 characters',
      '/basic',
      `Authorization: Basic ${'YTpi'.repeat(12_000)}`,
      401,
    ],
    ['Forwarded of 10,000 hops', '/limited/x', `X-Forwarded-For: ${'1.1.1.1,'.repeat(7_000)}`, 429],
  ]

export const redos: readonly Case[] = [
  ...targets.map(([what, target, status]) => ({
    name: `a target with ${what} is answered`,
    lessons: ['regular-expressions'],
    send: get(target),
    status,
    upstream: status === 200 ? {} : NOTHING,
  })),
  ...fields.map(([what, target, field, status]) => ({
    name: `${what}: answered`,
    lessons: ['regular-expressions'],
    send: get(target, field),
    status,
    upstream: status === 200 ? {} : NOTHING,
  })),
]
