import { expect, it } from 'vitest'
import type { Description } from './describe.ts'
import { difference, differenceMarkdown, differenceText, isSame } from './diff.ts'

const before: Description = {
  routes: {
    'GET /a': {
      policies: ['auth', 'limit'],
      handler: 'proxy',
      details: { 'handler.url': '"https://a"' },
    },
    'GET /gone': { policies: [], handler: 'mock', details: {} },
  },
  policies: { limit: { policy: '"rate-limit"', limit: '100' } },
  settings: { keyPrefix: '"cardea"' },
}
const after: Description = {
  routes: {
    'GET /a': { policies: ['limit'], handler: 'proxy', details: { 'handler.url': '"https://b"' } },
    '/new ```\n# no': { policies: ['auth'], handler: 'proxy', details: {} },
  },
  policies: { limit: { policy: '"rate-limit"', limit: '100', code: 'abcd' } },
  settings: { keyPrefix: '"acme"' },
}

it('tells what opens, what closes and what stands in between', () => {
  expect(differenceText(difference(before, after))).toBe(`Routes: 1 added, 1 removed, 1 changed
  ~ GET /a
  ~     policies: auth, limit → limit
  ~     handler.url: "https://a" → "https://b"
  + /new \`\`\` # no  policies: auth  handler: proxy
  - GET /gone  policies: none  handler: mock
Policies: 1 changed
  ~ limit
  ~     code: changed
Settings: 1 changed
  ~ gateway.json
  ~     keyPrefix: "cardea" → "acme"`)
})

it('lets nothing of a path out of its block in a comment', () => {
  const text = differenceMarkdown(difference(before, after))
  expect(text).toContain('\n````diff\n! GET /a\n')
  expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([])
})

it('finds nothing between equals', () => {
  const one = difference(before, structuredClone(before))
  expect([isSame(one), differenceMarkdown(one)]).toEqual([
    true,
    'No route and no policy changes.\n',
  ])
})
