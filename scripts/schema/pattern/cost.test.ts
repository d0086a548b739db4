import { expect, test } from 'vitest'
import { costOf } from './cost.ts'

const cost = (source: string): string => {
  const found = costOf(source, false)
  return found.kind === 'polynomial' ? `${found.degree}` : found.kind
}

test.each([
  ['^[a-z]+(-[a-z]+)*$', 'a slug'],
  ['^\\d+$', 'digits'],
  ['\\d+', 'a search that succeeds where its loop begins'],
  ['.*', 'anything'],
  ['^(\\d{1,3}\\.){3}\\d{1,3}$', 'an IPv4 address'],
  ['^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 'a UUID'],
  ['^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$', 'a host name'],
  ['^(?=.*[A-Z])(?=.*\\d).{8,}$', 'a password rule'],
  ['^(a|ab)*$', 'alternatives of different length'],
  ['^(?:ac*d|ac*e)$', 'two loops, only one of which can be right'],
  ['^(a+)+', 'a loop in a loop that nothing can fail after'],
  ['^(?:[^"\\\\]|\\\\.)*$', 'escapes'],
  ['^[^@\\s]+@[^@\\s]+$', 'an email address'],
])('%s is linear: %s', (source) => {
  expect(cost(source)).toBe('1')
})

test.each([
  ['\\s+$', '2'],
  ['^\\w+\\s?\\w+$', '2'],
  ['[a-z]+@', '2'],
  ['^a*a*a*$', '3'],
  ['^\\S+@\\S+\\.\\S+$', '3'],
  ['^a*(?=b*c)', '2'],
  ['^(?:a(?=a*b))*$', '2'],
  ['^(.*a){12}$', '12'],
])('%s takes time to the power of %s, or less', (source, degree) => {
  expect(cost(source)).toBe(degree)
})

test.each([
  '^(a+)+$',
  '(a*)*b',
  '^(a|a)*$',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '^(\\w+\\s?)*$',
  '^([a-zA-Z0-9]+\\s?)+$',
  '^(a{0,20}){0,20}$',
  '^(?=(a+)+$)x',
  '^(.*a){30}$',
])('%s is exponential', (source) => {
  expect(cost(source)).toBe('exponential')
})

test('a pattern that is too large to tell is not called safe', () => {
  expect(cost(`^${'[a-z]{100}x?'.repeat(10)}$`)).toBe('unknown')
})
