import { createHmac, randomBytes } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { generateApiKey } from '../../src/lib/api-key.ts'
import { type Running, startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { answerAsTold } from './answers.ts'
import type { Case, Played, Secrets, TokenParts } from './case.ts'
import { AUDIENCE, config, ISSUER } from './config.ts'

/** A gateway, its upstream, and somebody who knows the secrets. */
export interface World {
  readonly gateway: Running
  readonly upstream: Wire
  readonly secrets: Secrets
  play(one: Pick<Case, 'send'>): Promise<Played>
  stop(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const upstream = await startWire(answerAsTold)
  const [issuer, stranger] = await Promise.all([pair(), pair()])
  const publicKey = await exportSPKI(issuer.publicKey)
  const jwks = { keys: [{ ...(await exportJWK(issuer.publicKey)), kid: 'one', alg: 'RS256' }] }
  const variables = {
    OPS_TOKEN: 'ops-0123456789abcdef0123456789abcdef',
    ADMIN_TOKEN: 'root-0123456789abcdef0123456789abcdef',
    PASSWORD: 'correct horse: battery',
    JWT_SECRET: 'a-shared-secret-of-more-than-32-bytes!',
  }
  const gateway = await startGateway(config(upstream.url, jwks, publicKey), { variables })
  const keys = { issuer, stranger, publicKey, secret: variables.JWT_SECRET }
  const secrets: Secrets = {
    token: variables.OPS_TOKEN,
    password: variables.PASSWORD,
    key: await apiKey(gateway.url, variables.ADMIN_TOKEN),
    unissued: generateApiKey('cardea', 'live', randomBytes).text,
    jwt: (parts) => token(keys, parts),
  }
  return {
    gateway,
    upstream,
    secrets,
    async play({ send }) {
      upstream.seen.length = 0
      const bytes = typeof send === 'function' ? await send(secrets) : send
      return { answer: await raw(gateway.url, bytes), seen: [...upstream.seen] }
    },
    async stop() {
      await gateway.stop()
      await upstream.stop()
    },
  }
}

const pair = () => generateKeyPair('RS256', { extractable: true })

async function apiKey(url: string, admin: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
    const response = await fetch(`${url}/admin${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return (await response.json()) as { readonly key: string }
  }
  await post('/consumers', { id: 'acme' })
  return (await post('/consumers/acme/keys', {})).key
}

interface Keys {
  readonly issuer: Awaited<ReturnType<typeof pair>>
  readonly stranger: Awaited<ReturnType<typeof pair>>
  readonly publicKey: string
  readonly secret: string
}

/** A token for `/jwt`, good unless told otherwise. */
async function token(keys: Keys, { header, claims, by = 'issuer' }: TokenParts = {}) {
  const head = typeof header === 'string' ? header : { alg: 'RS256', kid: 'one', ...header }
  const body = typeof claims === 'string' ? claims : { ...good(), ...claims }
  const input = `${encode(head)}.${encode(body)}`
  const alg = typeof head === 'string' ? 'RS256' : head.alg
  return `${input}.${await signature(keys, by, alg, input)}`
}

async function signature(keys: Keys, by: string, alg: string, input: string): Promise<string> {
  if (by === 'nobody') return ''
  if (by === 'public-key-as-secret') {
    return createHmac('sha256', keys.publicKey).update(input).digest('base64url')
  }
  if (alg === 'HS256') return createHmac('sha256', keys.secret).update(input).digest('base64url')
  const { privateKey } = by === 'stranger' ? keys.stranger : keys.issuer
  const signed = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(input))
  return Buffer.from(signed).toString('base64url')
}

const good = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ada',
  exp: Math.floor(Date.now() / 1000) + 600,
})

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  )
}
