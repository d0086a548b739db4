import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Root, Source } from '../../../scripts/schema/compile.ts'
import { jsonBodies } from '../../conformance/schema-differential/documents.ts'
import { load } from '../../../scripts/schema/testing.ts'

/** A schema, a body that matches it, and bodies with one and with several faults. */
export interface Subject {
  readonly name: string
  readonly source: Source
  readonly root: Root
  readonly schema: unknown
  readonly bodies: Readonly<Record<'valid' | 'one fault' | 'many faults', unknown>>
}

const uri = 'https://bench.test'
const plain = (name: string, schema: object, bodies: Subject['bodies']): Subject => ({
  name,
  source: { uri: `${uri}/${name}.json`, value: schema },
  root: { id: name, uri: `${uri}/${name}.json`, dialect: '2020-12' },
  schema,
  bodies,
})

const pet = {
  id: 17,
  name: 'Muesli',
  tag: 'cat',
  born: '2021-04-30',
  photos: ['https://a.test/1.png'],
}

const small = plain(
  'small',
  {
    type: 'object',
    required: ['id', 'name'],
    properties: {
      id: { type: 'integer', format: 'int64', minimum: 1 },
      name: { type: 'string', minLength: 1, maxLength: 80 },
      tag: { enum: ['cat', 'dog', 'fish'] },
      born: { type: 'string', format: 'date' },
      photos: { type: 'array', items: { type: 'string', format: 'uri' }, maxItems: 10 },
    },
    additionalProperties: false,
  },
  {
    valid: pet,
    'one fault': { ...pet, photos: ['not a uri'] },
    'many faults': { ...pet, id: 0, tag: 'cow', born: 'May', extra: 1 },
  },
)

const address = {
  street: 'Tumblinger Straße 21',
  city: 'München',
  country: 'DE',
  postcode: '80337',
}
const line = (index: number) => ({
  sku: `SKU-${String(index).padStart(5, '0')}`,
  title: `Article number ${index}`,
  quantity: 1 + (index % 5),
  unitPrice: { amount: 19.99, currency: 'EUR' },
  attributes: { color: 'green', size: 'L' },
  discount: index % 2 === 0 ? { kind: 'percent', percent: 10 } : { kind: 'absolute', amount: 2.5 },
})
const order = {
  id: '8d3f5a70-9c1e-4b7a-8f10-2f6a1c0b9d4e',
  placedAt: '2026-11-20T08:30:00Z',
  status: 'paid',
  customer: { email: 'ada@example.com', name: 'Ada Lovelace', phone: '+49 89 123456', address },
  delivery: { ...address, instructions: 'Ring twice, please.' },
  lines: Array.from({ length: 9 }, (_, index) => line(index)),
  tags: ['gift', 'express', 'newsletter'],
  notes: 'x'.repeat(60),
}

const orderSchema = {
  type: 'object',
  required: ['id', 'placedAt', 'status', 'customer', 'lines'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    placedAt: { type: 'string', format: 'date-time' },
    status: { enum: ['new', 'paid', 'packed', 'shipped', 'delivered', 'returned', 'cancelled'] },
    customer: {
      type: 'object',
      required: ['email', 'name', 'address'],
      properties: {
        email: { type: 'string', format: 'email' },
        name: { type: 'string', minLength: 1, maxLength: 100 },
        phone: { type: 'string', pattern: '^\\+?[0-9 ]{5,20}$' },
        address: { $ref: '#/$defs/address' },
      },
    },
    delivery: { allOf: [{ $ref: '#/$defs/address' }, { required: ['city'] }] },
    lines: { type: 'array', minItems: 1, maxItems: 100, items: { $ref: '#/$defs/line' } },
    tags: { type: 'array', uniqueItems: true, items: { type: 'string', maxLength: 20 } },
    notes: { type: ['string', 'null'], maxLength: 500 },
  },
  $defs: {
    address: {
      type: 'object',
      required: ['street', 'city', 'country'],
      properties: {
        street: { type: 'string', minLength: 1 },
        city: { type: 'string', minLength: 1 },
        country: { type: 'string', pattern: '^[A-Z]{2}$' },
        postcode: { type: 'string', maxLength: 12 },
        instructions: { type: 'string' },
      },
    },
    line: {
      type: 'object',
      required: ['sku', 'quantity', 'unitPrice'],
      properties: {
        sku: { type: 'string', pattern: '^SKU-[0-9]{5}$' },
        title: { type: 'string' },
        quantity: { type: 'integer', minimum: 1, maximum: 1000 },
        unitPrice: {
          type: 'object',
          required: ['amount', 'currency'],
          properties: {
            amount: { type: 'number', minimum: 0 },
            currency: { enum: ['EUR', 'USD'] },
          },
          additionalProperties: false,
        },
        attributes: {
          type: 'object',
          propertyNames: { pattern: '^[a-z]+$' },
          additionalProperties: { type: 'string' },
        },
        discount: {
          oneOf: [
            {
              type: 'object',
              required: ['kind', 'percent'],
              properties: { kind: { const: 'percent' }, percent: { type: 'number', maximum: 100 } },
            },
            {
              type: 'object',
              required: ['kind', 'amount'],
              properties: { kind: { const: 'absolute' }, amount: { type: 'number', minimum: 0 } },
            },
          ],
        },
      },
      additionalProperties: false,
    },
  },
}

const lastLine = (more: object) => ({
  ...order,
  lines: order.lines.map((one, index) => (index === 8 ? { ...one, ...more } : one)),
})

const medium = plain('medium', orderSchema, {
  valid: order,
  'one fault': lastLine({ quantity: 0 }),
  'many faults': {
    ...lastLine({ sku: 'x', discount: { kind: 'percent' } }),
    id: 1,
    status: 'lost',
  },
})

const excerpt = join(import.meta.dirname, '../../fixtures/github/api.github.com.excerpt.json')

/** A real one: issues of GitHub's description (OpenAPI 3.0.3), as many as make 20 KB. */
async function large(): Promise<Subject> {
  const source = { uri: `${uri}/github.json`, value: JSON.parse(readFileSync(excerpt, 'utf8')) }
  const id = '/paths/~1repos~1{owner}~1{repo}~1issues/get/responses/200 application/json'
  const found = jsonBodies(source.value, source.uri).find(({ root }) => root.id === id)
  if (found === undefined) throw new Error(`${id} is not in the excerpt`)
  const validate = (await load([source], [found.root])).validator(id)
  const [issue] = (found.examples[0] as Record<string, unknown>[]) ?? []
  const body = (last: object): unknown[] => [issue, issue, { ...issue, ...last }]
  if (validate(body({})) !== null) throw new Error('the published example is not valid')
  const bodies = {
    valid: body({}),
    'one fault': body({ created_at: 'yesterday' }),
    'many faults': body({ id: 'x', url: 5, title: null, labels: [{ id: 'a' }], state: 1 }),
  }
  return { name: 'large', source, root: found.root, schema: found.schema, bodies }
}

export const subjects = async (): Promise<Subject[]> => [small, medium, await large()]
