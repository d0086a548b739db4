import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { apply, head } from './testing.ts'

const result = (document: string, version: string, actions: string): unknown => {
  const { value, messages } = apply(document, head(version) + actions)
  expect(messages.all.filter(({ level }) => level === 'error')).toEqual([])
  return value
}

const faults = (document: string, version: string, actions: string): readonly string[] =>
  apply(document, head(version) + actions).told

describe.each(['1.0.0', '1.1.0'])('Overlay %s', (version) => {
  it('merges an object into the selected one, names of both kept', () => {
    const document = 'info: { title: T, contact: { name: A } }'
    const update = '- { target: $.info, update: { contact: { email: e }, license: { name: MIT } } }'
    expect(result(document, version, update)).toEqual({
      info: { title: 'T', contact: { name: 'A', email: 'e' }, license: { name: 'MIT' } },
    })
  })

  it('updates the root', () => {
    expect(result('a: 1', version, "- { target: '$', update: { a: 2, b: { c: 3 } } }")).toEqual({
      a: 2,
      b: { c: 3 },
    })
  })

  it('joins lists inside merged objects', () => {
    const actions = '- { target: $.get, update: { tags: [b, c] } }'
    expect(result('get: { tags: [a] }', version, actions)).toEqual({
      get: { tags: ['a', 'b', 'c'] },
    })
  })

  it('appends an object to a selected list', () => {
    const actions = '- { target: $.list, update: { name: b } }'
    expect(result('list: [{ name: a }]', version, actions)).toEqual({
      list: [{ name: 'a' }, { name: 'b' }],
    })
  })

  it('updates every node that a wildcard selects, and they stay apart afterwards', () => {
    const actions = `
- { target: $.paths.*.get, update: { x: { list: [1] } } }
- { target: "$.paths['/a'].get.x", update: { only: here, list: [2] } }`
    expect(result('paths: { /a: { get: {} }, /b: { get: {} } }', version, actions)).toEqual({
      paths: {
        '/a': { get: { x: { list: [1, 2], only: 'here' } } },
        '/b': { get: { x: { list: [1] } } },
      },
    })
  })

  it('takes aliases of YAML for separate values', () => {
    const document = 'a: &x { n: { v: 1 } }\nb: *x'
    expect(result(document, version, '- { target: $.a.n, update: { v: 2 } }')).toEqual({
      a: { n: { v: 2 } },
      b: { n: { v: 1 } },
    })
  })

  it('removes a member, and a plain one, too', () => {
    const actions = '- { target: $.a, remove: true }\n- { target: $.b.example, remove: true }'
    expect(result('a: {}\nb: { example: 1, c: 2 }', version, actions)).toEqual({ b: { c: 2 } })
  })

  it('removes several items of one list, whatever order the query gives', () => {
    const document = 'l: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]'
    expect(result(document, version, '- { target: "$.l[0,3,1,-1]", remove: true }')).toEqual({
      l: [{ n: 2 }],
    })
    expect(result(document, version, '- { target: "$.l[?@.n != 2]", remove: true }')).toEqual({
      l: [{ n: 2 }],
    })
  })

  it('removes a node that is selected twice once', () => {
    const actions = '- { target: "$.l[1,1,-2]", remove: true }'
    expect(result('l: [{ n: 0 }, { n: 1 }, { n: 2 }]', version, actions)).toEqual({
      l: [{ n: 0 }, { n: 2 }],
    })
  })

  it('removes what is inside something that is removed, too', () => {
    const document = 'a: { x: { x: { x: 1 } }, l: [{ x: 1, l: [{ x: 2 }] }] }'
    expect(result(document, version, '- { target: $..x, remove: true }')).toEqual({
      a: { l: [{ l: [{}] }] },
    })
    expect(result(document, version, '- { target: "$..l[0]", remove: true }')).toEqual({
      a: { x: { x: { x: 1 } }, l: [] },
    })
  })

  it('removes whatever list or member has a name that is a number', () => {
    const document = 'r: { "200": { a: 1 }, "500": { a: 2 } }\nl: [{ a: 1 }, { a: 2 }, { a: 3 }]'
    expect(
      result(document, version, '- { target: "$..[?@.a == 1 || @.a == 2]", remove: true }'),
    ).toEqual({
      r: {},
      l: [{ a: 3 }],
    })
  })

  it('merges into nested targets, the outer one first', () => {
    const document = 'n: { n: { n: {} } }'
    expect(result(document, version, '- { target: $..n, update: { seen: true } }')).toEqual({
      n: { seen: true, n: { seen: true, n: { seen: true } } },
    })
  })

  it('applies each action to what the one before it made', () => {
    const actions = `
- { target: $.servers, remove: true }
- { target: $, update: { servers: [{ url: new }] } }
- { target: "$.servers[?@.url == 'new']", update: { description: found } }
- { target: "$.servers[?@.url == 'old']", update: { description: missed } }`
    expect(result('servers: [{ url: old }]', version, actions)).toEqual({
      servers: [{ url: 'new', description: 'found' }],
    })
  })

  it('succeeds without a change where a target selects nothing, and says which', () => {
    const { value, unmatched, told } = apply(
      'a: {}',
      `${head(version)}- { target: $.b, update: 1 }\n- { target: $.c.*, remove: true }\n`,
    )
    expect({ value, told }).toEqual({ value: { a: {} }, told: [] })
    expect(unmatched?.map(({ pointer }) => pointer)).toEqual(['/actions/0', '/actions/1'])
  })

  it('lets remove: true win over update, and remove: false change nothing', () => {
    const actions = `
- { target: $.a, update: { x: 1 }, remove: true }
- { target: $.b, update: { x: 1 }, remove: false }
- { target: $.c, remove: false }`
    expect(result('a: {}\nb: {}\nc: {}', version, actions)).toEqual({ b: { x: 1 }, c: {} })
  })

  it('keeps names that JavaScript treats specially', () => {
    const actions = '- { target: $.a, update: { __proto__: { x: 1 }, constructor: { y: 2 } } }'
    const value = result('a: { __proto__: { z: 3 } }', version, actions)
    expect(JSON.stringify(value)).toBe('{"a":{"__proto__":{"z":3,"x":1},"constructor":{"y":2}}}')
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('refuses to remove the document itself', () => {
    expect(faults('a: {}', version, '- { target: $, remove: true }')).toEqual([
      '!overlay-removes-root 0.overlay.yaml:6',
    ])
  })

  it('refuses to merge what is not alike, at the place in the overlay', () => {
    const document = 'a: { object: {}, list: [], plain: 1 }'
    for (const update of [
      '{ object: 1 }',
      '{ object: [] }',
      '{ list: 1 }',
      '{ list: {} }',
      '{ plain: {} }',
      '{ plain: [] }',
    ]) {
      const told = faults(document, version, `- target: $.a\n  update:\n    ${update}`)
      expect(told, update).toEqual(['!overlay-mismatch 0.overlay.yaml:8'])
    }
    for (const update of ['1', 'null', '[]']) {
      const told = faults(document, version, `- { target: $.a, update: ${update} }`)
      expect(told, update).toEqual(['!overlay-mismatch 0.overlay.yaml:6'])
    }
  })

  it('replaces plain values of any kind by each other', () => {
    const actions = '- { target: $.i, update: { a: null, b: true, c: 1, d: x } }'
    expect(result('i: { a: 1, b: null, c: x, d: false }', version, actions)).toEqual({
      i: { a: null, b: true, c: 1, d: 'x' },
    })
  })
})

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

  it('ends before copies of copies fill the memory', () => {
    const document = JSON.stringify({ a: [Array.from({ length: 240_000 }, () => 0)] })
    const doubling = '- { target: $.a, copy: $.a }\n'
    const { messages } = apply(document, head('1.1.0') + doubling.repeat(30))
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

describe('several overlays', () => {
  it('apply in order, each in its own version', () => {
    const { value } = apply(
      'l: []',
      `${head('1.0.0')}- { target: $.l, update: [1] }`,
      `${head('1.1.0')}- { target: $.l, update: [2] }`,
    )
    expect(value).toEqual({ l: [[1], 2] })
  })

  it('leave the document as it was when they are only read', () => {
    const document = 'b: { z: 1, a: [1, { c: null }] }\na: 1.50\nd: "no"'
    expect(apply(document).value).toEqual(parse(document))
    expect(Object.keys(apply(document).value as object)).toEqual(['b', 'a', 'd'])
  })
})
