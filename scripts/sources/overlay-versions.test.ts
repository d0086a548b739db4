import { describe, expect, it } from 'vitest'
import { apply, head } from './testing.ts'

const result = (document: string, version: string, actions: string): unknown => {
  const { value, messages } = apply(document, head(version) + actions)
  expect(messages.all.filter(({ level }) => level === 'error')).toEqual([])
  return value
}

const faults = (document: string, version: string, actions: string): readonly string[] =>
  apply(document, head(version) + actions).told

describe('Overlay 1.1', () => {
  it('joins a list with a selected list, and appends anything else', () => {
    const document = 'l: [a]'
    expect(result(document, '1.1.0', '- { target: $.l, update: [b, c] }')).toEqual({
      l: ['a', 'b', 'c'],
    })
    expect(result(document, '1.1.0', '- { target: $.l, update: [[b]] }')).toEqual({
      l: ['a', ['b']],
    })
    expect(result(document, '1.1.0', '- { target: $.l, update: b }')).toEqual({ l: ['a', 'b'] })
    expect(result(document, '1.1.0', '- { target: $.l, update: null }')).toEqual({ l: ['a', null] })
  })

  it('replaces plain values that are selected themselves', () => {
    const actions = "- { target: \"$.paths.*.get['description', 'summary']\", update: new }"
    const document = 'paths: { /a: { get: { description: 1, summary: x } }, /b: { get: {} } }'
    expect(result(document, '1.1.0', actions)).toEqual({
      paths: { '/a': { get: { description: 'new', summary: 'new' } }, '/b': { get: {} } },
    })
    expect(result('l: [1, 2, 3]', '1.1.0', '- { target: "$.l[?@ > 1]", update: 0 }')).toEqual({
      l: [1, 0, 0],
    })
  })

  it('removes plain items of a list', () => {
    const actions = '- { target: "$.*.tags[?@ == \'dummy\']", remove: true }'
    expect(result('get: { tags: [dummy, a, dummy] }', '1.1.0', actions)).toEqual({
      get: { tags: ['a'] },
    })
  })

  it('copies one node into every target, as update would', () => {
    const document = 'from: { a: [1], b: { c: 1 } }\nto: [{ a: [2] }, {}]'
    expect(result(document, '1.1.0', '- { target: "$.to[*]", copy: $.from }')).toEqual({
      from: { a: [1], b: { c: 1 } },
      to: [
        { a: [2, 1], b: { c: 1 } },
        { a: [1], b: { c: 1 } },
      ],
    })
    expect(
      result(
        'a: [1, 2]\nb: [3]\nc: x\nd: y',
        '1.1.0',
        `
- { target: $.b, copy: $.a }
- { target: $.b, copy: $.c }
- { target: $.d, copy: "$.a[1]" }`,
      ),
    ).toEqual({ a: [1, 2], b: [3, 1, 2, 'x'], c: 'x', d: 2 })
  })

  it('moves a path: makes the target, copies, removes the original', () => {
    const actions = `
- { target: $.paths, update: { /new: {} } }
- { target: "$.paths['/new']", copy: "$.paths['/old']" }
- { target: "$.paths['/old']", remove: true }`
    const document = 'paths: { /old: { get: { responses: { 200: { description: OK } } } }, /x: {} }'
    expect(result(document, '1.1.0', actions)).toEqual({
      paths: { '/new': { get: { responses: { 200: { description: 'OK' } } } }, '/x': {} },
    })
  })

  it('copies what was there before the action, also into itself', () => {
    const document = 'a: { v: 1, b: {} }'
    expect(result(document, '1.1.0', '- { target: $.a.b, copy: $.a }')).toEqual({
      a: { v: 1, b: { v: 1, b: {} } },
    })
    expect(result(document, '1.1.0', '- { target: $..b, copy: $ }')).toEqual({
      a: { v: 1, b: { a: { v: 1, b: {} } } },
    })
    expect(result('l: [1]', '1.1.0', '- { target: $.l, copy: $.l }')).toEqual({ l: [1, 1] })
  })

  it('keeps a copy apart from its original', () => {
    const actions = `
- { target: $.b, copy: $.a }
- { target: $.a.x, update: { changed: true } }`
    expect(result('a: { x: {} }\nb: {}', '1.1.0', actions)).toEqual({
      a: { x: { changed: true } },
      b: { x: {} },
    })
  })

  it('refuses to copy nothing, or several nodes', () => {
    const document = 'a: { x: 1, y: 2 }\nb: {}'
    expect(faults(document, '1.1.0', '- { target: $.b, copy: $.c }')).toEqual([
      '!overlay-copy-source 0.overlay.yaml:6',
    ])
    expect(faults(document, '1.1.0', '- { target: $.b, copy: $.a.* }')).toEqual([
      '!overlay-copy-source 0.overlay.yaml:6',
    ])
    expect(faults(document, '1.1.0', '- { target: $.nothing, copy: $.c }')).toEqual([])
    expect(faults(document, '1.1.0', '- { target: $.b, copy: $.a.x }')).toEqual([
      '!overlay-mismatch 0.overlay.yaml:6',
    ])
  })

  it('refuses targets of different kinds', () => {
    const document = 'a: { object: {}, list: [], plain: 1 }'
    const target = (names: string) => `- { target: "$.a[${names}]", update: { x: 1 } }`
    for (const names of ["'object','list'", "'object','plain'", "'list','plain'"]) {
      expect(faults(document, '1.1.0', target(names))).toEqual([
        '!overlay-mixed-targets 0.overlay.yaml:6',
      ])
    }
  })

  it('applies the trait example of the specification', () => {
    const document = `
paths:
  /items: { get: { x-oai-traits: [paged] } }
  /sub: { get: { x-oai-traits: [other, paged], parameters: [{ name: id }] } }
  /other: { get: {} }`
    const actions = `
- target: $.paths[?(@.get['x-oai-traits'][?(@ == 'paged')])].get
  update: { parameters: [{ name: top }, { name: skip }] }`
    expect(result(document, '1.1.0', actions)).toEqual({
      paths: {
        '/items': {
          get: { 'x-oai-traits': ['paged'], parameters: [{ name: 'top' }, { name: 'skip' }] },
        },
        '/sub': {
          get: {
            'x-oai-traits': ['other', 'paged'],
            parameters: [{ name: 'id' }, { name: 'top' }, { name: 'skip' }],
          },
        },
        '/other': { get: {} },
      },
    })
  })

  it('takes an empty field of the root for nothing, as the structured example has it, and no other', () => {
    const document = 'components: { a: 1 }\ntags: [a]\nx-own: {}'
    const update = '- target: $\n  update:\n    components:\n    tags:\n    paths:'
    for (const version of ['1.1.0', '1.2.0']) {
      expect(result(document, version, update)).toEqual({
        components: { a: 1 },
        tags: ['a'],
        'x-own': {},
      })
    }
    expect(faults(document, '1.1.0', '- { target: $, update: { x-own: null } }')).toEqual([
      '!overlay-mismatch 0.overlay.yaml:6',
    ])
    expect(faults('a: { b: {} }', '1.1.0', '- { target: $, update: { a: { b: null } } }')).toEqual([
      '!overlay-mismatch 0.overlay.yaml:6',
    ])
  })

  it('merges into a document of 100,000 values, member by member', () => {
    const members = (value: unknown, length = 100) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`m${i}`, value]))
    const document = JSON.stringify({ deep: members(members(0), 1000) })
    const overlay = {
      overlay: '1.1.0',
      info: { title: 't', version: '1' },
      actions: [
        { target: '$.deep', update: Object.fromEntries([['m7', members(1)]]) },
        { target: '$.deep.*', update: { last: true } },
        { target: '$..last', remove: true },
      ],
    }
    const { value, messages } = apply(document, JSON.stringify(overlay))
    expect(messages.all).toEqual([])
    const { deep } = value as { deep: Record<string, Record<string, number>> }
    expect([deep['m6'], deep['m7']]).toEqual([members(0), members(1)])
  })

  it('ends before copies of copies fill the memory', () => {
    const document = JSON.stringify({ a: [Array.from({ length: 240_000 }, () => 0)] })
    const doubling = (_: unknown, i: number) =>
      `- { target: $.a, copy: $.a, description: '${i}' }\n`
    const overlay = head('1.1.0') + Array.from({ length: 30 }, doubling).join('')
    const { messages } = apply(document, overlay)
    const errors = messages.all.filter(({ level }) => level === 'error')
    expect(errors.map(({ code, at }) => `${code} ${at.line}`)).toEqual(['overlay-too-large 8'])
  })
})

