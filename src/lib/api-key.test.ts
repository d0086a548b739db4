import { expect, test } from 'vitest'
import {
  generateApiKey,
  hashKey,
  keyPattern,
  parseApiKey,
  parseForeignKey,
  randomText,
  readHash,
} from './api-key.ts'

/** Bytes that count up: 0, 1, 2, … */
function countingBytes(): (count: number) => Uint8Array {
  let next = 0
  return (count) => Uint8Array.from({ length: count }, () => next++ % 256)
}

const strong = (count: number) => crypto.getRandomValues(new Uint8Array(count))

test('a key has prefix, mode, 32 random characters and the CRC-32 of all that', () => {
  const key = generateApiKey('cardea', 'live', countingBytes())
  expect(key.text).toBe('cardea_live_0123456789ABCDEFGHIJKLMNOPQRSTUV_27xvaV')
  expect(key).toMatchObject({ mode: 'live', start: 'cardea_live', lastFour: 'xvaV' })
})

test('every key made is read back, in both modes', () => {
  for (let i = 0; i < 200; i++) {
    for (const mode of ['live', 'test'] as const) {
      const key = generateApiKey('acme', mode, strong)
      expect(parseApiKey(key.text, 'acme')).toEqual(key)
    }
  }
})

test('any single changed character is refused', () => {
  const { text } = generateApiKey('acme', 'live', strong)
  for (let i = 0; i < text.length; i++) {
    const changed = text.slice(0, i) + (text[i] === 'x' ? 'y' : 'x') + text.slice(i + 1)
    expect(parseApiKey(changed, 'acme'), changed).toBeUndefined()
  }
})

test('refuses what is cut, padded, of another prefix or mode, or no key at all', () => {
  const { text } = generateApiKey('acme', 'live', strong)
  const wrong = [
    '',
    'acme',
    'acme_',
    text.slice(0, -1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    `x${text}`,
  ]
  for (const one of wrong) expect(parseApiKey(one, 'acme'), one).toBeUndefined()
  expect(parseApiKey(text, 'acm')).toBeUndefined()
  expect(parseApiKey(text.replace('_live_', '_prod_'), 'acme')).toBeUndefined()
})

test('each letter and digit is equally likely', () => {
  const counts = new Map<string, number>()
  for (const character of randomText(62_000, allBytes())) {
    counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  expect(counts.size).toBe(62)
  // 256 byte values in turn, 248 of them used: 4 each a round
  expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(4)
})

test('a dead source of randomness makes no key', () => {
  expect(() => generateApiKey('acme', 'live', (count) => new Uint8Array(count).fill(255))).toThrow(
    'randomness',
  )
})

test('the hash is SHA-256 in base64url, read from hex and base64url alike', async () => {
  // FIPS 180-2, appendix B.1
  const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const hash = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'
  expect(await hashKey('abc')).toBe(hash)
  expect(readHash(hex)).toBe(hash)
  expect(readHash(hex.toUpperCase())).toBe(hash)
  expect(readHash(hash)).toBe(hash)
  for (const wrong of ['', 'abc', hex.slice(1), `${hash}=`, hash.slice(1)]) {
    expect(readHash(wrong), wrong).toBeUndefined()
  }
})

test('the pattern for secret scanning finds a key in code, and nothing shorter', () => {
  const { text } = generateApiKey('acme', 'test', strong)
  const pattern = new RegExp(keyPattern('acme'), 'g')
  expect(`const key = "${text}"; // acme_test_short`.match(pattern)).toEqual([text])
  expect(`not${text}`.match(pattern)).toBeNull()
})

test("another system's key is 16 to 512 visible characters", () => {
  expect(parseForeignKey('a'.repeat(16))).toBe('a'.repeat(16))
  for (const wrong of [
    'a'.repeat(15),
    'a'.repeat(513),
    'with space and more',
    'ünïcödé-ünïcödé-x',
  ]) {
    expect(parseForeignKey(wrong), wrong).toBeUndefined()
  }
})

function allBytes(): (count: number) => Uint8Array {
  let next = 0
  return (count) => {
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) bytes[i] = next++ % 256
    return bytes
  }
}
