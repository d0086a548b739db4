import { expect, test } from 'vitest'
import type { Root } from './compile.ts'
import { load } from './testing.ts'

const uri = 'https://api.test/users.json'
const value = {
  openapi: '3.1.1',
  components: {
    schemas: {
      Id: { type: 'integer', readOnly: true },
      User: {
        type: 'object',
        required: ['id', 'name', 'password'],
        properties: {
          id: { $ref: '#/components/schemas/Id' },
          name: { type: 'string' },
          password: { type: 'string', writeOnly: true },
          manager: { $ref: '#/components/schemas/User' },
        },
        additionalProperties: false,
      },
      Split: {
        allOf: [
          { type: 'object', properties: { id: { readOnly: true }, a: {} } },
          { required: ['id', 'a'] },
          { properties: { a: { required: ['id'] } } },
        ],
      },
    },
  },
}

async function user(more: Partial<Root>, schema = 'User') {
  const root = {
    id: 'root',
    uri: `${uri}#/components/schemas/${schema}`,
    dialect: 'oas-3.1' as const,
  }
  return (await load([{ uri, value }], [{ ...root, ...more }])).validator('root')
}

const names = (found: readonly { pointer: string; keyword: string; detail: string }[] | null) =>
  found?.map(
    ({ pointer, keyword, detail }) => `${pointer} ${keyword} ${/"(.*)"/.exec(detail)?.[1] ?? ''}`,
  )

test('neither side: every required property is required', async () => {
  expect(names((await user({}))({ name: 'x' }))).toEqual([' required id', ' required password'])
})

test('a request need not hold what is readOnly, at any depth', async () => {
  const validate = await user({ variant: 'request' })
  expect(validate({ name: 'x', password: 'y', manager: { name: 'z', password: 'p' } })).toBeNull()
  expect(validate({ id: 1, name: 'x', password: 'y' })).toBeNull()
  expect(names(validate({ id: 'one', name: 'x' }))).toEqual(['/id type ', ' required password'])
})

test('a request with what is readOnly is refused where that is wanted', async () => {
  const validate = await user({ variant: 'request', foreign: 'refuse' })
  expect(validate({ name: 'x', password: 'y' })).toBeNull()
  expect(
    validate({ name: 'x', password: 'y', manager: { id: 1, name: 'z', password: 'p' } }),
  ).toEqual([
    {
      pointer: '/manager/id',
      keyword: 'readOnly',
      detail: 'is read-only and must not be sent in a request',
    },
  ])
})

test('a response need not hold what is writeOnly', async () => {
  const validate = await user({ variant: 'response', foreign: 'refuse' })
  expect(validate({ id: 1, name: 'x' })).toBeNull()
  expect(names(validate({ name: 'x', password: 'y' }))).toEqual([
    ' required id',
    '/password writeOnly ',
  ])
})

test('required and readOnly may stand in different parts of allOf, but not at different levels', async () => {
  const validate = await user({ variant: 'request' }, 'Split')
  expect(validate({ a: { id: 1 } })).toBeNull()
  expect(names(validate({ a: {} }))).toEqual(['/a required id'])
  expect(names(validate({ id: 1 }))).toEqual([' required a'])
})
