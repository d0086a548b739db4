import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from '../../../test/worker/harness.ts'
import {
  AUDIENCE,
  bearer,
  claims,
  guarded,
  ISSUER,
  NOW_MS,
  sign,
  type Signer,
  signer,
} from '../../../test/worker/jwt.ts'

const KEYS = `${ISSUER}/keys`

let first: Signer
let second: Signer
beforeAll(async () => {
  ;[first, second] = await Promise.all([signer('ES256', 'first'), signer('ES256', 'second')])
})

/** An issuer on a clock that is moved by hand, and a gateway that trusts it. */
function world(more: Readonly<Record<string, unknown>> = { jwksUrl: KEYS }) {
  const clock = { nowMs: NOW_MS }
  const asked: { readonly url: string; readonly init: RequestInit | undefined }[] = []
  const answers: Record<string, (signal: AbortSignal) => Response | Promise<Response>> = {
    [KEYS]: () => Response.json({ keys: [first.jwk] }),
  }
  const gateway = guarded(
    { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], ...more },
    {
      runtime: {
        now: () => clock.nowMs,
        fetch: async (url, init) => {
          asked.push({ url, init })
          const answer = answers[url]
          return answer ? answer(init!.signal!) : new Response(null, { status: 404 })
        },
      },
    },
  )
  const token = async (by: Signer) =>
    sign(by, { ...claims, exp: clock.nowMs / 1000 + 60 }, { alg: by.alg, kid: by.jwk['kid'] })
  const send = async (by: Signer) => gateway.fetch('/a', bearer(await token(by)))
  const status = async (by: Signer) => (await send(by)).status
  return { clock, asked, answers, gateway, token, send, status }
}

const published = (...signers: readonly Signer[]) => {
  const keys = signers.map(({ jwk }) => jwk)
  return () => Response.json({ keys })
}
/** An answer that is given when the test says so. */
function held() {
  const { promise: called, resolve: arrived } = Promise.withResolvers<void>()
  const { promise: reply, resolve: answer } = Promise.withResolvers<Response>()
  const answering = () => {
    arrived()
    return reply
  }
  return { called, answer, answering }
}

const unavailable = () => new Response(null, { status: 503 })

describe('keys are fetched', () => {
  it('once, without following redirects, and then kept', async () => {
    const { asked, clock, status } = world()
    for (let i = 0; i < 5; i++) {
      expect(await status(first)).toBe(200)
      clock.nowMs += 119_999
    }
    expect(asked.map(({ url }) => url)).toEqual([KEYS])
    expect(asked[0]!.init).toMatchObject({ redirect: 'manual' })
  })

  it('once for requests that come together, and each of them passes', async () => {
    const { asked, answers, send } = world()
    const { called, answer, answering } = held()
    answers[KEYS] = answering
    const sent = Array.from({ length: 5 }, () => send(first))
    await called
    answer(published(first)())
    const statuses = (await Promise.all(sent)).map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 200, 200, 200])
    expect(asked).toHaveLength(1)
  })

  it('not at all for a token that is refused without them', async () => {
    const { asked, gateway } = world()
    const headers = [{ alg: 'HS256' }, { alg: 'none' }, { alg: 'ES256', typ: 'x' }, { crit: [] }]
    for (const header of headers) {
      const token = await sign(first, claims, header)
      expect((await gateway.fetch('/a', bearer(token))).status).toBe(401)
    }
    expect(asked).toEqual([])
  })

  it('never from where a token says', async () => {
    const { asked, gateway } = world()
    const evil = 'https://evil.example/keys'
    const header = { alg: 'ES256', kid: evil, jku: evil, x5u: evil, jwk: second.jwk }
    const response = await gateway.fetch('/a', bearer(await sign(second, claims, header)))
    expect(response.status).toBe(401)
    expect(asked.map(({ url }) => url)).toEqual([KEYS])
  })
})

