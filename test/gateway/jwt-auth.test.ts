import { request } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

/** An identity provider: a real server with metadata, keys that change, and tokens it signs. */
class Provider {
  readonly #keys = new Map<string, PrivateKey>()
  #server: Upstream | undefined
  #published: JWK[] = []
  /** What an answer with keys waits for. */
  release: Promise<void> = Promise.resolve()
  isDown = false
  #asked: () => void = () => undefined

  async start(): Promise<void> {
    this.#server = await startUpstream(({ target }, response) => {
      if (target === '/keys') this.#asked()
      if (this.isDown) return void response.writeHead(503).end()
      const json = (value: unknown) =>
        void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify(value))
      if (target === '/.well-known/openid-configuration') {
        return json({ issuer: this.url, jwks_uri: `${this.url}/keys` })
      }
      if (target !== '/keys') return void response.writeHead(404).end()
      void this.release.then(() => json({ keys: this.#published }))
    })
  }

  get url(): string {
    return this.#server!.url
  }

  /** How often the keys were asked for. */
  get fetches(): number {
    return this.#server!.seen.filter(({ target }) => target === '/keys').length
  }

  /** Resolves when the keys are asked for once more. */
  nextFetch(): Promise<void> {
    return new Promise((resolve) => (this.#asked = resolve))
  }

  forget(): void {
    this.#server!.seen.length = 0
  }

  /** Publishes a new key, and no longer the ones not named. */
  async rotate(kid: string, ...kept: readonly string[]): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    this.#keys.set(kid, privateKey)
    const old = this.#published.filter((jwk) => kept.includes(jwk.kid!))
    this.#published = [...old, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }]
  }

  token(kid: string, by = kid): Promise<string> {
    return new SignJWT({ scope: 'read' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(this.url)
      .setAudience('shop')
      .setSubject('ada')
      .setExpirationTime('5m')
      .sign(this.#keys.get(by)!)
  }

  stop(): Promise<void> {
    return this.#server!.stop()
  }
}

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

const provider = new Provider()
let upstream: Upstream
let gateway: Running
beforeAll(async () => {
  await provider.start()
  upstream = await startUpstream()
  const options = { issuer: provider.url, audience: 'shop', algorithms: ['ES256'] }
  const jwt = (more: object) => ({ policy: 'jwt-auth', options: { ...options, ...more } })
  const guarded = (name: string) => ({ 'x-policies': [name] })
  gateway = await startGateway({
    'policies.json': {
      patient: jwt({}),
      crowded: jwt({}),
      left: jwt({}),
      late: jwt({}),
      eager: jwt({ cooldown: '0ms' }),
      direct: jwt({ jwksUrl: `${provider.url}/keys` }),
    },
    'routes.oas.json': document(
      {
        'GET /patient': guarded('patient'),
        'GET /crowded': guarded('crowded'),
        'GET /left': guarded('left'),
        'GET /late': guarded('late'),
        'GET /eager': guarded('eager'),
        'GET /direct': guarded('direct'),
      },
      { servers: [{ url: upstream.url }] },
    ),
  })
  await provider.rotate('one')
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
  await provider.stop()
})

async function get(path: string, token: string): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(gateway.url + path, { headers })
  return { status: response.status, body: await response.json() }
}

it('finds the keys by discovery and lets a real token through to the upstream', async () => {
  const token = await provider.token('one')
  const { status, body } = await get('/patient', token)
  expect(status).toBe(200)
  expect(body).toMatchObject({ headers: { authorization: `Bearer ${token}` } })
})

it('takes the keys from a URL of their own', async () => {
  expect((await get('/direct', await provider.token('one'))).status).toBe(200)
})

it('asks the provider once when many first requests come together, and all pass', async () => {
  provider.forget()
  const { promise, resolve } = Promise.withResolvers<void>()
  provider.release = promise
  const asked = provider.nextFetch()
  const token = await provider.token('one')
  const answers = Array.from({ length: 40 }, () => get('/crowded', token))
  await asked
  resolve()
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]))
  expect(provider.fetches).toBe(1)
})

it('asks once for any number of unknown key names', async () => {
  provider.forget()
  const token = await provider.token('one')
  expect((await get('/patient', token)).status).toBe(200)
  const forged = await Promise.all(
    Array.from({ length: 20 }, (_, i) => provider.token(`x${i}`, 'one')),
  )
  const answers = await Promise.all(forged.map((one) => get('/patient', one)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  // the cooldown began with the fetch that brought the first keys
  expect(provider.fetches).toBe(0)
})

it('goes on fetching for the others when the client that began has left', async () => {
  provider.forget()
  const { promise, resolve } = Promise.withResolvers<void>()
  provider.release = promise
  const asked = provider.nextFetch()
  const token = await provider.token('one')
  const headers = { authorization: `Bearer ${token}` }
  const leaving = request(`${gateway.url}/left`, { headers, agent: false })
  leaving.on('error', () => undefined)
  leaving.end()
  await asked
  leaving.destroy()
  const second = get('/left', token)
  resolve()
  expect((await second).status).toBe(200)
  expect(provider.fetches).toBe(1)
})

it('follows a rotation: the new key passes, the one taken back does not', async () => {
  const old = await provider.token('one')
  expect((await get('/eager', old)).status).toBe(200)
  await provider.rotate('two', 'one')
  const young = await provider.token('two')
  expect((await get('/eager', young)).status).toBe(200)
  expect((await get('/eager', old)).status).toBe(200)
  await provider.rotate('three')
  expect((await get('/eager', await provider.token('three'))).status).toBe(200)
  expect(await get('/eager', old)).toMatchObject({ status: 401, body: { code: 'token-invalid' } })
  expect((await get('/eager', await provider.token('three', 'two'))).status).toBe(401)
})

it('keeps the keys it has while the provider is down, and says 503 where it has none', async () => {
  await provider.rotate('four')
  const token = await provider.token('four')
  expect((await get('/eager', token)).status).toBe(200)
  provider.isDown = true
  expect((await get('/eager', token)).status).toBe(200)
  expect(await get('/late', token)).toMatchObject({
    status: 503,
    body: { code: 'keys-unavailable', policy: 'late' },
  })
  await gateway.printed(/"event":"keys-unavailable"/)
  expect(gateway.output()).not.toContain(token)
})
