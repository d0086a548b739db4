import { expect, test } from 'vitest'
import { decodePunycode, encodePunycode } from './punycode.ts'

// RFC 3492 §7.1, (A) (B) (L) (N) (P) (S), and what a browser makes of three domains
test.each([
  ['ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
  ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['3年b組金八先生', '3b-ww4c5e180e575a65lsy2b'],
  ['hello-another-way-それぞれの場所', 'hello-another-way--fc4qua05auwb3674vfr0b'],
  ['maji\u3067koi\u3059\u308b5秒前', 'majikoi5-783gue6qz075azm5e'],
  ['-> $1.00 <-', '-> $1.00 <--'],
  ['bücher', 'bcher-kva'],
  ['☃', 'n3h'],
  ['💩', 'ls8h'],
])('writes %s as %s and reads it back', (text, punycode) => {
  expect(encodePunycode(text)).toBe(punycode)
  expect(decodePunycode(punycode)).toBe(text)
})

test.each(['x', 'é', 'é-kva', 'a-_', '99999999', `a-${'9'.repeat(59)}`, '-kva', 'bcher-kv'])(
  '%s is no punycode',
  (text) => {
    expect(decodePunycode(text)).toBeUndefined()
  },
)
