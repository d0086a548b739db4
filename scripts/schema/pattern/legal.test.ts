import { expect, test } from 'vitest'
import { compilePattern, foreignPart, isIllegal } from './legal.ts'

test.each([
  ['[\\p{L}\\-\\:]', '[\\p{L}\\-:]', ['é', ':'], ['1', '{']],
  ['^\\p{Lu}\\-\\@\\ ', '^\\p{Lu}-@ ', ['É-@ '], ['e-@ ']],
  ['^[\\w-_]+$', '^[\\w\\-_]+$', ['a-_'], ['é']],
  ['^[\\w.-]+\\#$', '^[\\w.\\-]+#$', ['a.-#'], ['é#']],
  ['^{\\w+}]$', '^\\{\\w+\\}\\]$', ['{a}]'], ['a']],
  ['^[[]\\d+]$', '^[[]\\d+\\]$', ['[12]'], ['12']],
  ['^\\{,3}[{,3}]\\_$', '^\\{,3\\}[{,3}]_$', ['{,3}{_'], ['']],
  ['^.$', '^.$', ['💩'], ['ab']],
])('%s is read in Unicode mode, and means what it meant', (pattern, source, good, bad) => {
  const compiled = compilePattern(pattern)
  expect([compiled.source, compiled.flags]).toEqual([source, 'u'])
  expect([...good, ...bad].filter((text) => compiled.test(text))).toEqual(good)
})

test.each([
  ['\\A\\w+\\z', '\\A'],
  ['\\p{Foo}', '\\p'],
  ['\\p{RGI_Emoji}', '\\p'],
  ['\\x{41}', '\\x'],
  ['^[\\q{abc}]$', '\\q'],
  ['^[[:alpha:]]+$', '[[:alpha:]'],
  ['[[a-z]&&[aeiou]]', '[[a-z]'],
  ['^a{,3}$', '{,3}'],
])('%s is told: JavaScript takes it letter for letter', (pattern, part) => {
  expect(foreignPart(compilePattern(pattern))).toBe(part)
})

test('what only the older mode knows is compiled in it', () => {
  const compiled = compilePattern('^\\07$')
  expect([compiled.flags, compiled.test('\u0007'), foreignPart(compiled)]).toEqual([
    '',
    true,
    undefined,
  ])
})

test.each(['(', '[z-a]', '(?>a)', 'a++', '[\\p{L}--[a-z]]'])('%s is no pattern', (pattern) => {
  expect(isIllegal(compilePattern(pattern))).toBe(true)
})
