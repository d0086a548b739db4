import { expect, it } from 'vitest'
import { addressSet } from '../lib/address-set.ts'
import { clientSource } from './client.ts'

const forged = {
  'cf-connecting-ip': '6.6.6.6',
  'x-forwarded-for': '6.6.6.6',
  'x-real-ip': '6.6.6.6',
  forwarded: 'for=6.6.6.6',
}

function request(socket: string | undefined, headers: Record<string, string> = {}): Request {
  const cf = socket === undefined ? {} : { cf: { clientIp: socket } }
  return new Request('http://api.test:8080/a', { headers, ...cf } as RequestInit)
}

const local = { CARDEA_PLATFORM: 'workerd' }

it('on Cloudflare believes the platform alone', () => {
  const of = clientSource({}, undefined)
  expect(of(request('1.1.1.1:5', { ...forged, 'cf-connecting-ip': '2001:db8::1' })).ip).toBe(
    '2001:db8::1',
  )
  expect(of(request(undefined)).ip).toBe('')
})

it.each([
  ['1.2.3.4:5678', '1.2.3.4'],
  ['[2001:db8::1]:5678', '2001:db8::1'],
  ['[fe80::1%eth0]:1', 'fe80::1'],
])('on workerd takes the socket %s and nothing a client says', (socket, ip) => {
  expect(clientSource(local, undefined)(request(socket, forged))).toEqual({
    ip,
    protocol: 'http',
    host: 'api.test:8080',
  })
})

it('believes a listed proxy, and takes the last hop that is not one', () => {
  const of = clientSource(local, addressSet(['10.0.0.0/8']))
  const headers = {
    'x-forwarded-for': '6.6.6.6, 9.9.9.9, 10.0.0.2',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  }
  expect(of(request('10.0.0.1:1', headers))).toEqual({
    ip: '9.9.9.9',
    protocol: 'https',
    host: 'shop.example',
  })
})

it.each(['6.6.6.6, unknown', '6.6.6.6, _hidden', '6.6.6.6, 9.9.9.9";host="evil.test', 'x'])(
  'knows nobody where the last hop of %j is no address, and not the hop before it',
  (hops) => {
    const of = clientSource(local, addressSet(['10.0.0.0/8']))
    expect(of(request('10.0.0.1:1', { 'x-forwarded-for': hops })).ip).toBe('')
  },
)

it('does not believe a proxy that is not listed', () => {
  const of = clientSource(local, addressSet(['10.0.0.0/8']))
  expect(of(request('11.0.0.1:1', forged)).ip).toBe('11.0.0.1')
})

it('takes the proxy itself for the client when it names nobody', () => {
  const of = clientSource(local, addressSet(['10.0.0.0/8']))
  expect(of(request('10.0.0.1:1')).ip).toBe('10.0.0.1')
  expect(of(request('10.0.0.1:1', { 'x-forwarded-proto': 'gopher' })).protocol).toBe('http')
})