describe('when the issuer changes its keys', () => {
  it('a token with a new key passes as soon as the cooldown is over', async () => {
    const { answers, asked, clock, status } = world()
    expect(await status(first)).toBe(200)
    answers[KEYS] = published(first, second)
    clock.nowMs += 29_999
    expect(await status(second)).toBe(401)
    expect(asked).toHaveLength(1)
    clock.nowMs += 1
    expect(await status(second)).toBe(200)
    expect(asked).toHaveLength(2)
    expect(await status(first)).toBe(200)
  })

  it('a key that was taken back is refused once the keys are fetched anew', async () => {
    const { answers, clock, status } = world()
    expect(await status(first)).toBe(200)
    answers[KEYS] = published(second)
    clock.nowMs += 599_999
    expect(await status(first)).toBe(200)
    clock.nowMs += 1
    expect(await status(first)).toBe(401)
    expect(await status(second)).toBe(200)
  })

  it('strangers with made-up key names cause one fetch in each cooldown, and each is refused', async () => {
    const { asked, clock, gateway, status } = world()
    expect(await status(first)).toBe(200)
    clock.nowMs += 30_000
    for (let i = 0; i < 50; i++) {
      const token = await sign(second, claims, { alg: 'ES256', kid: `made-up-${i}` })
      expect((await gateway.fetch('/a', bearer(token))).status).toBe(401)
    }
    expect(asked).toHaveLength(2)
    expect(await status(first)).toBe(200)
  })
})

describe('when the issuer cannot be reached', () => {
  it('nobody is told that the token is wrong: 503, with longer and longer pauses', async () => {
    const { answers, asked, clock, gateway, send, status } = world()
    answers[KEYS] = unavailable
    const response = await send(first)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.has('www-authenticate')).toBe(false)
    expect(await problemOf(response)).toEqual({
      type: 'about:blank',
      title: 'The keys to check the token are not available.',
      status: 503,
      code: 'keys-unavailable',
      policy: 'tokens',
    })
    expect(gateway.logs[0]).toMatchObject({
      level: 'warn',
      event: 'keys-unavailable',
      location: KEYS,
      error: `Error: ${KEYS} answered 503`,
    })
    const attempts: number[] = []
    for (let second = 1; second <= 100; second++) {
      clock.nowMs += 1_000
      const before = asked.length
      expect(await status(first)).toBe(503)
      if (asked.length > before) attempts.push(second)
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31, 61, 91])
    answers[KEYS] = published(first)
    clock.nowMs += 30_000
    expect(await status(first)).toBe(200)
  })

  it('old keys are used for the stated time and no longer', async () => {
    const { answers, asked, clock, status } = world({ jwksUrl: KEYS, refresh: '10m', stale: '1h' })
    expect(await status(first)).toBe(200)
    answers[KEYS] = unavailable
    clock.nowMs += 600_000
    expect(await status(first)).toBe(200)
    expect(asked).toHaveLength(2)
    clock.nowMs = NOW_MS + 4_199_999
    expect(await status(first)).toBe(200)
    clock.nowMs = NOW_MS + 4_200_000
    expect(await status(first)).toBe(503)
  })

  it('a token with an unknown key is refused with 401 while others are known', async () => {
    const { answers, clock, status } = world()
    expect(await status(first)).toBe(200)
    answers[KEYS] = unavailable
    clock.nowMs += 30_000
    expect(await status(second)).toBe(401)
  })

  it('a slow answer holds up one request only, while old keys are there', async () => {
    const { answers, asked, clock, send, status } = world()
    expect(await status(first)).toBe(200)
    clock.nowMs += 600_000
    const { called, answer, answering } = held()
    answers[KEYS] = answering
    const slow = send(first)
    await called
    expect(await status(first)).toBe(200)
    answer(published(first)())
    expect((await slow).status).toBe(200)
    expect(asked).toHaveLength(2)
  })

  it('an answer that never comes is given up', async () => {
    const { answers, gateway, status } = world({ jwksUrl: KEYS, timeout: '10ms' })
    answers[KEYS] = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    expect(await status(first)).toBe(503)
    expect(gateway.logs[0]).toMatchObject({ error: 'no answer within 10 ms' })
  })
})

