import { expect, it } from 'vitest'
import { harness } from '../../../test/worker/harness.ts'
import { checkOptions } from '../../../scripts/compile/options.ts'
import { handler } from '../../core/gateway.ts'
import respond from './respond.ts'

type Options = Parameters<typeof respond.setup>[0]

/** Options as a config has them. */
function responding(given: object, env: Record<string, string> = {}) {
  const { options, faults } = checkOptions(respond.options, given)
  expect(faults).toEqual([])
  const step = handler('respond', respond, options as unknown as Options)
  const { fetch, gateway } = harness({
    path: '/{id}',
    env,
    handle: (exchange) => step.start(gateway.runtime)(exchange),
  })
  return fetch
}

const ID = /^[0-9a-f-]{36}$/

it('answers 200 without content when nothing is said', async () => {
  const response = await responding({})('/a')
  expect([response.status, response.body]).toEqual([200, null])
  expect(Object.fromEntries(response.headers)).toEqual({
    'x-request-id': expect.stringMatching(ID),
  })
})

it('sends a text as plain text that no browser takes for a page', async () => {
  const response = await responding({ status: 503, body: 'Back at {query.at} <é>' })('/a?at=<b>')
  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toBe('text/plain;charset=utf-8')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await response.text()).toBe('Back at <b> <é>')
})

it('sends anything else as JSON, with values in its texts and only there', async () => {
  const body = {
    id: '{params.id}',
    list: [1, null, true, '{{}}'],
    ['__proto__']: { a: '{query.q}' },
  }
  const response = await responding({ body })('/x%22y?q=%22%7D,%22admin%22:true')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.text()).toBe(
    '{"id":"x\\"y","list":[1,null,true,"{}"],"__proto__":{"a":"\\"},\\"admin\\":true"}}',
  )
})

it.each([
  ['text/html', '<p>{query.q}</p>', '<p>&#60;i&#62;&#34;</p>'],
  ['image/svg+xml', '<t>{query.q}</t>', '<t>&#60;i&#62;&#34;</t>'],
  ['application/ld+json', '{{"q":"{query.q}"}}', '{"q":"\\u003ci>\\""}'],
  ['text/javascript', 'q="{query.q}"', 'q="\\u003ci>\\""'],
  ['text/{query.type}', '<p>{query.q}</p>', '<p>&#60;i&#62;&#34;</p>'],
])('encodes what it inserts for %s', async (type, body, wanted) => {
  const response = await responding({ headers: { 'Content-Type': type }, body })(
    '/a?type=html&q=%3Ci%3E%22',
  )
  expect(response.headers.get('content-type')).toBe(type.replace('{query.type}', 'html'))
  expect(await response.text()).toBe(wanted)
})

it('fills header fields and keeps line breaks out of them', async () => {
  const headers = { 'X-Item': '{params.id}', 'Cache-Control': 'max-age=60' }
  const response = await responding({ headers })('/a%0D%0Ab')
  expect(response.headers.get('x-item')).toBe('a%0D%0Ab')
  expect(response.headers.get('cache-control')).toBe('max-age=60')
})

it.each([204, 205, 304])('sends no content with %i', async (status) => {
  const response = await responding({ status, body: 'x' })('/a')
  expect([response.status, response.body]).toEqual([status, null])
})

it('reads variables, whole and within a text', async () => {
  const fetch = responding({ body: { a: '$env.PLAN', b: 'is {env.PLAN}' } }, { PLAN: 'gold' })
  expect(await (await fetch('/a')).json()).toEqual({ a: 'gold', b: 'is gold' })
})

it('is told at compile time of a broken template anywhere in the body, and of every variable', () => {
  const { faults } = checkOptions(respond.options, { body: { 'a/b': ['{nothing}'] } })
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/body/a~1b/0'])
  const { variables } = checkOptions(respond.options, { body: ['$env.A', ['{env.B}']] })
  expect(variables).toEqual([
    { name: 'A', pointer: '/body/0' },
    { name: 'B', pointer: '/body/1/0' },
  ])
})
