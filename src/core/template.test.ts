import { expect, it } from 'vitest'
import { harness } from '../../test/worker/harness.ts'
import { type Landing, template } from './template.ts'

async function filled(source: string, landing: Landing, url: string, path = '/{id}') {
  const text = template(source, landing)
  const { fetch } = harness({ path, handle: (exchange) => new Response(text.text(exchange)) })
  return (await fetch(url)).text()
}

it.each<[Landing, string]>([
  ['path', `a%2Fb%22%3C%26%20%C3%A9'`],
  ['query', `a%2Fb%22%3C%26%20%C3%A9'`],
  ['header', `a/b"<& %C3%A9'`],
  ['text', `a/b"<& é'`],
  ['html', `a/b&#34;&#60;&#38; é&#39;`],
  ['json', `a/b\\"\\u003c& é'`],
])('encodes a value for a place in %s', async (landing, text) => {
  expect(await filled('[{query.q}]', landing, '/1?q=a/b%22%3C%26%20%C3%A9%27')).toBe(`[${text}]`)
})

it('keeps the slashes of the rest of a path, and nothing else of its characters', async () => {
  expect(await filled('/n/{params.rest}', 'path', '/o/a/b%3Fc', '/o/{rest+}')).toBe('/n/a/b%3Fc')
  expect(await filled('/n/{params.rest}', 'query', '/o/a/b', '/o/{rest+}')).toBe('/n/a%2Fb')
})

it('writes doubled braces once and absent values empty', async () => {
  expect(await filled('{{{query.none}}}', 'text', '/1')).toBe('{}')
})
