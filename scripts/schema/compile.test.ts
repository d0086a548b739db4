import { expect, test } from 'vitest'
import { compileSchemas, schemaUri, type Source } from './compile.ts'
import { faultsOf, load, validatorOf } from './testing.ts'

const api = (uri: string, value: object): Source => ({ uri, value: { openapi: '3.1.1', ...value } })

test('one module serves many roots of many documents, with relative references and cycles', async () => {
  const sources = [
    api('file:///config/api.yaml', {
      components: { schemas: { Order: { $ref: 'schemas/order.yaml' } } },
    }),
    {
      uri: 'file:///config/schemas/order.yaml',
      value: {
        type: 'object',
        required: ['lines'],
        properties: {
          lines: { type: 'array', items: { $ref: '#/$defs/line' } },
          replaces: { $ref: '../api.yaml#/components/schemas/Order' },
        },
        $defs: { line: { type: 'object', required: ['sku'] } },
      },
    },
  ]
  const order = {
    id: 'order',
    uri: schemaUri('file:///config/api.yaml', '/components/schemas/Order'),
    dialect: 'oas-3.1' as const,
  }
  const loaded = await load(sources, [order, { ...order, id: 'the same / again' }])
  const validate = loaded.validator('order')
  expect(validate({ lines: [{ sku: 'a' }], replaces: { lines: [] } })).toBeNull()
  expect(validate({ lines: [{}], replaces: { lines: 1 } })).toEqual([
    { pointer: '/lines/0', keyword: 'required', detail: 'is missing the required property "sku"' },
    { pointer: '/replaces/lines', keyword: 'type', detail: 'must be an array' },
  ])
  expect([...loaded.compiled.exports]).toEqual([
    ['order', 'validate_order'],
    ['the same / again', 'validate_the_same_again'],
  ])
})

test('equal schemas become one function', async () => {
  const address = () => ({
    type: 'object',
    properties: { street: { type: 'string', minLength: 1 } },
  })
  const person = (extra: object) => ({ type: 'object', properties: { at: address() }, ...extra })
  const uri = 'https://schemas.test/two.json'
  const { module } = await compileSchemas({
    sources: [
      { uri, value: { $defs: { a: person({}), b: person({}), c: person({ minProperties: 1 }) } } },
    ],
    roots: ['a', 'b', 'c'].map((id) => ({
      id,
      uri: `${uri}#/$defs/${id}`,
      dialect: '2020-12' as const,
    })),
  })
  // a and b, c, the address and the street
  expect(module.match(/^function /gm)).toHaveLength(4)
})

test('any name can be on the way to a schema, encoded or not', async () => {
  const uri = 'https://schemas.test/names.json'
  const value = {
    'x#y?z%20': { type: 'integer' },
    $defs: { 'größe/漢': { type: 'integer' }, a: { $ref: '#/$defs/gr%C3%B6%C3%9Fe~1%E6%BC%A2' } },
  }
  const at = (id: string, pointer: string) => ({
    id,
    uri: schemaUri(uri, pointer),
    dialect: '2020-12' as const,
  })
  const roots = [at('a', '/$defs/a'), at('b', '/$defs/größe~1漢'), at('c', '/x#y?z%20')]
  const loaded = await load([{ uri, value }], roots)
  expect(['a', 'b', 'c'].map((id) => loaded.validator(id)('x')?.length)).toEqual([1, 1, 1])
})

test('$self of OpenAPI 3.2 is the base of references', async () => {
  const sources = [
    {
      uri: 'file:///build/out.json',
      value: { openapi: '3.2.0', $self: 'https://api.test/v1/api.json', a: { $ref: 'b.json' } },
    },
    { uri: 'https://api.test/v1/b.json', value: { type: 'integer' } },
  ]
  const root = { id: 'a', uri: 'file:///build/out.json#/a', dialect: 'oas-3.2' as const }
  expect((await load(sources, [root])).validator('a')('x')).not.toBeNull()
})

