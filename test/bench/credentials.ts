import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { AdminClient } from '../../scripts/admin/client.ts'

/** The secret of the benchmark's Workers: of the admin route, and of HS256. */
export const SECRET = randomBytes(24).toString('base64url')

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
/** Of ES256. */
export const publicKey = {
  jwk: { ...pair.publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' },
  pem: pair.publicKey.export({ format: 'pem', type: 'spki' }) as string,
}

/** Fields that a request needs, as `Name: value`. @param url of the gateway that is asked */
export type Credentials = (url: string) => Promise<readonly string[]>

export const ofHs256: Credentials = async () => [
  await bearer('HS256', new TextEncoder().encode(SECRET)),
]
export const ofEs256: Credentials = async () => [await bearer('ES256', pair.privateKey)]

/** A key that the gateway gives out through its admin route. */
export const ofKey: Credentials = async (url) => {
  const client = new AdminClient({ url: `${url}/admin`, token: SECRET })
  await client.request('POST', '/consumers', { id: 'bench' })
  const { key } = await client.request('POST', '/consumers/bench/keys', {})
  return [`X-API-Key: ${String(key)}`]
}

/** The key of those who are not of this house: as long as ours. Their configuration has its SHA-256. */
export const peerKey = `peers_live_${randomBytes(19).toString('hex').slice(0, 40)}`
export const peerKeyHash = createHash('sha256').update(peerKey).digest('hex')

async function bearer(alg: string, key: Parameters<SignJWT['sign']>[0]): Promise<string> {
  const jwt = new SignJWT({ sub: 'bench' }).setProtectedHeader({ alg, typ: 'JWT' })
  return `Authorization: Bearer ${await jwt.setExpirationTime('2h').sign(key)}`
}
