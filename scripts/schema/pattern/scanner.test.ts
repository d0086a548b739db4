import { expect, test } from 'vitest'
import { Random } from '../../../test/simulation/random.ts'
import { scannerOf } from './scanner.ts'

const scan = (source: string): ((text: string) => boolean) | undefined => {
  const code = scannerOf(source, true)
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- as the module has it
  return code === undefined ? undefined : (new Function(`return ${code}`)() as () => boolean)
}

const simple = [
  '^[a-z]+$',
  '^[A-Z]{2}$',
  '^SKU-[0-9]{5}$',
  '^\\+?[0-9 ]{2,4}$',
  '^[a-z]*-?\\d{1,2}$',
  '^a{0,2}b?c*$',
  '^\\w+:\\d*$',
  '^aa?$',
  '^[a-c]{2}[a-c]?$',
  '^é+$',
  '^\\$\\{a\\}$',
]

test.each(simple)('%s decides as the regular expression does', (source) => {
  const scanner = scan(source)
  const regexp = new RegExp(source, 'u')
  const random = new Random(source.length)
  const letters = ['a', 'b', 'c', 'z', 'A', 'Z', '0', '9', '-', '+', ' ', ':', 'é', '💩', '\n', '_']
  letters.push('S', 'K', 'U', '$', '{', '}')
  const base = ['', 'SKU-12345', 'ab', '${a}', 'a:1', 'AB', '+12', 'a-12']
  for (let round = 0; round < 3_000; round += 1) {
    const length = random.below(7)
    const tail = Array.from({ length }, () => random.pick(letters)).join('')
    const text = random.chance(0.4) ? random.pick(base) + tail.slice(0, 1) : tail
    expect([text, scanner?.(text)]).toEqual([text, regexp.test(text)])
  }
})

test.each([
  ['a search', '[a-z]+'],
  ['alternatives', '^(?:a|b)$'],
  ['groups', '^(ab)+$'],
  ['runs that could share a character', '^[a-z]*a$'],
  ['runs that could share one past an optional one', '^a*b?a$'],
  ['complements, which may be half a character', '^[^a]+$'],
  ['any character', '^.+$'],
  ['characters of two units', '^💩+$'],
  ['assertions inside', '^a\\b-$'],
  ['nothing at all', '^$'],
])('leaves %s to the regular expression', (_what, source) => {
  expect(scannerOf(source, true)).toBeUndefined()
})
