import { type Case, get, NOTHING, type Secrets, type TokenParts } from '../case.ts'

const FAR = 4_102_444_800

const bearing = (path: string, parts: TokenParts) => async (secrets: Secrets) =>
  get(path, `Authorization: Bearer ${await secrets.jwt(parts)}`)

/** Headers, with whose key it is signed. Only the first two lines of defence see them. */
const headers: readonly (readonly [trick: string, parts: TokenParts])[] = [
  ['alg none', { header: { alg: 'none' }, by: 'nobody' }],
  ['alg None', { header: { alg: 'None' }, by: 'nobody' }],
  ['alg NONE with a signature', { header: { alg: 'NONE' } }],
  ['no alg', { header: '{"typ":"JWT"}' }],
  ['an empty alg', { header: { alg: '' } }],
  ['alg as a list', { header: { alg: ['RS256'] } }],
  ['alg in lower case', { header: { alg: 'rs256' } }],
  ['an algorithm that is not listed', { header: { alg: 'PS256' } }],
  ['a listed algorithm of another key type', { header: { alg: 'ES256' } }],
  ['HS256 over the public key', { header: { alg: 'HS256' }, by: 'public-key-as-secret' }],
  ['RS256 claimed over the public key as a secret', { by: 'public-key-as-secret' }],
  ['a stranger’s key', { by: 'stranger' }],
  ['no signature', { by: 'nobody' }],
  ['an unknown kid', { header: { kid: 'two' }, by: 'stranger' }],
  ['a kid that is a path', { header: { kid: '../../dev/null' }, by: 'stranger' }],
  ['a kid that is a query', { header: { kid: "' OR 1=1 --" }, by: 'stranger' }],
  ['a kid that is a number', { header: { kid: 1 } }],
  ['kid __proto__', { header: '{"alg":"RS256","kid":"__proto__"}', by: 'stranger' }],
  ['a critical extension', { header: { crit: ['exp'], exp: FAR } }],
  ['an empty list of critical extensions', { header: { crit: [] } }],
  ['b64 false', { header: { b64: false, crit: ['b64'] } }],
  ['a repeated alg', { header: '{"alg":"none","alg":"RS256","kid":"one"}' }],
  ['another type', { header: { typ: 'logout+jwt' } }],
  ['type that is not a text', { header: { typ: 1 } }],
  ['a header that is a list', { header: '["RS256"]' }],
  ['a header that is no JSON', { header: 'RS256' }],
  ['an alg with a space', { header: { alg: 'RS256 ' } }],
  ['an alg with NUL', { header: { alg: 'RS256\0' } }],
  ['a repeated alg, once escaped', { header: '{"alg":"RS256","\\u0061lg":"none","kid":"one"}' }],
  ['a byte order mark', { header: '\ufeff{"alg":"RS256","kid":"one"}' }],
  ['kid null', { header: { kid: null } }],
  ['an empty kid', { header: { kid: '' } }],
  ['type null', { header: { typ: null } }],
  ['an encrypted token’s header', { header: { alg: 'RSA-OAEP', enc: 'A256GCM' } }],
]

/** Keys that a token brings or points to. */
const foreignKeys: readonly (readonly [trick: string, parts: TokenParts])[] = [
  ['jku', { header: { jku: 'http://127.0.0.1:1/keys' }, by: 'stranger' }],
  ['jku with a file URL', { header: { jku: 'file:///etc/passwd' }, by: 'stranger' }],
  ['x5u', { header: { x5u: 'http://127.0.0.1:1/cert' }, by: 'stranger' }],
  ['jwk', { header: { jwk: { kty: 'oct', k: 'AAAA' } }, by: 'stranger' }],
  ['x5c', { header: { x5c: ['AAAA'] }, by: 'stranger' }],
]

const claims: readonly (readonly [lesson: string, trick: string, claims: TokenParts['claims']])[] =
  [
    ['jwt-claims', 'exp in the past', { exp: 1 }],
    ['jwt-claims', 'exp 0', { exp: 0 }],
    ['jwt-claims', 'exp below 0', { exp: -1 }],
    ['jwt-claims', 'exp "never"', { exp: 'never' }],
    ['jwt-claims', 'exp as a text of digits', { exp: String(FAR) }],
    ['jwt-claims', 'exp null', { exp: null }],
    ['jwt-claims', 'exp true', { exp: true }],
    ['jwt-claims', 'exp as a list', { exp: [FAR] }],
    [
      'jwt-claims',
      'exp 1e999',
      `{"iss":"https://id.example.com","aud":"shop","sub":"a","exp":1e999}`,
    ],
    ['jwt-claims', 'no exp', { exp: undefined }],
    ['jwt-claims', 'exp only inherited', { exp: undefined, ['__proto__']: { exp: FAR } }],
    ['jwt-claims', 'nbf null', { nbf: null }],
    [
      'jwt-claims',
      'nbf 1e308',
      `{"iss":"https://id.example.com","aud":"shop","sub":"a","exp":${FAR},"nbf":1e308}`,
    ],
    [
      'jwt-claims',
      'something behind',
      `{"iss":"https://id.example.com","aud":"shop","sub":"a","exp":${FAR}} x`,
    ],
    ['jwt-claims', 'nbf in the future', { nbf: FAR }],
    ['jwt-claims', 'nbf "now"', { nbf: 'now' }],
    ['jwt-claims', 'iat "then"', { iat: 'then' }],
    ['jwt-claims', 'no sub', { sub: undefined }],
    ['jwt-claims', 'an empty sub', { sub: '' }],
    ['jwt-claims', 'sub as a record', { sub: { toString: 'x' } }],
    ['issuer-audience', 'no iss', { iss: undefined }],
    ['issuer-audience', 'another iss', { iss: 'https://id.example.com.evil.test' }],
    ['issuer-audience', 'iss with a slash more', { iss: 'https://id.example.com/' }],
    ['issuer-audience', 'iss in other case', { iss: 'https://ID.example.com' }],
    ['issuer-audience', 'iss as a list', { iss: ['https://id.example.com'] }],
    ['issuer-audience', 'no aud', { aud: undefined }],
    ['issuer-audience', 'another aud', { aud: 'shop2' }],
    ['issuer-audience', 'aud as part of a text', { aud: 'my shop' }],
    ['issuer-audience', 'an empty list of aud', { aud: [] }],
    ['issuer-audience', 'aud in a list in a list', { aud: [['shop']] }],
    ['issuer-audience', 'aud null in a list', { aud: [null] }],
    ['issuer-audience', 'an empty aud', { aud: '' }],
    ['issuer-audience', 'aud as a record', { aud: { shop: true } }],
    ['jwt-claims', 'claims that are a list', '["ada"]'],
    ['jwt-claims', 'claims that are null', 'null'],
    [
      'duplicate-names',
      'a repeated sub',
      `{"iss":"https://id.example.com","aud":"shop","sub":"a","sub":"root","exp":${FAR}}`,
    ],
  ]

