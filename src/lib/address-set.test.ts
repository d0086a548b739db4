import { expect, it } from 'vitest'
import { addressSet } from './address-set.ts'

it.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '::1', false],
  ['192.0.2.7/32', '192.0.2.7', true],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
  ['2001:DB8::1', '2001:db8::1', true],
  ['::/0', '2001:db8::1', true],
  ['::/0', '10.0.0.1', false],
])('%s holds %s: %s', (range, address, expected) => {
  expect(addressSet([range])(address)).toBe(expected)
})

it.each([
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:a01:203', true],
  ['::ffff:10.1.2.3', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '10.200.0.1', true],
  ['::ffff:10.0.0.0/104', '11.0.0.1', false],
  ['::ffff:0:0/96', '192.0.2.1', true],
])(
  'takes an IPv4-mapped address for the IPv4 address: %s holds %s: %s',
  (range, address, expected) => {
    expect(addressSet([range])(address)).toBe(expected)
  },
)

it('holds what any of its ranges holds, and nothing when it has none', () => {
  const has = addressSet(['10.0.0.0/8', '2001:db8::/32'])
  expect(['10.1.1.1', '2001:db8::1', '11.1.1.1'].map(has)).toEqual([true, true, false])
  expect(addressSet([])('10.1.1.1')).toBe(false)
})

it.each([
  '',
  ' ',
  'unknown',
  'localhost',
  '010.0.0.1',
  '0x0a000001',
  '167772161',
  '10.1',
  '10.0.0.1:80',
])('does not hold %j, which is not an address in the one usual form', (text) => {
  expect(addressSet(['0.0.0.0/0', '::/0'])(text)).toBe(false)
})

it.each([
  '',
  'office',
  '10.0.0.0/33',
  '2001:db8::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0/8',
  '010.0.0.0/8',
])('refuses the entry %j', (entry) => {
  expect(() => addressSet([entry])).toThrow('is not an IP address or range')
})
