import { describe, expect, it } from 'vitest'
import { encode } from '../../../test/worker/jwt.ts'
import { readHeader, readPayload } from './compact.ts'

const HEADER = { alg: 'RS256', kid: 'one', typ: 'at+jwt' }
const PAYLOAD = encode({ sub: 'ada' })
const SIGNATURE = 'c2lnbmF0dXJl'

const withHeader = (header: unknown) => `${encode(header)}.${PAYLOAD}.${SIGNATURE}`

it('reads algorithm, key name and type, and nothing else of a header', () => {
  const hostile = {
    jku: 'https://evil.example/keys',
    jwk: { kty: 'oct', k: 'AAAA' },
    x5u: 'https://evil.example/cert',
    x5c: ['MII'],
    'x5t#S256': 'abc',
  }
  expect(readHeader(withHeader({ ...HEADER, ...hostile }))).toEqual(HEADER)
})

it('takes a missing type for JWT and a missing key name for none', () => {
  expect(readHeader(withHeader({ alg: 'RS256' }))).toEqual({
    alg: 'RS256',
    kid: undefined,
    typ: 'JWT',
  })
})

describe('refuses a header that is', () => {
  it.each([
    ['a list', '[]'],
    ['a text', '"RS256"'],
    ['null', 'null'],
    ['no JSON', '{alg:"RS256"}'],
    ['JSON with something behind it', '{"alg":"RS256"}x'],
    ['doubled in a member', '{"alg":"none","alg":"RS256"}'],
    ['doubled in a member that is spelled in two ways', '{"alg":"none","\\u0061lg":"RS256"}'],
    ['doubled deeper inside', '{"alg":"RS256","x":{"a":1,"a":2}}'],
    ['without an algorithm', '{"kid":"one"}'],
    ['with an algorithm that is no text', '{"alg":["RS256"]}'],
    ['with a key name that is no text', '{"alg":"RS256","kid":1}'],
    ['with a key name that is null', '{"alg":"RS256","kid":null}'],
    ['with a type that is no text', '{"alg":"RS256","typ":{}}'],
    ['with an extension that it calls critical', '{"alg":"RS256","crit":["exp"],"exp":1}'],
    ['with an empty crit', '{"alg":"RS256","crit":[]}'],
    ['with a payload that is not encoded', '{"alg":"RS256","crit":["b64"],"b64":false}'],
    ['with b64', '{"alg":"RS256","b64":true}'],
    ['with a byte order mark', '\ufeff{"alg":"RS256"}'],
  ])('%s', (_, header) => {
    expect(readHeader(withHeader(header))).toBeUndefined()
  })

  it('no UTF-8', () => {
    const bytes = btoa('{"alg":"RS256","kid":"\xff"}').replace(/=+$/, '')
    expect(readHeader(`${bytes}.${PAYLOAD}.${SIGNATURE}`)).toBeUndefined()
  })
})

describe('refuses every other form:', () => {
  const [head, good] = [encode({ alg: 'RS256' }), withHeader({ alg: 'RS256' })]
  it.each([
    ['nothing', ''],
    ['two dots only', '..'],
    ['one part', head],
    ['two parts', `${head}.${PAYLOAD}`],
    ['four parts', `${good}.${SIGNATURE}`],
    ['an encrypted token of five parts', `${good}.${SIGNATURE}.${SIGNATURE}`],
    ['an empty header', `.${PAYLOAD}.${SIGNATURE}`],
    ['an empty payload', `${head}..${SIGNATURE}`],
    ['an empty signature', `${head}.${PAYLOAD}.`],
    ['padding', `${head}.${PAYLOAD}.${SIGNATURE}==`],
    ['the alphabet of plain base64', `${head}.${PAYLOAD}.ab+/`],
    ['a space', `${head}.${PAYLOAD}.c2ln bmF0`],
    ['a line end', `${head}.${PAYLOAD}.${SIGNATURE}\n`],
    ['a part of an impossible length', `${head}.${PAYLOAD}.abcde`],
    ['bits that say nothing', `${head}.${PAYLOAD}.AB`],
    ['JSON', '{"payload":"e30","signatures":[]}'],
    ['more than 16 KiB', `${head}.${PAYLOAD}.${'A'.repeat(16_384)}`],
  ])('%s', (_, token) => {
    expect(readHeader(token)).toBeUndefined()
  })

  it('answers at once for a long text that nearly has the form', () => {
    expect(readHeader(`${'A'.repeat(16_000)}!`)).toBeUndefined()
  })
})

it('reads a payload only where every reader reads the same', () => {
  const of = (payload: unknown) => readPayload(`e30.${encode(payload)}.AA`)
  expect(of({ sub: 'ada' })).toEqual({ sub: 'ada' })
  expect(of('{"sub":"ada","sub":"eve"}')).toBeUndefined()
  expect(of('["ada"]')).toBeUndefined()
  expect(of('null')).toBeUndefined()
})
