import { type Options, option, type Runtime } from '#gateway'
import { ALGORITHMS, KEY_TYPES } from './algorithms.ts'
import { KeySet } from './key-set.ts'
import type { Keys } from './keys.ts'
import { isSafeUrl } from './locate.ts'
import { RemoteKeys } from './remote-keys.ts'
import {
  keysOfPem,
  keysOfSecrets,
  keysOfSet,
  normalPem,
  PEM_LABELS,
  type Secret,
} from './static-keys.ts'
import { normalType, type Rules } from './verify.ts'

const text = option.string('One value.')
const scalar = option.anyOf(
  option.anyOf(option.string('A text.'), option.number('A number.'), 'A text or a number.'),
  option.boolean('True or false.'),
  'A text, a number, true or false.',
)
const jwk = option.record(
  option.anyOf(scalar, option.list(text, 'Several.'), 'Value of the member.'),
  'A public key (RFC 7517).',
)

export const options = {
  issuer: option.optional(
    option.anyOf(
      option.string('The issuer.'),
      option.list(option.string('An issuer.'), 'One of these.', { min: 1 }),
      'What `iss` has to be, exactly. Without another source of keys they are found by its metadata (OpenID Connect Discovery, RFC 8414).',
    ),
  ),
  audience: option.optional(
    option.anyOf(
      option.string('The audience.'),
      option.list(option.string('An audience.'), 'One of these.', { min: 1 }),
      'What `aud` has to be, or to have among others.',
    ),
  ),
  algorithms: option.list(
    option.oneOf(ALGORITHMS, 'An algorithm.'),
    'Algorithms that are accepted, of which each works only with a key of its type.',
    { min: 1, default: ['RS256'] },
  ),
  jwksUrl: option.optional(option.url('Where the issuer publishes its keys (JWK Set).')),
  jwks: option.optional(
    option.object({ keys: option.list(jwk, 'The keys.', { min: 1 }) }, 'Public keys (JWK Set).'),
  ),
  publicKey: option.optional(
    option.anyOf(
      option.string('The key.'),
      option.list(option.string('A key.'), 'One of these.', { min: 1 }),
      'Public key or certificate as PEM, best as `"$env.NAME"`.',
    ),
  ),
  secret: option.optional(
    option.anyOf(
      option.secret('The secret.'),
      option.list(option.secret('A secret.'), 'One of these.', { min: 1 }),
      'Secret shared with the issuer, for HS256, HS384 and HS512: at least 32, 48 and 64 bytes.',
    ),
  ),
  secretEncoding: option.oneOf(['text', 'base64'], 'How `secret` is written; base64url, too.', {
    default: 'text',
  }),
  claims: option.record(
    option.anyOf(
      scalar,
      option.list(scalar, 'One of these.', { min: 1 }),
      'Value, or one of a few.',
    ),
    'Claims that have to be there with this value, or with one of these. Of a claim that is a list, one member has to match. A dot goes deeper.',
    { default: {} },
  ),
  scopes: option.list(option.string('A scope.'), 'Scopes that are all needed; without them 403.', {
    default: [],
  }),
  scopesClaim: option.optional(
    option.string(
      'Claim with the scopes, a text with spaces or a list. Default: `scope`, or `scp`.',
    ),
  ),
  types: option.list(
    option.string('A type, without `application/`.'),
    'What the header’s `typ` may be; one that is missing counts as `JWT`. `["at+jwt"]` takes access tokens of RFC 9068 only.',
    { min: 1, default: ['JWT', 'at+jwt'] },
  ),
  requireExpiry: option.boolean('Whether a token without `exp` is refused.', { default: true }),
  maxAge: option.optional(option.duration('How long ago `iat` may be.')),
  clockTolerance: option.duration('How far clocks may be apart, for `exp`, `nbf` and `iat`.', {
    default: '5s',
  }),
  authorization: option.boolean('Whether the token may be in `Authorization: Bearer`.', {
    default: true,
  }),
  header: option.optional(option.headerName('Another field that may hold the token, bare.')),
  cookie: option.optional(option.string('A cookie that may hold the token.')),
  query: option.optional(option.string('A query parameter that may hold the token.')),
  optional: option.boolean('Lets requests without a token pass; a wrong one is still refused.', {
    default: false,
  }),
  forward: option.boolean('Whether the token goes upstream.', { default: true }),
  subject: option.string('Claim that names the principal’s subject.', { default: 'sub' }),
  consumer: option.optional(option.string('Claim that names the consumer.')),
  groups: option.string('Claim with the groups.', { default: 'groups' }),
  realm: option.optional(option.string('Name of what is protected, for the challenge.')),
  refresh: option.duration('How long fetched keys are used before they are fetched anew.', {
    default: '10m',
  }),
  stale: option.duration('How much longer they are used while that fails.', { default: '1h' }),
  cooldown: option.duration('Least time between two fetches, whatever tokens ask for.', {
    default: '30s',
  }),
  timeout: option.duration('How long fetching keys may take.', { default: '5s' }),
}