describe('nothing is believed of an answer that is', () => {
  const manyKeys = Array.from({ length: 101 }, (_, i) => ({ kty: 'EC', kid: `${i}` }))
  it.each([
    ['a redirect', () => Response.redirect('https://evil.example/keys', 302), 'answered 302'],
    ['not there', () => new Response(null, { status: 404 }), 'answered 404'],
    ['no JSON', () => new Response('<html>'), 'SyntaxError'],
    ['no UTF-8', () => new Response(Uint8Array.of(0x22, 0xff, 0x22)), 'TypeError'],
    ['no JWK Set', () => Response.json([]), 'no list of `keys`'],
    ['null', () => Response.json(null), 'no list of `keys`'],
    ['without keys', () => Response.json({ keys: [] }), 'no public key'],
    ['with keys of odd types', () => Response.json({ keys: [null, 1, 'x'] }), 'no public key'],
    [
      'with secrets only',
      () => Response.json({ keys: [{ kty: 'oct', k: 'AA' }] }),
      'no public key',
    ],
    ['too many keys', () => Response.json({ keys: manyKeys }), 'more than 100 keys'],
    ['too long', () => new Response(' '.repeat(262_145)), 'more than 262144 bytes'],
  ])('%s', async (_, answer, why) => {
    const { answers, gateway, status } = world()
    answers[KEYS] = answer
    expect(await status(first)).toBe(503)
    expect(String(gateway.logs[0]!['error'])).toContain(why)
  })

  it('and a private key that was published is not used', async () => {
    const { answers, status } = world()
    const leaked = { ...second.jwk, d: 'AAAA' }
    answers[KEYS] = () => Response.json({ keys: [first.jwk, leaked] })
    expect(await status(first)).toBe(200)
    expect(await status(second)).toBe(401)
  })
})

describe('discovery', () => {
  const OIDC = `${ISSUER}/.well-known/openid-configuration`
  const metadata = (members: object) => () => Response.json({ issuer: ISSUER, ...members })

  it('finds the keys by the metadata of OpenID Connect', async () => {
    const { answers, asked, status } = world({})
    answers[OIDC] = metadata({ jwks_uri: KEYS })
    expect(await status(first)).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([OIDC, KEYS])
  })

  it('finds them by those of OAuth (RFC 8414 §3), with the issuer’s path behind', async () => {
    const issuer = `${ISSUER}/tenant/`
    const { answers, asked, gateway } = world({ issuer })
    const oauth = `${ISSUER}/.well-known/oauth-authorization-server/tenant`
    answers[oauth] = metadata({ issuer, jwks_uri: KEYS })
    const token = await sign(first, { ...claims, iss: issuer })
    expect((await gateway.fetch('/a', bearer(token))).status).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([
      `${ISSUER}/tenant/.well-known/openid-configuration`,
      oauth,
      KEYS,
    ])
  })

  it('notices when the keys have moved', async () => {
    const { answers, clock, status } = world({})
    answers[OIDC] = metadata({ jwks_uri: KEYS })
    expect(await status(first)).toBe(200)
    answers[OIDC] = metadata({ jwks_uri: `${ISSUER}/new` })
    answers[`${ISSUER}/new`] = published(second)
    clock.nowMs += 600_000
    expect(await status(second)).toBe(200)
    expect(await status(first)).toBe(401)
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example', jwks_uri: KEYS }, 'another issuer'],
    ['of nearly the issuer', { issuer: `${ISSUER}/`, jwks_uri: KEYS }, 'another issuer'],
    ['without keys', {}, '`jwks_uri` is not'],
    ['with keys over http', { jwks_uri: 'http://id.example.com/keys' }, '`jwks_uri` is not'],
    ['with keys in a file', { jwks_uri: 'file:///etc/keys' }, '`jwks_uri` is not'],
    ['with keys in a text', { jwks_uri: 'data:,{}' }, '`jwks_uri` is not'],
    ['with keys on our own machine', { jwks_uri: 'http://127.0.0.1/keys' }, 'https to http'],
  ])('does not follow metadata %s', async (_, members, why) => {
    const { answers, asked, gateway, status } = world({})
    answers[OIDC] = metadata(members)
    expect(await status(first)).toBe(503)
    expect(String(gateway.logs[0]!['error'])).toContain(why)
    expect(asked.map(({ url }) => url)).not.toContain((members as { jwks_uri?: string }).jwks_uri)
  })
})
