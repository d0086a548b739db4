import { describe, expect, it } from 'vitest'
import { apply, head } from './testing.ts'

const told = (overlay: string) => apply('a: {}', overlay).told.map((one) => one.split(' ')[0])
const one = '- { target: $.a, update: {} }\n'

describe('reads', () => {
  it.each(['1.0.0', '1.0.9', '1.1.0', '1.1.12', "'1.1.0'", '1.2.0'])('version %s', (version) => {
    expect(told(head(version) + one)).toEqual([])
  })

  it('JSON as well as YAML, with extensions everywhere', () => {
    const overlay = {
      overlay: '1.1.0',
      info: { title: 't', version: '1', description: 'd', 'x-a': 1 },
      extends: 'openapi.yaml',
      'x-b': {},
      actions: [{ target: '$.a', description: 'why', update: { b: 1 }, 'x-c': null }],
    }
    expect(apply('a: {}', JSON.stringify(overlay))).toMatchObject({
      value: { a: { b: 1 } },
      told: [],
    })
  })
})

describe('refuses', () => {
  it.each([
    ['a version that is not known', head('1.3.0') + one, '!overlay-version'],
    ['a version that is not one', head('1') + one, '!overlay-version'],
    ['a version of two numbers', head("'1.1'") + one, '!overlay-version'],
    ['a version that YAML takes for a number', head('1.1') + one, '!overlay-version'],
    ['a version before its release', head('1.1.0-rc1') + one, '!overlay-version'],
    ['no version', head('1.1.0').replace('overlay: 1.1.0\n', '') + one, '!overlay-version'],
    ['no actions', 'overlay: 1.1.0\ninfo: { title: t, version: "1" }', '!invalid-overlay'],
    ['an empty list of actions', `${head('1.1.0')}  []`, '!invalid-overlay'],
    ['an action that is none', `${head('1.1.0')}- 1`, '!invalid-overlay'],
    ['no info', 'overlay: 1.1.0\nactions:\n' + one, '!invalid-overlay'],
    [
      'an info without version',
      'overlay: 1.1.0\ninfo: { title: t }\nactions:\n' + one,
      '!invalid-overlay',
    ],
    [
      'a title that is a number',
      'overlay: 1.1.0\ninfo: { title: 1, version: "1" }\nactions:\n' + one,
      '!invalid-overlay',
    ],
    ['a field that is not known', `action: []\n${head('1.1.0')}${one}`, '!unknown-key'],
    [
      'a field of an action that is not known',
      `${head('1.1.0')}- { target: $, updat: {} }`,
      '!unknown-key',
    ],
    ['no target', `${head('1.1.0')}- { update: {} }`, '!invalid-overlay'],
    [
      'a target that is not text',
      `${head('1.1.0')}- { target: 1, update: {} }`,
      '!invalid-overlay',
    ],
    [
      'a target that is no query',
      `${head('1.1.0')}- { target: info, update: {} }`,
      '!overlay-query',
    ],
    ['remove that is text', `${head('1.1.0')}- { target: $.a, remove: 'yes' }`, '!invalid-overlay'],
    ['copy that is no text', `${head('1.1.0')}- { target: $.a, copy: {} }`, '!invalid-overlay'],
    ['copy that is no query', `${head('1.1.0')}- { target: $.a, copy: a }`, '!overlay-query'],
    [
      'update and copy together',
      `${head('1.1.0')}- { target: $.a, copy: $, update: {} }`,
      '!invalid-overlay',
    ],
    ['the same action twice', head('1.1.0') + one + one, '!overlay-twin'],
    [
      'the same action twice, its fields in another order',
      `${head('1.1.0')}${one}- { update: {}, target: $.a }`,
      '!overlay-twin',
    ],
    [
      'a description of info that is not text',
      `${head('1.1.0').replace("'1'", "'1'\n  description: 1")}${one}`,
      '!invalid-overlay',
    ],
    ['fields of 1.2 before 1.2', `components: {}\n${head('1.1.0')}${one}`, '!unknown-key'],
    [
      'a reference before 1.2',
      `${head('1.1.0')}- { target: $.a, $ref: '#/components/actions/a' }`,
      '!unknown-key',
    ],
    ['extends that is not text', `extends: 1\n${head('1.1.0')}${one}`, '!invalid-overlay'],
  ])('%s', (_, overlay, code) => {
    expect(told(overlay)).toContain(code)
    expect(apply('a: {}', overlay).value).toBeUndefined()
  })
})

describe('warns', () => {
  it.each([
    [
      'of an action that changes nothing',
      `${head('1.1.0')}- { target: $.a }`,
      'overlay-without-change',
    ],
    [
      'of a name with a hyphen after a dot in 1.0, whose own example has one',
      `${head('1.0.0')}- { target: $.a, update: {} }\n- { target: $.a.x-b, remove: true }`,
      'overlay-query',
    ],
    [
      'of an overlay for another document',
      `extends: other.yaml\n${head('1.1.0')}${one}`,
      'overlay-extends',
    ],
  ])('%s', (_, overlay, code) => {
    expect(told(overlay)).toEqual([code])
    expect(apply('a: {}', overlay).value).toEqual({ a: {} })
  })
})

it('finds what `extends` means: a URL, a relative one, or the name that the document gives itself', () => {
  const extending = (target: string, document = 'a: {}') =>
    apply(document, `extends: ${target}\n${head('1.1.0')}${one}`).told
  expect(extending('openapi.yaml')).toEqual([])
  expect(extending('./openapi.yaml')).toEqual([])
  expect(extending('../config/openapi.yaml')).toEqual([])
  expect(extending('file:///work/config/openapi.yaml')).toEqual([])
  expect(extending('https://api.example/a.yaml')).toEqual(['overlay-extends 0.overlay.yaml:1'])
  const named = 'a: {}\n$self: https://api.example/a.yaml'
  expect(extending('https://api.example/a.yaml', named)).toEqual([])
  expect(extending('http://[', named)).toEqual(['overlay-extends 0.overlay.yaml:1'])
})
