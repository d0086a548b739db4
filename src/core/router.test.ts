import { expect, it } from 'vitest'
import { buildTrie } from '../../scripts/compile/trie.ts'
import { allowed, find, parameterNames, type Trie } from './router.ts'

/** As in the Worker: through JSON. */
function trieOf(...routes: string[]): Trie {
  const indexed = routes.map((route, index) => {
    const [method, path] = route.split(/ (.*)/s) as [string, string]
    return { method, path, index }
  })
  return JSON.parse(JSON.stringify(buildTrie(indexed))) as Trie
}

function match(trie: Trie, request: string): [number, ...string[]] {
  const [method, path] = request.split(' ') as [string, string]
  const values: string[] = []
  return [find(trie, method, path, values), ...values]
}

it('prefers concrete over mixed over templated over the rest, at every segment', () => {
  const trie = trieOf(
    'GET /a/{rest+}',
    'GET /a/{id}',
    'GET /a/{id}.json',
    'GET /a/me',
    'GET /a/me/x',
    'GET /a/{id}/y',
  )
  expect(match(trie, 'GET /a/me')).toEqual([3])
  expect(match(trie, 'GET /a/7.json')).toEqual([2, '7'])
  expect(match(trie, 'GET /a/7')).toEqual([1, '7'])
  expect(match(trie, 'GET /a/me/x')).toEqual([4])
  expect(match(trie, 'GET /a/me/y')).toEqual([5, 'me'])
  expect(match(trie, 'GET /a/7/8/9')).toEqual([0, '7/8/9'])
})

it('splits several parameters of one segment', () => {
  const trie = trieOf('GET /c/{base}...{head}', 'POST /v1/{name}:cancel', 'GET /d/{a}-{b}.{c}')
  expect(match(trie, 'GET /c/main...feature')).toEqual([0, 'main', 'feature'])
  expect(match(trie, 'POST /v1/op-1:cancel')).toEqual([1, 'op-1'])
  expect(match(trie, 'GET /d/1-2-3.tar.gz')).toEqual([2, '1', '2-3', 'tar.gz'])
  expect(match(trie, 'GET /c/main...')[0]).toBe(-1)
  expect(match(trie, 'POST /v1/:cancel')[0]).toBe(-1)
})

it('takes a trailing slash and an empty segment as significant', () => {
  const trie = trieOf('GET /a', 'GET /b/', 'GET /c/{id}', 'GET /')
  expect(match(trie, 'GET /a/')[0]).toBe(-1)
  expect(match(trie, 'GET /b')[0]).toBe(-1)
  expect(match(trie, 'GET /b/')[0]).toBe(1)
  expect(match(trie, 'GET /c/')[0]).toBe(-1)
  expect(match(trie, 'GET //a')[0]).toBe(-1)
  expect(match(trie, 'GET /')[0]).toBe(3)
})

it('needs at least one segment for the rest of a path, and takes slashes into it', () => {
  const trie = trieOf('GET /files/{rest+}')
  expect(match(trie, 'GET /files/a//b/')).toEqual([0, 'a//b/'])
  expect(match(trie, 'GET /files//b')).toEqual([0, '/b'])
  expect(match(trie, 'GET /files')[0]).toBe(-1)
  expect(match(trie, 'GET /files/')[0]).toBe(-1)
})

it('passes over a template whose path matches but whose methods do not', () => {
  const trie = trieOf('POST /orders/search', 'GET /orders/{id}')
  expect(match(trie, 'GET /orders/search')).toEqual([1, 'search'])
  expect(match(trie, 'POST /orders/search')).toEqual([0])
})

it('answers HEAD by the route of GET, unless HEAD has its own', () => {
  const trie = trieOf('GET /a', 'GET /b/{id}', 'HEAD /b/{id}')
  expect(match(trie, 'HEAD /a')).toEqual([0])
  expect(match(trie, 'HEAD /b/1')).toEqual([2, '1'])
})

it('takes a route for any method where its path is the more concrete one', () => {
  const trie = trieOf('* /a', 'GET /{x}', '* /b/{rest+}', 'GET /{rest+}', 'GET /a/b', '* /{x}/b')
  expect(match(trie, 'GET /a')).toEqual([0])
  expect(match(trie, 'GET /c')).toEqual([1, 'c'])
  expect(match(trie, 'GET /b/1/2')).toEqual([2, '1/2'])
  expect(match(trie, 'GET /c/1/2')).toEqual([3, 'c/1/2'])
  expect(match(trie, 'PUT /a/b')).toEqual([5, 'a'])
})

it('prefers the route that names the method, of those at one path', () => {
  const trie = trieOf('* /a', 'GET /a', '* /b', 'HEAD /b')
  expect(match(trie, 'GET /a')).toEqual([1])
  expect(match(trie, 'HEAD /a')).toEqual([1])
  expect(match(trie, 'PATCH /a')).toEqual([0])
  expect(match(trie, 'HEAD /b')).toEqual([3])
})

it('answers HEAD where GET would be answered, not by a HEAD of a less concrete path', () => {
  const trie = trieOf('GET /private', 'HEAD /{rest+}')
  expect(match(trie, 'HEAD /private')).toEqual([0])
  expect(match(trie, 'HEAD /other')).toEqual([1, 'other'])
})

it('does not take TRACE for any method: its answer repeats what only the gateway may say', () => {
  const trie = trieOf('* /a', 'TRACE /b', '* /b')
  expect(match(trie, 'TRACE /a')).toEqual([-1])
  expect(match(trie, 'TRACE /b')).toEqual([1])
  expect(allowed(trie, '/a')).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
})

it('lists the methods of every template that matches', () => {
  const trie = trieOf('POST /orders/search', 'GET /orders/{id}', 'DELETE /orders/{rest+}')
  expect(allowed(trie, '/orders/search')).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST'])
  expect(allowed(trie, '/nothing')).toEqual([])
})

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'takes %s as an ordinary word, in paths, templates and methods',
  (word) => {
    const empty = trieOf('GET /a')
    expect(match(empty, `GET /${word}`)[0]).toBe(-1)
    expect(match(empty, `${word} /a`)[0]).toBe(-1)
    expect(match(trieOf(`GET /${word}/{id}`), `GET /${word}/1`)).toEqual([0, '1'])
  },
)

it('finds templates whose text is escaped in requests', () => {
  const trie = trieOf('GET /a b/é', 'GET /p|{x}')
  expect(match(trie, 'GET /a%20b/%C3%A9')[0]).toBe(0)
  expect(match(trie, 'GET /p%7C1')).toEqual([1, '1'])
})

it('matches hostile segments in linear time', () => {
  const trie = trieOf('GET /{a}-{b}-{c}-{d}-{e}.json')
  const path = `/${'-'.repeat(100_000)}`
  expect(match(trie, `GET ${path}`)[0]).toBe(-1)
})

it('names the parameters of a template in order', () => {
  expect(parameterNames('/{base}...{head}/{rest+}')).toEqual(['base', 'head', 'rest'])
  expect(parameterNames('/a')).toEqual([])
})