describe('Overlay 1.0', () => {
  it('appends a list to a list as one entry', () => {
    expect(result('l: [a]', '1.0.0', '- { target: $.l, update: [b] }')).toEqual({ l: ['a', ['b']] })
  })

  it('merges into objects and appends to lists in one action', () => {
    const actions = "- { target: \"$['o','l']\", update: { x: 1 } }"
    expect(result('o: {}\nl: []', '1.0.0', actions)).toEqual({ o: { x: 1 }, l: [{ x: 1 }] })
  })

  it('takes an empty member of the update for nothing where an object or list stands', () => {
    const actions = '- target: $\n  update:\n    components:\n    tags:\n    x-new:\n    webhooks:'
    expect(result('components: { a: 1 }\ntags: [a]', '1.0.0', actions)).toEqual({
      components: { a: 1 },
      tags: ['a'],
      'x-new': null,
    })
  })

  it('refuses to update a plain value, and says that 1.1 does', () => {
    const { told, messages } = apply('a: 1', `${head('1.0.0')}- { target: $.a, update: 2 }`)
    expect(told).toEqual(['!overlay-plain-target 0.overlay.yaml:6'])
    expect(messages.all[0]?.instead).toContain('"1.1.0"')
  })

  it('refuses copy, which came with 1.1', () => {
    expect(faults('a: {}\nb: {}', '1.0.0', '- { target: $.a, copy: $.b }')).toEqual([
      '!overlay-version 0.overlay.yaml:6',
    ])
  })
})
