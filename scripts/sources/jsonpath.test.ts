import { describe, expect, it } from 'vitest'
import { parseQuery, QueryError } from './jsonpath.ts'

const book = {
  paths: {
    '/a': {
      get: { tags: ['x', 'dummy'], parameters: [{ name: 'f', in: 'query' }, { name: 'p' }] },
    },
    '/b': { get: { deprecated: true }, 'x-y': null },
  },
}
const reasonOf = (query: string): string => {
  try {
    parseQuery(query)
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}
const found = (query: string) =>
  parseQuery(query)
    .locations(book)
    .map((one) => one.join(' '))

it.each([
  ['$', ['']],
  ["$['paths']['/a'].get.tags[0]", ['paths /a get tags 0']],
  ['$.paths.*.get', ['paths /a get', 'paths /b get']],
  ['$..tags[-1]', ['paths /a get tags 1']],
  ['$..tags[0:5:2]', ['paths /a get tags 0']],
  ["$.paths.*.get.parameters[?@.name == 'f' && @.in=='query']", ['paths /a get parameters 0']],
  ["$.paths[?(@.get.tags[?(@ == 'dummy')])]", ['paths /a']],
  ["$.paths[?@['x-y'] == null]", ['paths /b']],
  ['$.paths[?!@.get.tags].get', ['paths /b get']],
  ['$..parameters[?length(@.name) == 1 && count(@.*) > 1]', ['paths /a get parameters 0']],
  ["$..[?match(@.name, 'f|p')]", ['paths /a get parameters 0', 'paths /a get parameters 1']],
  ["$..[?search(@, 'mm')]", ['paths /a get tags 1']],
  ['$.nothing.here', []],
  ["$['paths','paths']", ['paths']],
])('%s', (query, expected) => expect(found(query)).toEqual(expected))

describe('refuses what RFC 9535 does not have', () => {
  it.each([
    '',
    'paths',
    ' $.a',
    '$.a ',
    '$.',
    '$..',
    '$.paths./a',
    "$['a",
    '$[01]',
    '$[-0]',
    '$.a[(@.length-1)]',
    '$[?@ =~ /a/]',
    '$[?@.x in [1]]',
    '$[?unknown(@)]',
    '$[?length(@)]',
    '$.a^',
    '$.a-b',
    '$[?@.x-oai-traits.paged]',
    '$[?(@.a == 1) == true]',
    '$[?!@.a == 1]',
    '$[?@.a == (1)]',
    '$[?@.a == 1 == 1]',
    '$[?!length(@.a)]',
    '$[?@.a && !(@.b || !value(@.*))]',
    '$[?count(1) == 1]',
    '$[?@.* == 1]',
    '$[9007199254740992]',
    "$['\\uD800']",
  ])('%s', (query) => {
    expect(() => parseQuery(query)).toThrow(QueryError)
  })

  it.each([
    ['', 'it ends too early'],
    ['paths', "'p' at character 1 is not expected"],
    ["$.paths['/a", 'it ends too early'],
    ['$.a[?@.b = 1]', "'=' at character 10 is not expected"],
    ['$.a ', 'it ends too early'],
    ['$.a[?length(@.b)]', 'result of length() must be compared, at character 6'],
    ['$.a[?size(@.b) == 1]', "no such function 'size', at character 6"],
    ['$[99999999999999999]', 'index out of range, at character 3'],
  ])('%s, and says where: %s', (query, reason) => {
    expect(reasonOf(query)).toBe(reason)
  })

  it('and knows what was meant by a hyphen', () => {
    expect(() => parseQuery('$..x-y[?@.a-b == ".c-d"]')).toThrow(
      expect.objectContaining({ repaired: `$..['x-y'][?@['a-b'] == ".c-d"]` }),
    )
  })

  it('and takes the same inside quotes', () => {
    expect(parseQuery("$['a-b'].c[?@ == '.x-y']").text).toBe("$['a-b'].c[?@ == '.x-y']")
    expect(parseQuery('$[?@.a == 1e-2 || @.b > -1]').text).toContain('1e-2')
  })
})

it('counts characters, not halves of them', () => {
  const found = parseQuery('$[?length(@) == 1]').locations(['😀', 'é', 'ab', '', 1, [1]])
  expect(found).toEqual([[0], [1], [5]])
})

it.each(['__proto__', 'constructor', 'toString', 'length'])(
  'has no member %s of its own',
  (name) => {
    expect(parseQuery(`$..['${name}']`).locations({ a: ['b', {}] })).toEqual([])
    expect(parseQuery(`$..[?@.${name}]`).locations({ a: ['b', {}] })).toEqual([])
  },
)

it('goes as deep as any document that is read', () => {
  let deep: unknown = { x: 1 }
  for (let i = 0; i < 500; i++) deep = { n: deep }
  expect(parseQuery('$..x').locations(deep)).toHaveLength(1)
})
