import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import ipRestriction from './ip-restriction.ts'

const none: readonly string[] = []

/** What a client at the address is answered. */
async function from(ip: string, options: Partial<Record<'allow' | 'deny', readonly string[]>>) {
  const step = policy('office', ipRestriction, { allow: none, deny: none, ...options })
  const { fetch } = harness({ policies: [step] })
  const clientIp = ip.includes(':') ? `[${ip}]:5000` : `${ip}:5000`
  return fetch('/a', { cf: { clientIp: ip === '' ? undefined : clientIp } } as RequestInit)
}

it.each([
  ['10.1.2.3', 200],
  ['::ffff:10.1.2.3', 200],
  ['2001:db8::7', 200],
  ['11.1.2.3', 403],
  ['::ffff:11.1.2.3', 403],
  ['2001:db9::7', 403],
])('lets only the allowed pass: %s is answered %i', async (ip, status) => {
  expect((await from(ip, { allow: ['10.0.0.0/8', '2001:db8::/32'] })).status).toBe(status)
})

it.each([
  ['10.1.2.3', 403],
  ['::ffff:10.1.2.3', 403],
  ['::ffff:a01:203', 403],
  ['2001:db8:0:0::7', 403],
  ['11.1.2.3', 200],
  ['2001:db9::7', 200],
])('lets all pass but the denied: %s is answered %i', async (ip, status) => {
  expect((await from(ip, { deny: ['10.0.0.0/8', '2001:db8::/32'] })).status).toBe(status)
})

it('lets deny win over allow', async () => {
  const options = { allow: ['10.0.0.0/8'], deny: ['10.6.6.6'] }
  expect((await from('10.1.1.1', options)).status).toBe(200)
  expect((await from('10.6.6.6', options)).status).toBe(403)
})

it('refuses an unknown address, with a list of allowed and with a list of denied', async () => {
  expect((await from('', { allow: ['0.0.0.0/0', '::/0'] })).status).toBe(403)
  expect((await from('', { deny: ['10.0.0.1'] })).status).toBe(403)
})

it.each(['unknown', '010.0.0.1', '167772161', '0x0a.0.0.1', '10.1'])(
  'refuses what is not an address in the one usual form: %s',
  async (ip) => {
    expect((await from(ip, { deny: ['192.0.2.1'] })).status).toBe(403)
  },
)

it('believes no field of the request', async () => {
  const step = policy('office', ipRestriction, { allow: ['10.0.0.1'], deny: [] })
  const { fetch } = harness({ policies: [step] })
  const headers = Object.fromEntries(
    ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'].map((name) => [
      name,
      '10.0.0.1',
    ]),
  )
  const init = { headers, cf: { clientIp: '192.0.2.1:5000' } } as RequestInit
  expect((await fetch('/a', init)).status).toBe(403)
})

it('says that the address is why, and not which one it saw', async () => {
  expect(await problemOf(await from('192.0.2.1', { allow: ['10.0.0.1'] }))).toEqual({
    type: 'about:blank',
    title: 'Requests from this address are not accepted.',
    status: 403,
    code: 'address-denied',
    policy: 'office',
  })
})

it('refuses options that restrict nothing', () => {
  expect(() => ipRestriction.check!({ allow: [], deny: [] })).toThrow('nothing is restricted')
})
