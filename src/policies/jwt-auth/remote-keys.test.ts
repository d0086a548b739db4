import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from '../../../test/worker/harness.ts'
import { KEYS, published, world } from '../../../test/worker/issuer.ts'
import { bearer, claims, NOW_MS, sign, type Signer, signer } from '../../../test/worker/jwt.ts'

let first: Signer
let second: Signer
beforeAll(async () => {
  ;[first, second] = await Promise.all([signer('ES256', 'first'), signer('ES256', 'second')])
})

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
    const { asked, clock, status } = world(first)
    for (let i = 0; i < 5; i++) {
      expect(await status(first)).toBe(200)
      clock.nowMs += 119_999
    }
    expect(asked.map(({ url }) => url)).toEqual([KEYS])
    expect(asked[0]!.init).toMatchObject({ redirect: 'manual' })
  })

  it('once for requests that come together, and each of them passes', async () => {
    const { asked, answers, send } = world(first)
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
    const { asked, gateway } = world(first)
    const headers = [{ alg: 'HS256' }, { alg: 'none' }, { alg: 'ES256', typ: 'x' }, { crit: [] }]
    for (const header of headers) {
      const token = await sign(first, claims, header)
      expect((await gateway.fetch('/a', bearer(token))).status).toBe(401)
    }
    expect(asked).toEqual([])
  })

  it('never from where a token says', async () => {
    const { asked, gateway } = world(first)
    const evil = 'https://evil.example/keys'
    const header = { alg: 'ES256', kid: evil, jku: evil, x5u: evil, jwk: second.jwk }
    const response = await gateway.fetch('/a', bearer(await sign(second, claims, header)))
    expect(response.status).toBe(401)
    expect(asked.map(({ url }) => url)).toEqual([KEYS])
  })
})

describe('when the issuer changes its keys', () => {
  it('a token with a new key passes as soon as the cooldown is over', async () => {
    const { answers, asked, clock, status } = world(first)
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
    const { answers, clock, status } = world(first)
    expect(await status(first)).toBe(200)
    answers[KEYS] = published(second)
    clock.nowMs += 599_999
    expect(await status(first)).toBe(200)
    clock.nowMs += 1
    expect(await status(first)).toBe(401)
    expect(await status(second)).toBe(200)
  })

  it('strangers with made-up key names cause one fetch in each cooldown, and each is refused', async () => {
    const { asked, clock, gateway, status } = world(first)
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
    const { answers, asked, clock, gateway, send, status } = world(first)
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
    const { answers, asked, clock, status } = world(first, {
      jwksUrl: KEYS,
      refresh: '10m',
      stale: '1h',
    })
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
    const { answers, clock, status } = world(first)
    expect(await status(first)).toBe(200)
    answers[KEYS] = unavailable
    clock.nowMs += 30_000
    expect(await status(second)).toBe(401)
  })

  it('a slow answer holds up one request only, while old keys are there', async () => {
    const { answers, asked, clock, send, status } = world(first)
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
    const { answers, gateway, status } = world(first, { jwksUrl: KEYS, timeout: '10ms' })
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
    const { answers, gateway, status } = world(first)
    answers[KEYS] = answer
    expect(await status(first)).toBe(503)
    expect(String(gateway.logs[0]!['error'])).toContain(why)
  })

  it('and a private key that was published is not used', async () => {
    const { answers, status } = world(first)
    const leaked = { ...second.jwk, d: 'AAAA' }
    answers[KEYS] = () => Response.json({ keys: [first.jwk, leaked] })
    expect(await status(first)).toBe(200)
    expect(await status(second)).toBe(401)
  })
})
