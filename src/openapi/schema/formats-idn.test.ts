import { expect, test } from 'vitest'
import { isHostname, isInternationalHostname } from './formats-net.ts'

test.each([
  ['bücher.example', true],
  ['xn--bcher-kva.example', true],
  ['XN--BCHER-KVA.example', true],
  ['WWW.Example.com', true],
  ['straße', true],
  ['ışık', true],
  ['ꭰ', false], // RFC 5892 §2.2: case folding leads from it to Ꭰ
  ['Ꭰ', true],
  ['Bücher.example', false], // upper case is unstable
  ['bu\u0308cher.example', false], // RFC 5890 §2.3.2.1: NFC
  ['ﬁx', false],
  ['☃.example', false], // a symbol
  ['xn--n3h.example', false], // the same, in disguise
  ['a\u00adé', false], // ignorable
  ['\u1100\u1161é', false], // old Hangul
  ['é\u0378', false], // unassigned
  ['\u0301é', false],
  ['aa--é', false],
  ['-é', false],
  ['é-', false],
  ['xn--X', false],
  ['xn--é', false],
  ['xn--abc-', false], // ASCII that needs no punycode
  ['l·l', true],
  ['l·a', false],
  ['α͵β', true],
  ['α͵b', false],
  ['א׳ב', true],
  ['b׳ב', false],
  ['א״ב', true],
  ['・', false],
  ['・ァ', true],
  ['ب٠٠', true],
  ['ب٠۰', false],
  ['क्\u200dष', true],
  ['क\u200dष', false],
  ['क्\u200cष', true],
  ['بي\u200cبي', true],
  ['a\u200cé', false],
  ['بي\u200cb', false],
  ['é'.repeat(57), true], // 63 octets as an A-label
  ['é'.repeat(58), false],
  [Array.from({ length: 31 }, () => 'é.').join('') + 'com', true],
  [Array.from({ length: 32 }, () => 'é.').join('') + 'com', false], // 259 octets as A-labels
])('idn-hostname %s: %s', (value, expected) => {
  expect(isInternationalHostname(value)).toBe(expected)
})

test.each([
  ['xn--bcher-kva.example', true],
  ['xn--4gbwdl.xn--wgbh1c', true],
  ['xn--n3h.example', false],
  ['xn--X', false],
  ['bücher.example', false],
])('hostname %s: %s', (value, expected) => {
  expect(isHostname(value)).toBe(expected)
})
