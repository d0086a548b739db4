import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Root, Source } from '../../../scripts/schema/compile.ts'
import { jsonBodies } from '../../conformance/schema-differential/documents.ts'
import { load } from '../../../scripts/schema/testing.ts'
import { order, orderSchema } from '../order.ts'

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
