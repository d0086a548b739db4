import { describe, expect, it } from 'vitest'
import { type Field, keepingOf } from './freshness.ts'

const NONE = new Headers()
const fresh = (fields: Readonly<Record<string, string>>, status = 200, request = NONE) =>
  keepingOf(request, status, Object.entries(fields))?.freshMs

describe('how long a response is kept', () => {
  it.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['max-age', { 'cache-control': 'max-age=60' }, 60_000],
    ['s-maxage before max-age', { 'cache-control': 's-maxage=5, max-age=60' }, 5_000],
    ['less its Age', { 'cache-control': 'max-age=60', age: '50' }, 10_000],
    ['not past its Age', { 'cache-control': 'max-age=60', age: '60' }, undefined],
    ['max-age before Expires', { 'cache-control': 'max-age=1', expires: inOneHour() }, 1_000],
    ['Expires less Date', { expires: inOneHour(), date: epoch() }, 3_600_000],
    ['an Expires that is no date is past', { expires: '0' }, undefined],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }, undefined],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }, undefined],
    ['private', { 'cache-control': 'private, max-age=60' }, undefined],
    ['max-age=0', { 'cache-control': 'max-age=0' }, undefined],
    ['Set-Cookie', { 'cache-control': 'public, max-age=60', 'set-cookie': 'a=b' }, undefined],
  ])('%s', (_, fields, expected) => expect(fresh(fields)).toBe(expected))

  it.each([
    [200, 7_200_000],
    [301, 7_200_000],
    [302, 1_200_000],
    [303, 1_200_000],
    [404, 180_000],
    [410, 180_000],
    [204, undefined],
    [500, undefined],
  ])('a %i that says nothing of it: Cloudflare’s own time', (status, expected) =>
    expect(fresh({}, status)).toBe(expected),
  )
})

it('what was asked for with credentials is kept only where the response allows it (RFC 9111 §3.5)', () => {
  const request = new Headers({ authorization: 'Bearer x' })
  expect(fresh({ 'cache-control': 'max-age=60' }, 200, request)).toBe(undefined)
  expect(fresh({ 'cache-control': 'public, max-age=60' }, 200, request)).toBe(60_000)
})

it('private=Set-Cookie: kept without the cookie', () => {
  const fields: Field[] = [
    ['cache-control', 'max-age=60, private="Set-Cookie"'],
    ['set-cookie', 'a=b'],
    ['x-own', '1'],
  ]
  expect(keepingOf(NONE, 200, fields)).toEqual({
    freshMs: 60_000,
    headers: [
      ['cache-control', 'max-age=60, private="Set-Cookie"'],
      ['x-own', '1'],
    ],
  })
})

it('fields of the connection are not kept', () => {
  const fields: Field[] = [
    ['connection', 'close'],
    ['transfer-encoding', 'chunked'],
    ['content-length', '3'],
    ['cf-cache-status', 'HIT'],
    ['etag', '"1"'],
  ]
  expect(keepingOf(NONE, 200, fields)?.headers).toEqual([['etag', '"1"']])
})

function epoch(): string {
  return new Date(0).toUTCString()
}
function inOneHour(): string {
  return new Date(3_600_000).toUTCString()
}
