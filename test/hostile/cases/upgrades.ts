import { type Case, get, NOTHING, request } from '../case.ts'

const handshake = (version: number): readonly string[] => [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  `Sec-WebSocket-Version: ${version}`,
]

export const upgrades: readonly Case[] = [
  ...['h2c', 'websocket, h2c', 'TLS/1.0', 'HTTP/2.0'].map((protocol) => ({
    name: `Upgrade: ${protocol} does not reach the upstream`,
    lessons: ['upgrades'],
    send: get(
      '/open',
      `Upgrade: ${protocol}`,
      'Connection: Upgrade, HTTP2-Settings',
      'HTTP2-Settings: AAMAAABk',
    ),
    status: 200,
    upstream: { fields: { upgrade: null, 'http2-settings': null } },
  })),
  {
    name: 'two upgrades are none',
    lessons: ['upgrades'],
    send: get('/socket', ...handshake(13), 'Upgrade: h2c'),
    status: 200,
    upstream: { fields: { upgrade: null } },
  },
  {
    name: 'a WebSocket handshake on a protected route asks for credentials',
    lessons: ['upgrades'],
    send: get('/private', ...handshake(13)),
    status: 401,
    code: 'token-missing',
    upstream: NOTHING,
  },
  {
    name: 'a WebSocket handshake where the gateway itself answers is a GET like any other',
    lessons: ['upgrades'],
    send: get('/greeting?name=x', ...handshake(13)),
    status: 200,
    upstream: NOTHING,
  },
  {
    name: 'the handshake of another version of WebSocket is none: nobody would speak to the upstream',
    lessons: ['upgrades'],
    send: get('/socket', ...handshake(99)),
    status: 200,
    upstream: { fields: { upgrade: null } },
  },
  {
    name: 'a WebSocket handshake without a key is none',
    lessons: ['upgrades'],
    send: get('/socket?switch', 'Upgrade: websocket', 'Connection: Upgrade'),
    status: 200,
    upstream: { fields: { upgrade: null } },
  },
  ...['POST', 'PUT'].map((method) => ({
    name: `${method} with Upgrade: websocket is ${method} and nothing else`,
    lessons: ['upgrades'],
    send: request(`${method} /open/x`, handshake(13), 'hello'),
    status: 200,
    upstream: { fields: { upgrade: null }, body: 'hello' },
  })),
  {
    name: 'HEAD with Upgrade: websocket is HEAD and nothing else',
    lessons: ['upgrades'],
    send: request('HEAD /any/x', handshake(13)),
    status: 401,
    upstream: NOTHING,
  },
  {
    name: 'a WebSocket handshake that the upstream answers with a page is an answer like any other',
    lessons: ['upgrades'],
    send: get('/socket', ...handshake(13)),
    status: 200,
    upstream: { fields: { upgrade: 'websocket' } },
  },
]
