import { expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import type { Validate } from '../../openapi/schema/violation.ts'
import jsonSchema, { type Rules } from './json-schema.ts'

/** As compile would generate it of `{ "type": "number" }`. */
const number: Validate = (value) =>
  typeof value === 'number' ? null : [{ pointer: '', keyword: 'type', detail: 'must be a number' }]

const rules: Rules = { operation: 'test', validate: number }
const defaults = { schema: 'n.json', body: 'reject', required: true, otherTypes: 'reject' } as const

function checked(options: object = {}) {
  const all = { ...defaults, ...options } as typeof defaults
  return harness({ policies: [policy('number', jsonSchema, all, rules)], handle: echo })
}

const post = (body?: string, type = 'application/json', more: Record<string, string> = {}) => ({
  method: 'POST',
  ...(body !== undefined && { body }),
  headers: { 'content-type': type, ...more },
})

it.each(['application/json', 'application/json; charset=UTF-8', 'application/cats+json'])(
  'lets a body of %s pass that matches, and refuses one that does not',
  async (type) => {
    const { fetch } = checked()
    expect(await (await fetch('/a', post(' 1 ', type))).json()).toMatchObject({ body: ' 1 ' })
    const response = await fetch('/a', post('"one"', type))
    expect(response.status).toBe(400)
    expect(await problemOf(response)).toMatchObject({
      code: 'request-invalid',
      detail: 'body must be a number.',
      errors: [{ in: 'body', pointer: '', keyword: 'type', detail: 'must be a number' }],
    })
  },
)

it.each([
  ['a name twice', '{"a":1,"a":2}', 'duplicate'],
  ['what is not JSON', '01', 'json'],
  ['no body', undefined, 'required'],
  ['an empty body', '', 'required'],
])('refuses %s', async (_, body, keyword) => {
  const response = await checked().fetch('/a', post(body))
  expect(await problemOf(response)).toMatchObject({ errors: [{ in: 'body', keyword }] })
})

it('lets pass what is not JSON, unread, and no body at all, where it is told to', async () => {
  const { fetch } = checked({ otherTypes: 'off', required: false })
  expect((await fetch('/a', post('x'.repeat(2000), 'text/plain'))).status).toBe(200)
  expect((await fetch('/a', post(''))).status).toBe(200)
  expect((await fetch('/a')).status).toBe(200)
})

it('refuses what is not JSON and what is packed with 415', async () => {
  const { fetch } = checked()
  expect((await fetch('/a', post('1', 'text/plain'))).status).toBe(415)
  expect((await fetch('/a', post('1', undefined, { 'content-encoding': 'gzip' }))).status).toBe(415)
})

it('reports instead of refusing where it is told to', async () => {
  const { fetch, logs } = checked({ body: 'report' })
  expect((await fetch('/a', post('"one"'))).status).toBe(200)
  expect(logs).toMatchObject([
    { event: 'request-invalid', errors: [{ keyword: 'type', times: 1 }] },
  ])
  const packed = await fetch('/a', post('1', undefined, { 'content-encoding': 'gzip' }))
  expect(packed.status).toBe(200)
  expect(logs[1]).toMatchObject({ errors: [{ keyword: 'contentEncoding', times: 1 }] })
})
