import { type Case, get, NOTHING } from '../case.ts'

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']

export const prototypeNames: readonly Case[] = [
  ...names
    .filter((name) => name !== 'constructor')
    .map((name) => ({
      name: `/${name} is no route`,
      lessons: ['prototypes'],
      send: get(`/${name}`),
      status: 404,
      code: 'route-not-found',
      upstream: NOTHING,
    })),
  {
    name: '/constructor is the route of this name, with its policies',
    lessons: ['prototypes'],
    send: get('/constructor'),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
  },
  ...names.map((name) => ({
    name: `${name} is a value like any other in path, query and field`,
    lessons: ['prototypes'],
    send: get(`/items/${name}?${name}=${name}&${name}[x]=1`, `${name.replaceAll('_', '-')}: 1`),
    status: 200,
    upstream: { target: `/items/${name}?${name}=${name}&${name}[x]=1` },
  })),
  {
    name: 'a caller called __proto__ is counted like any other',
    lessons: ['prototypes'],
    send: get('/limited-by-header', 'X-Tenant: __proto__'),
    status: 200,
    upstream: { fields: { 'x-tenant': '__proto__' } },
  },
  {
    name: 'and has one request, too',
    lessons: ['prototypes'],
    send: get('/limited-by-header', 'X-Tenant: __proto__'),
    status: 429,
    code: 'limit-exceeded',
    upstream: NOTHING,
  },
]
