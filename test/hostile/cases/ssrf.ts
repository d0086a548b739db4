import { type Case, get, NOTHING } from '../case.ts'

/** Paths that are meant to lead to another host. All stay below the one that is configured. */
const elsewhere: readonly (readonly [target: string, received: string])[] = [
  ['/open//evil.test', '/open//evil.test'],
  ['/open///evil.test/', '/open///evil.test/'],
  ['/open/@evil.test', '/open/@evil.test'],
  ['/open/:80@evil.test', '/open/:80@evil.test'],
  ['/open/http://evil.test/', '/open/http://evil.test/'],
  [
    '/open/http:%2f%2fevil.test'.replace(/%2f/g, '//').replace('////', '//'),
    '/open/http://evil.test',
  ],
  ['/rewritten/@evil.test', '/base/v2/%40evil.test/x'],
  ['/rewritten/evil.test:80', '/base/v2/evil.test%3A80/x'],
  ['/rewritten-rest//evil.test/', '/v2//evil.test/'],
  ['/rewritten-rest/@evil.test', '/v2/%40evil.test'],
  ['/rewritten-query?name=//evil.test', '/v2/%2F%2Fevil.test?name=//evil.test'],
  [
    '/rewritten-query?name=http://127.0.0.1:1/',
    '/v2/http%3A%2F%2F127.0.0.1%3A1%2F?name=http://127.0.0.1:1/',
  ],
  ['/open/x?url=http://169.254.169.254/', '/open/x?url=http://169.254.169.254/'],
]

/** Places to which a redirect is meant to lead. */
const redirects: readonly (readonly [target: string, location: string])[] = [
  ['/moved//evil.test', '/open//evil.test'],
  ['/moved/x?next=//evil.test', '/open/x?next=//evil.test'],
  ['/moved/%0d%0aSet-Cookie:x=1', '/open/%0D%0ASet-Cookie%3Ax%3D1'],
  ['/moved/x?y=%0d%0aSet-Cookie:x=1', '/open/x?y=%0d%0aSet-Cookie:x=1'],
  ['/away/@evil.test', 'https://elsewhere.test/%40evil.test'],
  ['/away/.evil.test', 'https://elsewhere.test/.evil.test'],
  ['/away/:80', 'https://elsewhere.test/%3A80'],
  ['/away-by-query?where=//evil.test', 'https://elsewhere.test/%2F%2Fevil.test'],
  ['/away-by-query?where=@evil.test', 'https://elsewhere.test/%40evil.test'],
  ['/away-by-query?where=%0d%0aX-Injected:1', 'https://elsewhere.test/%0D%0AX-Injected%3A1'],
  ['/away-by-query?where=javascript:alert(1)', 'https://elsewhere.test/javascript%3Aalert(1)'],
]

export const ssrf: readonly Case[] = [
  ...elsewhere.map(([target, received]) => ({
    name: `${target} stays at the upstream, as ${received}`,
    lessons: ['ssrf-by-path'],
    send: get(target),
    status: 200,
    upstream: { target: received },
  })),
  ...redirects.map(([target, location]) => ({
    name: `${target} redirects to ${location} and nowhere else`,
    lessons: [/%0d/i.test(target) ? 'crlf' : 'ssrf-by-path'],
    send: get(target),
    status: 307,
    upstream: NOTHING,
    answer: { fields: { location, 'set-cookie': null, 'x-injected': null } },
  })),
  ...[
    '/moved/%2f%2fevil.test',
    '/moved/\\evil.test',
    '/moved/%5cevil.test',
    '/away-by-query?where=..',
  ].map((target) => ({
    name: `${target} redirects nowhere`,
    lessons: ['ssrf-by-path'],
    send: get(target),
    status: 400,
    code: 'path-ambiguous',
    upstream: NOTHING,
  })),
  {
    name: 'a redirect of the upstream is handed to the client, not followed',
    lessons: ['ssrf-by-path'],
    send: get('/open/answers/redirect'),
    status: 302,
    upstream: { target: '/open/answers/redirect' },
    answer: { fields: { location: 'http://127.0.0.1:1/' } },
  },
  {
    name: 'a value in a header of the answer stays one line',
    lessons: ['crlf'],
    send: get('/greeting?name=%0d%0aX-Injected:%201'),
    status: 200,
    upstream: NOTHING,
    answer: { fields: { 'x-echo': '%0D%0AX-Injected: 1', 'x-injected': null } },
  },
]
