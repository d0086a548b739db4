import { document, type Files } from '../harness/gateway.ts'

/** The one config that every hostile input meets. */
export function config(upstream: string, jwks: unknown, publicKey: string): Files {
  const jwt = (more: object) => ({
    policy: 'jwt-auth',
    options: { issuer: ISSUER, audience: AUDIENCE, algorithms: ['RS256', 'ES256'], jwks, ...more },
  })
  const routes = {
    'GET /open': {},
    'GET /open/{rest+}': {},
    'POST /open/{rest+}': {},
    'PUT /open/{rest+}': {},
    'GET /items/{id}': {},
    'GET /items/{id}/secret': guarded('token'),
    'GET /users/{user}/files/{file}': {},
    'GET /slash/{name}': { 'x-encoded-slash': 'allow' },
    'GET /admin-area/{rest+}': guarded('token'),
    'GET /private': guarded('token'),
    'GET /private/{rest+}': guarded('token'),
    'POST /private': guarded('token'),
    'GET /basic': guarded('password'),
    'GET /jwt': guarded('jwt'),
    'GET /jwt-secret': guarded('jwt-secret'),
    'GET /jwt-pem': guarded('jwt-pem'),
    'GET /jwt-everywhere': guarded('jwt-everywhere'),
    'GET /role': guarded('jwt-role'),
    'GET /scope': guarded('jwt-scope'),
    'GET /key': guarded('key'),
    'GET /key-everywhere': guarded('key-everywhere'),
    'GET /key-scope': guarded('key-scope'),
    'GET /maybe': guarded('maybe-key', 'assert-consumer'),
    'GET /asserted': guarded('assert'),
    'GET /limited/{what}': guarded('one-per-address'),
    'GET /limited-by-header': guarded('one-per-tenant'),
    'GET /limited-by-key': guarded('key', 'one-per-key'),
    'POST /small': guarded('small'),
    'GET /shared': guarded('cors-listed'),
    'POST /shared': guarded('cors-listed'),
    'GET /shared-private': guarded('cors-credentials', 'token'),
    'GET /shared-all': guarded('cors-any'),
    'GET /inside': guarded('inside'),
    'GET /outside': guarded('outside'),
    'GET /moved/{where+}': handled('redirect', { to: '/open/{params.where}' }),
    'GET /away/{where}': handled('redirect', { to: 'https://elsewhere.test/{params.where}' }),
    'GET /away-by-query': handled('redirect', {
      to: 'https://elsewhere.test/{query.where}',
      query: 'none',
    }),
    'GET /rewritten/{name}': handled('proxy', {
      url: `${upstream}/base`,
      path: '/v2/{params.name}/x',
    }),
    'GET /rewritten-rest/{rest+}': handled('proxy', { url: upstream, path: '/v2/{params.rest}' }),
    'GET /rewritten-query': handled('proxy', { url: upstream, path: '/v2/{query.name}' }),
    'GET /few': handled('proxy', { url: upstream, headers: ['accept'], query: ['a'] }),
    'GET /socket': {},
    'GET /anywhere/{rest+}': {},
    'HEAD /anywhere/{rest+}': {},
    'GET /anywhere/guarded': guarded('token'),
    'GET /files/v{major}.{minor}': {},
    'GET /greeting': handled('respond', GREETING),
    'GET /hidden': { 'x-reach': 'internal' },
    'GET /constructor': guarded('token'),
    'GET /logged': guarded('log'),
    'POST /validated': { ...guarded('valid'), ...ORDER },
    'GET /validated/{id}': { ...guarded('valid'), ...QUERY },
  }
  return {
    'gateway.json': { trustedProxies: ['192.0.2.0/24'] },
    'policies.json': {
      token: { policy: 'bearer-token', options: { tokens: { ops: '$env.OPS_TOKEN' } } },
      'admin-token': { policy: 'bearer-token', options: { tokens: { root: '$env.ADMIN_TOKEN' } } },
      password: { policy: 'basic-auth', options: { users: { ada: '$env.PASSWORD' } } },
      jwt: jwt({}),
      'jwt-everywhere': jwt({ header: 'x-token', cookie: 'token', query: 'token', forward: false }),
      'jwt-role': jwt({ claims: { role: 'admin' } }),
      'jwt-scope': jwt({ scopes: ['orders:write'] }),
      'jwt-pem': {
        policy: 'jwt-auth',
        options: { publicKey, algorithms: ['RS256'], audience: AUDIENCE },
      },
      'jwt-secret': {
        policy: 'jwt-auth',
        options: { secret: '$env.JWT_SECRET', algorithms: ['HS256'], audience: AUDIENCE },
      },
      key: { policy: 'api-key', options: { headers: ['x-api-key'] } },
      'key-everywhere': {
        policy: 'api-key',
        options: { headers: ['x-api-key'], query: ['key'], cookies: ['key'] },
      },
      'key-scope': { policy: 'api-key', options: { scopes: ['orders:write'] } },
      'maybe-key': { policy: 'api-key', options: { optional: true } },
      assert: { policy: 'set-headers', options: { request: { 'x-user': '{client.ip}' } } },
      'assert-consumer': {
        policy: 'set-headers',
        options: { request: { 'x-consumer': '{consumer.id}' } },
      },
      'one-per-address': { policy: 'rate-limit', options: { limit: 1, window: '1h' } },
      'one-per-tenant': {
        policy: 'rate-limit',
        options: { limit: 1, window: '1h', by: '{headers.x-tenant}' },
      },
      'one-per-key': { policy: 'rate-limit', options: { limit: 1, window: '1h', by: 'key' } },
      small: { policy: 'body-limit', options: { limit: '16 B' } },
      'cors-listed': {
        policy: 'cors',
        options: { allowOrigin: ['https://app.example.com', 'https://*.example.org'] },
      },
      'cors-credentials': {
        policy: 'cors',
        options: { allowOrigin: ['https://app.example.com'], allowCredentials: true },
      },
      'cors-any': { policy: 'cors', options: { allowOrigin: ['*'] } },
      inside: { policy: 'ip-restriction', options: { allow: ['10.0.0.0/8', '192.0.2.0/24'] } },
      outside: { policy: 'ip-restriction', options: { deny: ['10.0.0.0/8'] } },
      valid: { policy: 'request-validation', options: { unknownQuery: 'reject' } },
      log: { policy: 'access-log', options: { requestHeaders: ['user-agent', 'referer'] } },
    },
    'routes.oas.json': document(routes, { servers: [{ url: upstream }], components }),
    'admin.oas.json': {
      openapi: '3.1.2',
      info: { title: 'Admin', version: '1' },
      paths: { '/admin/{rest+}': { 'x-policies': ['admin-token'], 'x-handler': 'admin' } },
    },
    'any.oas.json': {
      openapi: '3.1.2',
      info: { title: 'Any method', version: '1' },
      servers: [{ url: upstream }],
      paths: {
        '/any/{rest+}': { 'x-policies': ['token'], 'x-handler': 'proxy' },
        '/anywhere/internal/{rest+}': { 'x-policies': ['token'], 'x-handler': 'proxy' },
      },
    },
  }
}

export const ISSUER = 'https://id.example.com'
export const AUDIENCE = 'shop'

const ORDER = {
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['drink'],
          additionalProperties: false,
          properties: {
            drink: { type: 'string', maxLength: 10, pattern: '^(a|b)+c$' },
            count: { type: 'integer', minimum: 1, maximum: 9 },
            tree: { $ref: '#/components/schemas/Tree' },
          },
        },
      },
    },
  },
}
const QUERY = {
  parameters: [
    { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
    { name: 'page', in: 'query', schema: { type: 'integer', minimum: 1 } },
  ],
}
/** Describes itself, so that only the input's own depth ends it. */
const components = {
  schemas: {
    Tree: { type: 'object', properties: { next: { $ref: '#/components/schemas/Tree' } } },
  },
}

const GREETING = { status: 200, body: 'hello {query.name}', headers: { 'x-echo': '{query.name}' } }

const guarded = (...names: readonly string[]) => ({ 'x-policies': names })
const handled = (handler: string, options: object) => ({ 'x-handler': { handler, options } })