test('a reference that leads nowhere is an error at its place, and other roots still compile', async () => {
  const uri = 'file:///config/api.yaml'
  const value = {
    openapi: '3.0.3',
    a: { type: 'object', properties: { b: { $ref: '#/bad' } } },
    bad: { items: { $ref: 'https://elsewhere.test/x.json#/y' } },
    good: { type: 'string' },
  }
  const roots = ['a', 'good'].map((id) => ({
    id,
    uri: `${uri}#/${id}`,
    dialect: 'oas-3.0' as const,
  }))
  const compiled = await compileSchemas({ sources: [{ uri, value }], roots })
  expect(compiled.messages).toEqual([
    {
      level: 'error',
      code: 'schema-reference',
      uri,
      pointer: '/bad/items/$ref',
      what: 'The reference "https://elsewhere.test/x.json#/y" leads nowhere.',
      why: 'Cardea never downloads while it compiles; all it has are the files it was given.',
      instead:
        'Correct the reference, or save the document beside the others and refer to that file.',
    },
  ])
  expect([...compiled.exports.keys()]).toEqual(['good'])
})

test.each([
  ['schema-endless /a', { $ref: '#/a', a: { anyOf: [{ $ref: '#/a' }] } }],
  ['schema-endless ', { not: { $ref: '#' } }],
  ['schema-keyword-value /allOf', { allOf: [] }],
  ['schema-keyword-value /required', { required: 'name' }],
  ['schema-keyword-value /multipleOf', { multipleOf: 0 }],
  ['pattern-illegal /pattern', { pattern: '(' }],
  ['pattern-exponential /pattern', { pattern: '^(a+)+$' }],
  ['pattern-polynomial /pattern', { pattern: '\\s+$' }],
  ['pattern-polynomial /pattern', { pattern: '\\s+$', maxLength: 10_001 }],
  ['pattern-polynomial /patternProperties/%5Cs+$', { patternProperties: { '\\s+$': {} } }],
  ['pattern-not-unicode /properties/a/pattern', { properties: { a: { pattern: '\\07' } } }],
  ['pattern-foreign /pattern', { pattern: '\\A[a-z]+\\z' }],
  ['format-unknown /format', { format: 'emial' }],
])('%s', async (fault, schema) => {
  expect(await faultsOf(schema)).toContain(fault.replace('%5C', '\\'))
})

test('a document nested too deeply is an error, not a crash', async () => {
  const deep = JSON.parse('{"not":'.repeat(600) + '{}' + '}'.repeat(600)) as unknown
  const found = await faultsOf(deep)
  expect(found[0]).toBe('schema-document ')
})

test('a pattern that is slow on long texts is fine behind a maxLength', async () => {
  expect(await faultsOf({ pattern: '\\s+$', maxLength: 10_000 })).toEqual([])
  const validate = await validatorOf({ pattern: '^a*a*a*b$', maxLength: 400 })
  expect(validate('a'.repeat(1_000_000))).toEqual([
    { pointer: '', keyword: 'maxLength', detail: 'must have at most 400 characters' },
  ])
})

test('an unknown format is told once for each document', async () => {
  const value = { properties: { a: { format: 'int' }, b: { format: 'int' }, c: { format: 'id' } } }
  expect(await faultsOf(value)).toEqual([
    'format-unknown /properties/a/format',
    'format-unknown /properties/c/format',
  ])
})

test('a schema that is no schema never makes the compiler throw', async () => {
  for (const value of [
    null,
    1,
    'x',
    [],
    { allOf: 1 },
    { properties: [] },
    { $ref: 1 },
    { $id: '::' },
    { $schema: 'x:y' },
    { if: 1, else: 2 },
    { enum: 'a' },
    { items: null },
    { type: [[]] },
    { discriminator: 1 },
  ]) {
    for (const dialect of ['2020-12', 'oas-3.0'] as const) {
      expect(await faultsOf(value, dialect)).toBeInstanceOf(Array)
    }
  }
})

test.each([
  ['http://json-schema.org/draft-04/schema#', 'id'],
  ['http://json-schema.org/draft-06/schema#', '$id'],
  ['http://json-schema.org/draft-07/schema#', '$id'],
  ['https://json-schema.org/draft/2019-09/schema', '$id'],
])('$schema chooses an older draft: %s', async ($schema, id) => {
  const validate = await validatorOf({
    $schema,
    [id]: 'https://schemas.test/older',
    definitions: { a: { type: 'integer' } },
    properties: {
      a: { $ref: '#/definitions/a' },
      pair: { items: [{ type: 'string' }], additionalItems: false },
    },
  })
  expect(validate({ a: 1, pair: ['x'] })).toBeNull()
  expect(validate({ a: 'x', pair: ['x', 1] })?.map(({ pointer }) => pointer)).toEqual([
    '/a',
    '/pair/1',
  ])
})
