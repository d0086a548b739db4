import { describe, expect, it } from 'vitest'
import { canonicalPath, hasEncodedSlash, splitUrl } from './path.ts'

describe('canonicalPath', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/', '/a/'],
    ['//a//b', '//a//b'],
    ['/v1/{name}:cancel'.replace('{name}', 'x'), '/v1/x:cancel'],
    ["/a-._~!$&'()*+,;=:@b", "/a-._~!$&'()*+,;=:@b"],
    ['/a.b/.well-known/...', '/a.b/.well-known/...'],
  ])('keeps %s, which is plain already', (raw, path) => {
    expect(canonicalPath(raw)).toBe(path)
  })

  it.each([
    ['/%61%2Db%7e', '/a-b~'],
    ['/%c3%a9', '/%C3%A9'],
    ['/a%2fb', '/a%2Fb'],
    ['/1%3Fx=1', '/1%3Fx=1'],
    ['/1%23x', '/1%23x'],
    ['/a%3bb', '/a%3Bb'],
    ['/%252e%252e/b', '/%252e%252e/b'.replaceAll('%252e', '%252e')],
    ['/a|b"c<d>', '/a%7Cb%22c%3Cd%3E'],
    ['/é', '/%C3%A9'],
    ['/a b', '/a%20b'],
  ])('writes %s as %s', (raw, path) => {
    expect(canonicalPath(raw)).toBe(path)
  })

  it.each([
    '/a/../b',
    '/a/..',
    '/./a',
    '/a/%2e%2e/b',
    '/a/%2E./b',
    '/a/.%2e',
    '/a/..;x=1/b',
    '/a/..%3Bx/b',
    '/a/..%2Fb',
    '/a%2F../b',
    '/a%2f%2e%2e%2fb',
    '/a\\b',
    '/a%5cb',
    '/a%5Cb',
    '/a%00b',
    '/a#b',
    '/a\uFFFDb',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%ff',
    '/a%c3%28',
    '/a%ed%a0%80',
  ])('refuses %s, which two readers could read differently', (raw) => {
    expect(canonicalPath(raw)).toBeUndefined()
  })

  it('gives a form that is canonical itself, for any text', () => {
    for (const raw of ['/a%20b/%e2%82%ac', '/x|y', '/%41%42', '/ü/%7E']) {
      const once = canonicalPath(raw)!
      expect(canonicalPath(once)).toBe(once)
    }
  })
})

it('sees an encoded slash in the canonical form only', () => {
  expect(hasEncodedSlash(canonicalPath('/a%2fb')!)).toBe(true)
  expect(hasEncodedSlash(canonicalPath('/a%252fb')!)).toBe(false)
})

it.each([
  ['http://h/a/b?c=/d?e', '/a/b', '?c=/d?e'],
  ['https://h:1/a', '/a', ''],
  ['http://h', '/', ''],
  ['http://h?x=/y', '/', '?x=/y'],
  ['http://h/?', '/', '?'],
  ['http://h/a#b', '/a#b#', ''],
  ['http://h/a?b=1#c', '/a#', ''],
  ['http://h/a#b?c', '/a#b#', ''],
])('splits %s', (url, path, query) => {
  expect(splitUrl(url)).toEqual({ path, query })
})
