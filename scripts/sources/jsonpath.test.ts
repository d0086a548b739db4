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
  ])('%s', (query) => {
    expect(() => parseQuery(query)).toThrow(QueryError)
  })

  it('and takes the same inside quotes', () => {
    expect(parseQuery("$['a-b'].c[?@ == '.x-y']").text).toBe("$['a-b'].c[?@ == '.x-y']")
    expect(parseQuery('$[?@.a == 1e-2 || @.b > -1]').text).toContain('1e-2')
  })
})

it('goes as deep as any document that is read', () => {
  let deep: unknown = { x: 1 }
  for (let i = 0; i < 500; i++) deep = { n: deep }
  expect(parseQuery('$..x').locations(deep)).toHaveLength(1)
})