/** Texts that are no token in compact form; `TOKEN` is a good one. */
const forms: readonly string[] = [
  'TOKEN.',
  'TOKEN.x',
  '.TOKEN',
  'TOKEN=',
  'TOKEN/',
  'TOKEN+x',
  'a.b',
  'a.b.c.d.e',
  '..',
  'null',
  '[object',
]

export const jwt: readonly Case[] = [
  {
    name: 'a good token passes',
    lessons: ['jwt-algorithms'],
    send: bearing('/jwt', {}),
    status: 200,
    upstream: { target: '/jwt' },
  },
  {
    name: 'a good token with one audience among others passes',
    lessons: ['issuer-audience'],
    send: bearing('/jwt', { claims: { aud: ['other', 'shop'] } }),
    status: 200,
    upstream: { target: '/jwt' },
  },
  ...headers.map(([trick, parts]) => ({
    name: `a token with ${trick} is refused`,
    lessons: [trick.includes('encrypted') ? 'decryption' : 'jwt-algorithms'],
    send: bearing('/jwt', parts),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  ...foreignKeys.map(([trick, parts]) => ({
    name: `a key that a token brings by ${trick} is not looked at`,
    lessons: ['jwt-key-urls'],
    send: bearing('/jwt', parts),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  ...claims.map(([lesson, trick, given]) => ({
    name: `a signed token with ${trick} is refused`,
    lessons: [lesson],
    send: bearing('/jwt', given === undefined ? {} : { claims: given }),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  ...forms.map((form) => ({
    name: `${form} is not taken for a token`,
    lessons: ['jwt-algorithms'],
    send: async (secrets: Secrets) =>
      get('/jwt', `Authorization: Bearer ${form.replace('TOKEN', await secrets.jwt())}`),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  {
    name: 'HS256 over the PEM text is refused where the key is configured as PEM',
    lessons: ['jwt-algorithms'],
    send: bearing('/jwt-pem', { header: { alg: 'HS256' }, by: 'public-key-as-secret' }),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
  {
    name: 'RS256 is refused where a secret is configured',
    lessons: ['jwt-algorithms'],
    send: bearing('/jwt-secret', {}),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
  {
    name: 'a token for one route says nothing on a route that wants a role',
    lessons: ['token-cache'],
    send: async (secrets) => {
      const token = await secrets.jwt()
      return get('/role', `Authorization: Bearer ${token}`)
    },
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
  ...['user', 'Admin', 'admin ', 'administrator', true, { admin: true }].map((role) => ({
    name: `the role ${JSON.stringify(role)} is not admin`,
    lessons: ['token-cache'],
    send: bearing('/role', { claims: { role } }),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  })),
  ...['', 'orders', 'orders:write2', 'ORDERS:WRITE', 'orders:write,x', ['orders:read']].map(
    (scope) => ({
      name: `the scope ${JSON.stringify(scope)} is not orders:write`,
      lessons: ['token-cache'],
      send: bearing('/scope', { claims: { scope } }),
      status: 403,
      code: 'scope-insufficient',
      upstream: NOTHING,
    }),
  ),
  {
    name: 'the role itself passes, and the token that says so goes on',
    lessons: ['token-cache'],
    send: bearing('/role', { claims: { role: ['user', 'admin'] } }),
    status: 200,
    upstream: { target: '/role' },
  },
  {
    name: 'two tokens in two places are ambiguous',
    lessons: ['duplicate-fields'],
    send: async (secrets) =>
      get(
        `/jwt-everywhere?token=${await secrets.jwt()}`,
        `X-Token: ${await secrets.jwt({ claims: { sub: 'root' } })}`,
      ),
    status: 400,
    code: 'credentials-ambiguous',
    upstream: NOTHING,
  },
  {
    name: 'a token goes no further, wherever it stood',
    lessons: ['secrets-leaked'],
    send: async (secrets) => {
      const token = await secrets.jwt()
      return get(
        `/jwt-everywhere?a=1&token=${token}&%74oken=${token}`,
        `X-Token: ${token}`,
        `Cookie: a=1; token=${token}`,
        `Authorization: Bearer ${token}`,
      )
    },
    status: 200,
    upstream: { target: '/jwt-everywhere?a=1', fields: { cookie: 'a=1' }, without: /eyJ/ },
  },
  {
    name: 'an oversized token is refused without work',
    lessons: ['regular-expressions'],
    send: get('/jwt', `Authorization: Bearer ${'a'.repeat(20_000)}.b.c`),
    status: 401,
    code: 'token-invalid',
    upstream: NOTHING,
  },
]
