import { expect, it } from 'vitest'
import type { Exchange } from '../core/exchange.ts'
import { callerRule, namedCaller } from './caller.ts'

const exchange = {
  client: { ip: '2001:db8:1:2::77' },
  route: { id: 'getOrder' },
  principal: {
    method: 'api-key',
    subject: 'acme',
    consumer: 'acme',
    key: 'key_1',
    claims: { tenant: 'blue, green', iss: 'https://issuer.test' },
    metadata: {},
  },
} as unknown as Exchange

it.each([
  ['ip', ['2001:db8:1:2::77']],
  ['ip', ['2001:db8:1:2:ffff::1']],
  ['consumer', ['acme']],
  ['key', ['key_1']],
  ['route', ['getOrder']],
  ['all', []],
  ['{claims.tenant}', ['blue, green']],
  ['t-{claims.tenant}', ['t-blue, green']],
  [['consumer'], ['acme']],
  [
    ['consumer', 'all', 'ip'],
    ['acme', '2001:db8:1:2::1'],
  ],
] as const)('a caller counted by %j is the one that a person names %j', (by, values) => {
  expect(namedCaller(by, values)).toBe(callerRule(by).of(exchange))
})

it('a principal without a consumer is named by method, issuer and subject', () => {
  const { consumer: _, ...principal } = exchange.principal!
  const anonymous = { ...exchange, principal } as Exchange
  expect(namedCaller('consumer', ['["api-key", "https://issuer.test", "acme"]'])).toBe(
    callerRule('consumer').of(anonymous),
  )
  expect(() => namedCaller('consumer', ['["acme"]'])).toThrow('A principal without a consumer is')
})

it('nobody is counted under a text that is longer than any name, which would fill memory and disk', () => {
  const named = (tenant: string) =>
    ({
      ...exchange,
      principal: { ...exchange.principal, claims: { tenant } },
    }) as unknown as Exchange
  const rule = callerRule('{claims.tenant}')
  expect(rule.of(named('a'.repeat(1024)))).toBe('a'.repeat(1024))
  expect(rule.of(named('a'.repeat(1025)))).toBeUndefined()
  expect(callerRule(['{claims.tenant}', 'all']).of(named('a'.repeat(1025)))).toBeUndefined()
  expect(() => namedCaller('key', ['a'.repeat(1025)])).toThrow('more than 1024 characters')
})

it('what cannot be a caller is refused with a sentence', () => {
  expect(() => namedCaller('ip', ['acme'])).toThrow('It counts by ip; the value is no IP address.')
  expect(() => namedCaller('ip', [])).toThrow('It counts by ip; 0 were given.')
  expect(() => namedCaller('all', ['x'])).toThrow(
    'It counts everybody together: no value; 1 were given.',
  )
  expect(() => namedCaller(['consumer', 'ip'], ['acme'])).toThrow(
    'It counts by consumer, ip, so there must be 2 values, in this order; 1 were given.',
  )
  expect(() => namedCaller('key', [''])).toThrow('The value for key is empty')
})
