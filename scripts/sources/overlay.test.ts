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

  it('gives policies to the operations that are meant, whatever else a path item holds', () => {
    const document = `
paths:
  /a: { post: { operationId: a }, get: {}, parameters: [], summary: post }
  /b: { get: {} }
  /c: { post: { x-policies: [own] }, x-post: { post: {} } }`
    const actions = '- { target: $.paths.*.post, update: { x-policies: [key] } }'
    expect(result(document, version, actions)).toEqual({
      paths: {
        '/a': {
          post: { operationId: 'a', 'x-policies': ['key'] },
          get: {},
          parameters: [],
          summary: 'post',
        },
        '/b': { get: {} },
        '/c': { post: { 'x-policies': ['own', 'key'] }, 'x-post': { post: {} } },
      },
    })
  })

  it('tells null from what is missing', () => {
    const document = 'l: [{ a: null }, { b: 1 }, { a: 1 }]'
    const selected = (filter: string) =>
      result(document, version, `- { target: "$.l[?${filter}]", update: { hit: true } }`)
    expect(selected('@.a == null')).toEqual({ l: [{ a: null, hit: true }, { b: 1 }, { a: 1 }] })
    expect(selected('!@.a')).toEqual({ l: [{ a: null }, { b: 1, hit: true }, { a: 1 }] })
    expect(selected('@.a')).toEqual({ l: [{ a: null, hit: true }, { b: 1 }, { a: 1, hit: true }] })
  })

  it('removes by slices and negative indexes', () => {
    const document = 'l: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }]'
    const left = (slice: string) => {
      const value = result(document, version, `- { target: "$.l[${slice}]", remove: true }`)
      return (value as { l: { n: number }[] }).l.map(({ n }) => n)
    }
    expect(left('::2')).toEqual([1, 3, 5])
    expect(left('4:0:-2')).toEqual([0, 1, 3, 5])
    expect(left('-2:')).toEqual([0, 1, 2, 3])
    expect(left('-1,0,-6')).toEqual([1, 2, 3, 4])
    expect(left('::0')).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('selects by the functions of RFC 9535', () => {
    const document = `l: [{ n: ab, t: [1, 2] }, { n: "é😀", t: [] }, { n: axb }, { t: [1] }]`
    const hits = (filter: string) => {
      const action = `- { target: "$.l[?${filter}]", update: { hit: true } }`
      const { l } = result(document, version, action) as { l: { hit?: boolean }[] }
      return l.flatMap(({ hit }, i) => (hit ? [i] : []))
    }
    expect(hits('length(@.n) == 2')).toEqual([0, 1])
    expect(hits('count(@.t[*]) >= 1')).toEqual([0, 3])
    expect(hits("match(@.n, 'a.?b')")).toEqual([0, 2])
    expect(hits("search(@.n, '[^a-z]')")).toEqual([1])
    expect(hits('value(@.t[*]) == 1')).toEqual([3])
    expect(hits("@.n == '\\\\u00e9\\\\uD83D\\\\uDE00'")).toEqual([1])
  })

  it('takes anchors and merge keys of the overlay for what they stand for, and keeps the copies apart', () => {
    const actions = `
- target: $.a
  update: &shared { x: { list: [1] } }
- { target: $.b, update: *shared }
- { target: $.c, update: { <<: *shared, own: true } }
- { target: $.a.x.list, update: 2 }`
    expect(result('a: {}\nb: {}\nc: {}', version, actions)).toEqual({
      a: { x: { list: [1, 2] } },
      b: { x: { list: [1] } },
      c: { x: { list: [1] }, own: true },
    })
  })

  it('changes an overlay as it changes any document', () => {
    const document = `overlay: 1.0.0\nactions:\n- { target: $.a, update: { b: 1 } }`
    const actions = '- { target: "$.actions[?@.target == \'$.a\'].update", update: { c: 2 } }'
    expect(result(document, version, actions)).toEqual({
      overlay: '1.0.0',
      actions: [{ target: '$.a', update: { b: 1, c: 2 } }],
    })
  })

  it('leaves the order of members as it was, new ones last', () => {
    const actions = '- { target: $, update: { new: 1, b: { z: 1, y: 2 }, a: 3 } }'
    const value = result('b: { y: 1 }\na: 1\nc: 1', version, actions)
    expect(JSON.stringify(value)).toBe('{"b":{"y":2,"z":1},"a":3,"c":1,"new":1}')
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
