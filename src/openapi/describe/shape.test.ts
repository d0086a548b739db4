import { expect, it } from 'vitest'
import { documentNode } from '../../../test/worker/document-node.ts'
import { TYPE_BITS } from '../schema/violation.ts'
import { shapeOf } from './shape.ts'

const { array, boolean, integer, null: none, number, object, string } = TYPE_BITS

it.each([
  ['a type', { type: 'integer' }, { types: integer }],
  ['several types', { type: ['integer', 'null'] }, { types: integer | none }],
  ['nullable', { type: 'boolean', nullable: true }, { types: boolean | none }],
  ['nothing', {}, { types: string }],
  ['true', true, { types: string }],
  ['an enum', { enum: [1, 'a', null] }, { types: number | string | none }],
  ['a const', { const: 1 }, { types: number }],
  ['a limit', { minimum: 1 }, { types: number | string }],
  ['items', { items: { type: 'integer' } }, { types: array, items: { types: integer } }],
  ['a list of anything', { type: 'array' }, { types: array }],
  [
    'properties',
    { properties: { a: { type: 'integer' } }, additionalProperties: false },
    { types: object, properties: { a: { types: integer } } },
  ],
  [
    'other properties',
    { type: 'object', additionalProperties: { type: 'number' } },
    { types: object, others: { types: number } },
  ],
  [
    'alternatives',
    { oneOf: [{ type: 'integer' }, { type: 'string' }] },
    { types: integer | string },
  ],
  [
    'what holds together',
    { allOf: [{ type: ['integer', 'string'] }, { type: 'integer' }] },
    { types: integer },
  ],
  [
    'an alternative that says nothing',
    { anyOf: [{ type: 'integer' }, { description: 'any' }] },
    { types: integer | string },
  ],
  [
    'parts of an object',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } } },
        { type: 'object', properties: { b: { type: 'boolean' } } },
      ],
    },
    {
      types: object,
      properties: { a: { types: integer }, b: { types: boolean } },
      others: { types: string },
    },
  ],
])('reads the types of %s', (_, schema, shape) => {
  expect(shapeOf(documentNode({ schema }, 'schema'))).toEqual(shape)
})

it('follows references, and ends where they go in a circle', () => {
  const tree = { type: 'object', properties: { child: { $ref: '#/tree' }, n: { type: 'integer' } } }
  const shape = shapeOf(documentNode({ tree }, 'tree'))
  expect(shape.properties?.['child']?.properties?.['n']).toEqual({ types: integer })
  const circle = { anyOf: [{ $ref: '#/circle' }, { type: 'integer' }] }
  expect(shapeOf(documentNode({ circle }, 'circle')).types & integer).toBe(integer)
})