type Given = Options<typeof options>

/** What the schema cannot say. @throws Error with a sentence that holds no secret */
export function checkOptions(given: Given): void {
  const { algorithms, jwksUrl, jwks, publicKey, secret, issuer, audience, claims } = given
  const sources = Object.entries({ jwksUrl, jwks, publicKey, secret }).filter(([, one]) => one)
  if (sources.length > 1) {
    throw new Error(
      `keys come from one source, not from ${sources.map(([name]) => name).join(', ')}`,
    )
  }
  const wrong = algorithms.find((alg) => alg.startsWith('HS') !== (secret !== undefined))
  if (wrong !== undefined) {
    throw new Error(
      secret === undefined
        ? `${wrong} needs a \`secret\`; with a public key for one, anybody could sign`
        : `${wrong} needs a public key and does not go with \`secret\``,
    )
  }
  const isRemote = jwksUrl !== undefined || sources.length === 0
  if (isRemote && (issuer === undefined || (jwksUrl === undefined && !isOne(issuer)))) {
    throw new Error('name one `issuer`, or a source of keys with those issuers that may use them')
  }
  if (isRemote && !isSafeUrl(jwksUrl ?? list(issuer)![0]!)) {
    throw new Error('keys are fetched over https only (http on loopback), without a password')
  }
  if (isRemote && audience === undefined && Object.keys(claims).length === 0) {
    throw new Error(
      'without `audience` (or a claim that tells) tokens for all other services of the issuer pass',
    )
  }
  if (jwks !== undefined) checkKeySet(jwks)
  for (const pem of list(publicKey) ?? []) {
    if (!Object.keys(PEM_LABELS).some((label) => normalPem(pem).startsWith(label))) {
      throw new Error(`\`publicKey\` begins with ${Object.keys(PEM_LABELS).join(' or ')}`)
    }
  }
  const bytesMin = Math.max(...algorithms.map((alg) => KEY_TYPES[alg].secretBytesMin ?? 0))
  for (const one of secretsOf(given)) {
    if (one.byteLength < bytesMin) throw new Error(`\`secret\` has fewer than ${bytesMin} bytes`)
  }
  if (![given.authorization, given.header, given.cookie, given.query].some(Boolean)) {
    throw new Error('there is no place where the token may be')
  }
}

export function keysFrom(given: Given, runtime: Runtime): Keys {
  const { algorithms, jwksUrl, jwks, publicKey, secret, issuer } = given
  if (jwks !== undefined) return keysOfSet(jwks)
  if (publicKey !== undefined) return keysOfPem(list(publicKey)!, algorithms)
  if (secret !== undefined) return keysOfSecrets(secretsOf(given), algorithms)
  const { refresh: refreshMs, stale: staleMs, cooldown: cooldownMs, timeout: timeoutMs } = given
  const location =
    jwksUrl === undefined
      ? ({ kind: 'issuer', url: list(issuer)![0]! } as const)
      : ({ kind: 'jwks', url: jwksUrl } as const)
  return new RemoteKeys({ location, refreshMs, staleMs, cooldownMs, timeoutMs }, runtime)
}

export function rulesFrom(given: Given): Rules {
  return {
    algorithms: given.algorithms,
    types: given.types.map(normalType),
    issuers: list(given.issuer),
    audiences: list(given.audience),
    isExpiryRequired: given.requireExpiry,
    maxAgeMs: given.maxAge,
    toleranceMs: given.clockTolerance,
    claims: given.claims,
  }
}

function checkKeySet(jwks: NonNullable<Given['jwks']>): void {
  if (jwks.keys.some((key) => 'd' in key || 'k' in key)) {
    throw new Error('`jwks` holds a private key or a secret; such must not stand in a file')
  }
  void new KeySet(jwks)
}

function secretsOf({ secret, secretEncoding }: Given): readonly Secret[] {
  return (list(secret) ?? []).map((one) => {
    if (secretEncoding === 'text') return Uint8Array.from(new TextEncoder().encode(one))
    try {
      const characters = atob(one.replaceAll('-', '+').replaceAll('_', '/'))
      return Uint8Array.from(characters, (character) => character.charCodeAt(0))
    } catch {
      throw new Error('`secret` is not base64')
    }
  })
}

const isOne = (value: string | readonly string[]): boolean =>
  typeof value === 'string' || value.length === 1

function list(value: string | readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? [value] : value
}
