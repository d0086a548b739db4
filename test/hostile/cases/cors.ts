import { type Case, get, NOTHING, request } from '../case.ts'

const ALLOW = 'access-control-allow-origin'
const APP = 'https://app.example.com'

/** Origins that look like a listed one. */
const strangers = [
  'https://evil.test',
  'null',
  'https://app.example.com.evil.test',
  'https://app.example.com:8443',
  'http://app.example.com',
  'https://APP.example.com',
  'https://xapp.example.com',
  'https://app.example.comx',
  'https://example.org',
  'https://xexample.org',
  'http://a.example.org',
  'https://a.example.org:444',
  'https://a.example.org.evil.test',
  'https://evil.test?.example.org',
  'https://evil.test/.example.org',
  'https://evil.test#.example.org',
  'https://u:p@a.example.org',
  'https://app.example.com, https://evil.test',
  'https://app.example.com/',
  '*',
]

const preflight = (target: string, origin: string, ...fields: readonly string[]) =>
  request(`OPTIONS ${target}`, [`Origin: ${origin}`, ...fields])

export const cors: readonly Case[] = [
  ...[APP, 'https://a.example.org', 'https://a.b.example.org'].map((origin) => ({
    name: `${origin} is told that it may read, and caches that this depends on who asks`,
    lessons: ['cors'],
    send: get('/shared', `Origin: ${origin}`),
    status: 200,
    upstream: { target: '/shared' },
    answer: { fields: { [ALLOW]: origin, vary: 'Origin' } },
  })),
  ...strangers.map((origin) => ({
    name: `${origin} is told nothing, and Vary stands there all the same`,
    lessons: ['cors'],
    send: get('/shared', `Origin: ${origin}`),
    status: 200,
    upstream: { target: '/shared' },
    answer: {
      fields: { [ALLOW]: null, 'access-control-allow-credentials': null, vary: 'Origin' },
    },
  })),
  {
    name: 'two origins are none',
    lessons: ['cors', 'duplicate-fields'],
    send: get('/shared', `Origin: ${APP}`, 'Origin: https://evil.test'),
    status: 200,
    upstream: { target: '/shared' },
    answer: { fields: { [ALLOW]: null } },
  },
  {
    name: 'with credentials only the exact origin is named, also on a refusal',
    lessons: ['cors'],
    send: get('/shared-private', `Origin: ${APP}`),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
    answer: { fields: { [ALLOW]: APP, 'access-control-allow-credentials': 'true' } },
  },
  {
    name: 'with credentials a stranger is told nothing',
    lessons: ['cors'],
    send: get('/shared-private', 'Origin: null'),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
    answer: { fields: { [ALLOW]: null, 'access-control-allow-credentials': null } },
  },
  {
    name: 'for everybody is for everybody alike: no origin is reflected, no credentials allowed',
    lessons: ['cors'],
    send: get('/shared-all', 'Origin: https://evil.test', 'Cookie: a=1'),
    status: 200,
    upstream: { target: '/shared-all' },
    answer: { fields: { [ALLOW]: '*', 'access-control-allow-credentials': null } },
  },
  {
    name: 'a preflight reaches neither upstream nor credentials',
    lessons: ['cors'],
    send: preflight('/shared-private', APP, 'Access-Control-Request-Method: GET'),
    status: 204,
    upstream: NOTHING,
    answer: { fields: { [ALLOW]: APP } },
  },
  {
    name: 'a preflight of a stranger is told nothing',
    lessons: ['cors'],
    send: preflight('/shared', 'https://evil.test', 'Access-Control-Request-Method: POST'),
    status: 204,
    upstream: NOTHING,
    answer: { fields: { [ALLOW]: null, 'access-control-allow-methods': null } },
  },
  {
    name: 'a preflight lists only names that are names',
    lessons: ['cors', 'crlf'],
    send: preflight(
      '/shared',
      APP,
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Headers: x-a, a b, \x01evil, é, x-b',
    ),
    status: 204,
    upstream: NOTHING,
    answer: { fields: { 'access-control-allow-headers': 'x-a, x-b' } },
  },
  {
    name: 'a preflight without cors on the route is only told the methods',
    lessons: ['cors'],
    send: preflight('/private', APP, 'Access-Control-Request-Method: GET'),
    status: 204,
    upstream: NOTHING,
    answer: { fields: { [ALLOW]: null, allow: 'GET, HEAD, OPTIONS, POST' } },
  },
  {
    name: 'a preflight is no way around credentials on a route for any method',
    lessons: ['cors', 'outside-auth'],
    send: preflight('/any/x', APP, 'Access-Control-Request-Method: GET'),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
  },
]
