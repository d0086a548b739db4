import { describe, expect, test } from 'vitest'
import { faultsOf, load, validatorOf } from './testing.ts'

/** Schema, what it accepts, what it refuses. OpenAPI 3.0.4 §4.7.24 unless noted. */
type Row = readonly [meaning: string, schema: unknown, good: unknown[], bad: unknown[]]

const rows: readonly Row[] = [
  ['nullable beside type lets null pass', { type: 'string', nullable: true }, [null, 'a'], [1]],
  ['without nullable null is refused', { type: 'string' }, ['a'], [null]],
  ['nullable: false refuses null', { type: 'string', nullable: false }, ['a'], [null]],
  ['nullable without type says nothing (3.0.3)', { nullable: true }, [null, 1], []],
  ['nullable without type does not lift an enum', { nullable: true, enum: ['a'] }, ['a'], [null]],
  [
    'nullable does not add null to enum (3.0.3)',
    { type: 'string', nullable: true, enum: ['a'] },
    ['a'],
    [null],
  ],
  [
    'null in enum and nullable',
    { type: 'string', nullable: true, enum: ['a', null] },
    ['a', null],
    ['b'],
  ],
  [
    'nullable object with properties',
    { type: 'object', nullable: true, required: ['a'] },
    [null, { a: 1 }],
    [{}],
  ],
  [
    'nullable does not reach into allOf',
    { nullable: true, type: 'object', allOf: [{ type: 'object' }] },
    [{}],
    [null],
  ],
  ['exclusiveMinimum: true', { minimum: 1, exclusiveMinimum: true }, [1.1, 'x'], [1]],
  ['exclusiveMinimum: false', { minimum: 1, exclusiveMinimum: false }, [1], [0.9]],
  ['exclusiveMaximum: true', { maximum: 1, exclusiveMaximum: true }, [0], [1]],
  ['exclusiveMinimum without minimum says nothing', { exclusiveMinimum: true }, [-1, 0], []],
  ['integer lets 1.0 pass and 1.5 not', { type: 'integer' }, [1, 1.0], [1.5, '1']],
  ['type number accepts integers', { type: 'number' }, [1, 1.5], ['1', null]],
  ['format int32', { type: 'integer', format: 'int32' }, [2 ** 31 - 1], [2 ** 31]],
  ['format int64', { type: 'integer', format: 'int64' }, [2 ** 53, -(2 ** 63)], [2 ** 64]],
  ['format date', { type: 'string', format: 'date' }, ['2026-11-20'], ['2026-02-30']],
  [
    'format uuid',
    { type: 'string', format: 'uuid' },
    ['8d3f5a70-9c1e-4b7a-8f10-2f6a1c0b9d4e'],
    ['x'],
  ],
  ['format byte', { type: 'string', format: 'byte' }, ['YWI='], ['a']],
  ['formats binary and password', { type: 'string', format: 'password' }, ['', 'x'], [1]],
  ['an unknown format says nothing', { type: 'string', format: 'x-color' }, ['x'], [1]],
  ['format of another type says nothing', { format: 'int32' }, ['x', null, 1], [1.5]],
  [
    'additionalProperties: false',
    { properties: { a: {} }, additionalProperties: false },
    [{ a: 1 }],
    [{ b: 1 }],
  ],
  [
    'additionalProperties as schema',
    { additionalProperties: { type: 'integer' } },
    [{ b: 1 }],
    [{ b: 'x' }],
  ],
  ['additionalProperties default to true', { properties: { a: {} } }, [{ b: 1 }], []],
  ['oneOf wants exactly one', { oneOf: [{ minimum: 1 }, { maximum: 1 }] }, [0, 2], [1]],
  [
    'discriminator never changes the verdict',
    {
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
      discriminator: { propertyName: 'kind', mapping: { dog: '#/components/schemas/Cat' } },
    },
    [{ meow: 1 }, { kind: 'dog', woof: 1 }],
    [{ kind: 'dog' }],
  ],
  [
    'siblings of $ref are ignored (§4.7.23)',
    { $ref: '#/components/schemas/Name', maxLength: 1, nullable: true },
    ['long enough'],
    [null, 1],
  ],
  [
    '$ref in properties',
    { properties: { n: { $ref: '#/components/schemas/Name' } } },
    [{ n: 'x' }],
    [{ n: 1 }],
  ],
  [
    'a property named $ref',
    { properties: { $ref: { type: 'string' } } },
    [{ $ref: 'x' }],
    [{ $ref: 1 }],
  ],
  [
    'keywords of later drafts say nothing',
    { const: 1, if: {}, examples: {}, patternProperties: { a: false } },
    [2, { a: 1 }],
    [],
  ],
  ['example is not looked into', { type: 'object', example: { $ref: '#/nowhere' } }, [{}], [1]],
  ['default has no say', { type: 'integer', default: 'x' }, [1], ['x']],
  ['uniqueItems', { type: 'array', items: {}, uniqueItems: true }, [[1, 2]], [[1, 1]]],
  ['x- extensions say nothing', { 'x-type': 'integer', 'x-nullable': false }, [1, null], []],
]

const components = {
  schemas: {
    Cat: { type: 'object', required: ['meow'] },
    Dog: { type: 'object', required: ['woof'] },
    Name: { type: 'string', minLength: 1 },
  },
}

test.each([
  ['/nullable', { nullable: true, allOf: [{ type: 'object' }] }],
  ['/nullable', { type: 'string', nullable: true, enum: ['a'] }],
  [undefined, { type: 'string', nullable: true, enum: ['a', null] }],
  [undefined, { nullable: false, enum: ['a'] }],
])('nullable that lets no null pass is told at %s: %j', async (pointer, schema) => {
  const found = await faultsOf(schema, 'oas-3.0')
  expect(found).toEqual(pointer === undefined ? [] : [`nullable-idle ${pointer}`])
})

describe('OpenAPI 3.0 schema semantics', () => {
  test.each(rows)('%s', async (_meaning, schema, good, bad) => {
    const uri = 'https://api.test/openapi.json'
    const value = { openapi: '3.0.4', components, 'x-schema': schema }
    const root = { id: 'schema', uri: `${uri}#/x-schema`, dialect: 'oas-3.0' as const }
    const validate = (await load([{ uri, value }], [root])).validator('schema')
    expect(good.map((one) => validate(one))).toEqual(good.map(() => null))
    expect(bad.filter((one) => validate(one) === null)).toEqual([])
  })
})

test('the same keywords mean something else in 3.1', async () => {
  const nullable = await validatorOf({ type: ['string', 'null'], nullable: false }, 'oas-3.1')
  expect(nullable(null)).toBeNull()
  const siblings = await validatorOf(
    { $ref: '#/$defs/s', maxLength: 1, $defs: { s: { type: 'string' } } },
    'oas-3.2',
  )
  expect(siblings('a')).toBeNull()
  expect(siblings('ab')).not.toBeNull()
})

test('a keyword with a value of the wrong kind is an error at its place', async () => {
  expect(
    await faultsOf({ properties: { a: { type: 'strin', minLength: -1 } } }, 'oas-3.0'),
  ).toEqual([
    'schema-keyword-value /properties/a/type',
    'schema-keyword-value /properties/a/minLength',
  ])
  expect(await faultsOf({ minimum: '1); process.exit(' }, 'oas-3.1')).toEqual([
    'schema-keyword-value /minimum',
  ])
})
