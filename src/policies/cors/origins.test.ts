import { expect, it } from 'vitest'
import { originSet } from './origins.ts'

it('takes an exact origin byte for byte', () => {
  const { has } = originSet(['https://app.example.com', 'http://localhost:3000'])
  expect(has('https://app.example.com')).toBe(true)
  expect(has('http://localhost:3000')).toBe(true)
  const others = [
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.test',
    'https://evil.test?https://app.example.com',
    'https://appXexample.com',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://app.example.com',
    '',
    'null',
  ]
  expect(others.filter(has)).toEqual([])
})

it.each([
  ['https://a.example.com', true],
  ['https://a.b-c.example.com', true],
  ['https://example.com', false],
  ['https://.example.com', false],
  ['https://a..example.com', false],
  ['https://evilexample.com', false],
  ['https://a.example.com.evil.test', false],
  ['https://evil.test/.example.com', false],
  ['https://evil.test#.example.com', false],
  ['https://user@a.example.com', false],
  ['https://a.example.com:8443', false],
  ['http://a.example.com', false],
  ['https://a.exampleXcom', false],
  ['https://a.example.com\n', false],
])('asked for any subdomain, answers for %j: %s', (origin, expected) => {
  expect(originSet(['https://*.example.com']).has(origin)).toBe(expected)
})

it('takes any port, and none, where the pattern says so', () => {
  const { has } = originSet(['http://localhost:*'])
  expect(['http://localhost', 'http://localhost:1', 'http://localhost:65535'].every(has)).toBe(true)
  expect(['http://localhost:', 'http://localhost:3000.evil.test', 'http://x'].some(has)).toBe(false)
})

it('takes null only when it is listed, and never for a wildcard of hosts', () => {
  expect(originSet(['null']).has('null')).toBe(true)
  expect(originSet(['https://*.example.com']).has('null')).toBe(false)
})

it('takes origins of apps, whose scheme is not http', () => {
  expect(originSet(['capacitor://localhost']).has('capacitor://localhost')).toBe(true)
})

it('reads several origins from one variable', () => {
  const { has } = originSet(['https://a.test, https://b.test'])
  expect(['https://a.test', 'https://b.test'].every(has)).toBe(true)
})

it('knows whether each entry is one origin', () => {
  const isExact = (...entries: string[]) => originSet(entries).isExact
  expect(isExact('https://a.test', 'https://b.test')).toBe(true)
  expect(isExact('https://a.test', 'https://*.b.test')).toBe(false)
  expect(isExact('https://a.test', 'null')).toBe(false)
  expect(isExact('*')).toBe(false)
})

it.each([
  ['https://app.example.com/', 'is not an origin'],
  ['app.example.com', 'is not an origin'],
  ['https://App.example.com', "write 'https://app.example.com'"],
  ['https://app.example.com:443', "write 'https://app.example.com'"],
  ['https://*.com', 'is not a pattern'],
  ['https://*', 'is not a pattern'],
  ['*://example.com', 'is not a pattern'],
  ['https://a.*.com', 'is not a pattern'],
  ['https://app*.example.com', 'is not a pattern'],
  ['', 'is not an origin'],
])('refuses %j and says what to write', (entry, message) => {
  expect(() => originSet([entry])).toThrow(message)
})
