import { expect, it } from 'vitest'
import { harness } from '../../test/worker/harness.ts'
import { slot } from './exchange.ts'
import { type Principal, principal } from './principal.ts'
import { type Landing, parse, template } from './template.ts'

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
  ['json', `a/b\\"\\u003c& é\\u0027`],
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

const principalOf = (more: Partial<Principal>): Principal =>
  principal({ method: 'test', subject: 'test', ...more })

/** What a template's text and decision are for a request, as `[text, decision]`. */
async function read(
  source: string,
  init: RequestInit & { url?: string; caller?: Principal; left?: unknown } = {},
): Promise<unknown> {
  const { url = '/42', caller, left, ...request } = init
  const parsed = template(source, 'text')
  const { fetch } = harness({
    path: '/{id}',
    env: { REGION: 'eu', 'A.B': 'dotted' },
    handle: (exchange) => {
      exchange.principal = caller
      if (left !== undefined) exchange.set(slot('own'), left)
      return Response.json([parsed.text(exchange), parsed.decide(exchange) ?? null])
    },
  })
  return (await fetch(url, request)).json()
}

it.each<[string, string]>([
  ['{params.id}', 'a b'],
  ['{query.x}', '1&2'],
  ['{query.a.b}', 'dotted'],
  ['{headers.X-Tenant}', 'acme'],
  ['{client.ip}', '192.0.2.1'],
  ['{env.REGION}', 'eu'],
  ['{env.A.B}', 'dotted'],
  ['{params.id}-{query.x}', 'a b-1&2'],
  ['{{params.id}}', '{params.id}'],
  ['no placeholder', 'no placeholder'],
])('%s reads the request: %j', async (source, value) => {
  const init = { headers: { 'x-tenant': 'acme' }, cf: { clientIp: '192.0.2.1:5' } } as RequestInit
  expect(await read(source, { ...init, url: '/a%20b?x=1%262&a.b=dotted' })).toEqual([value, value])
})

it.each<[string, string]>([
  ['{claims.sub}', 'u1'],
  ['{claims.level}', '3'],
  ['{claims.active}', 'false'],
  ['{claims.address.country}', 'FR'],
  ['{claims.https://example.com/tenant}', 'acme'],
  ['{claims.a.b}', 'whole'],
  ['{consumer.id}', 'shop'],
  ['{consumer.metadata.plan.name}', 'gold'],
])('%s reads the caller: %j', async (source, value) => {
  const caller = principalOf({
    consumer: 'shop',
    claims: {
      sub: 'u1',
      level: 3,
      active: false,
      address: { country: 'FR' },
      'https://example.com/tenant': 'acme',
      'a.b': 'whole',
      a: { b: 'deeper' },
    },
    metadata: { plan: { name: 'gold' } },
  })
  expect(await read(source, { caller })).toEqual([value, value])
})

it('reads what a policy has left in a slot, also below it', async () => {
  expect(await read('{slots.own}', { left: 'text' })).toEqual(['text', 'text'])
  expect(await read('{slots.own.a.b}', { left: { a: { b: 7 } } })).toEqual(['7', '7'])
})

it.each([
  '{params.other}',
  '{params.constructor}',
  '{query.none}',
  '{query.empty}',
  '{headers.x-none}',
  '{claims.sub}',
  '{claims.toString}',
  '{claims.list}',
  '{claims.nothing}',
  '{claims.record}',
  '{consumer.id}',
  '{consumer.metadata.plan}',
  '{client.ip}',
  '{slots.none}',
  '{env.NONE}',
])('%s is absent: empty in a text, and it decides nothing', async (source) => {
  const caller = principalOf({ claims: { list: ['a'], nothing: null, record: {} } })
  const url = '/42?empty='
  expect(await read(`[${source}]`, { url, caller })).toEqual(['[]', null])
  expect(await read(`{params.id}${source}`, { url, caller })).toEqual(['42', null])
})

it('reads nothing of a caller that nobody knows', async () => {
  expect(await read('[{claims.sub}{consumer.id}{consumer.metadata.x}]')).toEqual(['[]', null])
})

it('decides nothing by a query parameter that is there twice, of which a text takes the first', async () => {
  expect(await read('{query.a}', { url: '/42?a=1&a=2' })).toEqual(['1', null])
  expect(await read('{query.a}', { url: '/42?a=1&%61=1' })).toEqual(['1', null])
})

it('takes no spaces at the ends of a field for a part of its value', async () => {
  const headers = new Headers({ 'x-tenant': ' acme \t' })
  expect(await read('{headers.x-tenant}', { headers })).toEqual(['acme', 'acme'])
})

it('decides nothing by a header field that may be there twice', async () => {
  const headers = new Headers([
    ['x-tenant', 'acme'],
    ['x-tenant', 'other'],
  ])
  expect(await read('{headers.x-tenant}', { headers })).toEqual(['acme, other', null])
})

it.each([
  ['{', "a '{' is not closed; write '{{' for a brace"],
  ['a {params.id', "a '{' is not closed; write '{{' for a brace"],
  ['}', "a '}' stands alone; write '}}' for a brace"],
  ['a } b', "a '}' stands alone; write '}}' for a brace"],
  ['{}', "'{}' is not a placeholder"],
  ['{params}', "'{params}' is not a placeholder"],
  ['{params.}', "'{params.}' is not a placeholder"],
  ['{params..id}', "'{params..id}' is not a placeholder"],
  ['{ params.id }', "'{ params.id }' is not a placeholder"],
  ['{param.id}', "'{param.id}' is not a placeholder"],
  ['{Params.id}', "'{Params.id}' is not a placeholder"],
  ['{client.port}', "'{client.port}' is not a placeholder"],
  ['{client.ip.x}', "'{client.ip.x}' is not a placeholder"],
  ['{consumer.name}', "'{consumer.name}' is not a placeholder"],
  ['{consumer.id.x}', "'{consumer.id.x}' is not a placeholder"],
  ['{consumer.metadata}', "'{consumer.metadata}' is not a placeholder"],
  ['{constructor.x}', "'{constructor.x}' is not a placeholder"],
  ['{__proto__.x}', "'{__proto__.x}' is not a placeholder"],
])('refuses %j', (source, message) => {
  expect(() => template(source, 'text')).toThrow(message)
})

it('splits a text into literals and placeholders', () => {
  expect(parse('a{{b}}{query.x.y}{client.ip}c')).toEqual([
    'a{b}',
    ['query', 'x', 'y'],
    ['client', 'ip'],
    'c',
  ])
  expect(parse('')).toEqual([])
})

it.each([
  ['root', 'root'],
  [' root', '%20root'],
  ['root  ', 'root%20%20'],
  ['a b', 'a b'],
  ['é', '%C3%A9'],
  ['%C3%A9', '%25C3%25A9'],
  ['%25C3', '%2525C3'],
  ['%20root', '%2520root'],
  ['a\r\nX: b', 'a%0D%0AX: b'],
  ['a%0d', 'a%250d'],
  ['100% sure, 5%zz', '100% sure, 5%zz'],
  ['https://a.example/x%2Fy', 'https://a.example/x%2Fy'],
])(
  'tells who is calling so that no two names become one in a field: %j is %j',
  async (name, said) => {
    const text = template('{claims.name}', 'header')
    const { fetch } = harness({
      path: '/{id}',
      handle: (exchange) => {
        exchange.principal = principalOf({ claims: { name } })
        return new Response(text.text(exchange))
      },
    })
    expect(await (await fetch('/1')).text()).toBe(said)
  },
)
