import { describe, expect, it } from 'vitest'
import { documentNode } from '../../../test/worker/document-node.ts'
import { sample } from './sample.ts'

const of = (schema: unknown, schemas: unknown = {}) =>
  sample(documentNode({ schema, components: { schemas } }, 'schema'))
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

describe('what the document says', () => {
  it.each([
    ['const', { const: 7, example: 8 }, 7],
    ['example', { type: 'string', example: 'a', default: 'b' }, 'a'],
    ['the first of examples', { type: 'string', examples: ['a', 'b'] }, 'a'],
    ['the first of enum that is not null', { enum: [null, 'b', 'c'] }, 'b'],
    ['default', { type: 'integer', default: 20 }, 20],
    ['not an empty default', { type: 'string', default: '' }, 'string'],
    ['false as example', { type: 'boolean', example: false }, false],
  ])('takes %s', (_, schema, value) => {
    expect(of(schema)).toEqual(value)
  })
})

describe('what is made up', () => {
  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: 'string', minLength: 8 }, 'stringst'],
    [{ type: 'string', maxLength: 3 }, 'str'],
    [{ type: 'string', format: 'date-time' }, '2026-01-15T09:30:00Z'],
    [{ type: 'string', format: 'uuid' }, '123e4567-e89b-42d3-a456-426614174000'],
    [{ type: 'string', format: 'email', maxLength: 5 }, 'strin'],
    [{ type: 'integer' }, 1],
    [{ type: 'integer', maximum: 0 }, 0],
    [{ type: 'integer', minimum: 10, exclusiveMinimum: true }, 11],
    [{ type: 'integer', exclusiveMinimum: 10 }, 11],
    [{ type: 'integer', minimum: 7, multipleOf: 5 }, 10],
    [{ type: 'integer', maximum: -7, multipleOf: 5 }, -10],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 }, 0.25],
    [{ type: 'number', multipleOf: 0.1, minimum: 0.25, maximum: 0.35 }, 0.30000000000000004],
    [{ type: ['null', 'string'] }, 'string'],
    [{ type: 'null' }, null],
    [{ type: 'array', items: { type: 'integer' } }, [1]],
    [{ type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true }, [1, 2, 3]],
    [{ type: 'array', items: { enum: ['a', 'b'] }, minItems: 2, uniqueItems: true }, ['a', 'b']],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 0 }, []],
    [{ prefixItems: [{ type: 'string' }, { type: 'boolean' }] }, ['string', true]],
    [{ properties: { a: { type: 'string' } } }, { a: 'string' }],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, { property1: 1 }],
    [{ type: 'object', required: ['a'] }, { a: 'string' }],
    [
      { properties: { a: {}, b: {}, c: { const: 1 } }, required: ['c'], maxProperties: 2 },
      { a: {}, c: 1 },
    ],
    [
      { allOf: [{ additionalProperties: { type: 'string' } }, { additionalProperties: false }] },
      {},
    ],
    [{ type: 'string', format: 'byte', pattern: '^(?:[A-Za-z0-9+/]{4})*$' }, 'c3RyaW5n'],
    [{}, {}],
    [true, {}],
    [false, undefined],
  ])('is the same every time: %j', (schema, value) => {
    expect(of(schema)).toEqual(value)
  })

  it('leaves out what a response never holds', () => {
    const password = { type: 'string', writeOnly: true }
    const id = { type: 'integer', readOnly: true }
    expect(of({ properties: { id, password }, required: ['id', 'password'] })).toEqual({ id: 1 })
  })

  it('keeps a member called __proto__ an own member', () => {
    const value = of(JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}'))
    expect(JSON.stringify(value)).toBe('{"__proto__":1}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('patterns', () => {
  it.each([
    ['^[A-Z]{3}-\\d{4}$', {}],
    ['^(?:cat|dog)s?$', {}],
    ['^[^a-z]+$', {}],
    ['^#(?:[0-9a-f]{3}){1,2}$', {}],
    ['^\\p{Lu}\\w*$', { minLength: 5 }],
    ['^(a)(b)\\2\\1$', {}],
    ['^(?=.*\\d)\\w+$', { minLength: 2 }],
    ['\\.json', { minLength: 10 }],
    ['^[\\w\\-\\:]+$', { maxLength: 2 }],
  ])('makes text that %s matches', (pattern, more) => {
    const text = of({ type: 'string', pattern, ...more }) as string
    expect(text).toMatch(new RegExp(pattern, pattern.includes('\\p') ? 'u' : ''))
    expect(text.length).toBeGreaterThanOrEqual('minLength' in more ? more.minLength! : 0)
    expect(text.length).toBeLessThanOrEqual('maxLength' in more ? more.maxLength! : 1000)
  })

  it.each(['[', '^(?!)', '(a+)+(?=b)$', '^a{1000000}$', '((((a{9}){9}){9}){9}){9}$'])(
    'ends for %s',
    (pattern) => {
      expect(of({ type: 'string', pattern })).toEqual(expect.any(String))
    },
  )
})

describe('composition', () => {
  it('puts all of allOf together, limits and required included', () => {
    const schema = {
      allOf: [ref('Base'), { properties: { name: { type: 'string' }, id: { minimum: 5 } } }],
    }
    const Base = { type: 'object', properties: { id: { type: 'integer' } } }
    expect(of(schema, { Base })).toEqual({ id: 5, name: 'string' })
  })

  it('takes the examples of each part of allOf for its members', () => {
    const A = { properties: { a: { type: 'string' } }, example: { a: 'from A' } }
    const schema = { allOf: [ref('A'), { properties: { b: { type: 'string' } } }] }
    expect(of(schema, { A })).toEqual({ a: 'from A', b: 'string' })
  })

  it('takes the first branch that fits, null last', () => {
    expect(of({ anyOf: [{ type: 'null' }, { type: 'integer' }] })).toBe(1)
    expect(of({ type: 'string', oneOf: [{ type: 'integer' }, { minLength: 7 }] })).toBe('strings')
    expect(of({ oneOf: [{ const: 1 }, { const: 2 }], enum: [2] })).toBe(2)
  })

  it('names the branch in the discriminator, as mapping or schema name says', () => {
    const Cat = { properties: { kind: { type: 'string' } } }
    const pet = (mapping?: object) => ({
      oneOf: [ref('Cat')],
      discriminator: { propertyName: 'kind', ...(mapping && { mapping }) },
    })
    expect(of(pet(), { Cat })).toEqual({ kind: 'Cat' })
    expect(of(pet({ feline: '#/components/schemas/Cat' }), { Cat })).toEqual({ kind: 'feline' })
  })

  it('ends where parent and children refer to each other', () => {
    const schemas = {
      Pet: { oneOf: [ref('Cat')], properties: { id: { type: 'integer' } } },
      Cat: { allOf: [ref('Pet'), { properties: { lives: { type: 'integer' } } }] },
    }
    expect(of(ref('Pet'), schemas)).toEqual({ id: 1, lives: 1 })
    expect(of(ref('Cat'), schemas)).toEqual({ id: 1, lives: 1 })
  })
})

describe('recursion', () => {
  it('leaves out what would go in a circle', () => {
    const Tree = {
      type: 'object',
      required: ['children'],
      properties: {
        name: { type: 'string' },
        children: { type: 'array', items: ref('Tree') },
        parent: ref('Tree'),
      },
    }
    expect(of(ref('Tree'), { Tree })).toEqual({ name: 'string', children: [] })
  })

  it('takes another branch out of a circle', () => {
    const Node = { properties: { next: { oneOf: [ref('Node'), { type: 'null' }] } } }
    expect(of(ref('Node'), { Node })).toEqual({ next: null })
  })

  it('gives up a required member only where nothing else is possible', () => {
    const Endless = { required: ['next'], properties: { next: ref('Endless'), a: { const: 1 } } }
    expect(of(ref('Endless'), { Endless })).toMatchObject({ a: 1 })
  })

  it('is bounded in depth, width and alternatives', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `S${i}`,
        {
          properties: Object.fromEntries(
            Array.from({ length: 60 }, (_, k) => [`p${k}`, ref(`S${(i * 7 + k) % 200}`)]),
          ),
          anyOf: [ref(`S${(i + 1) % 200}`), ref(`S${(i + 2) % 200}`)],
        },
      ]),
    )
    expect(JSON.stringify(of(ref('S0'), wide)).length).toBeLessThan(1_000_000)
  })
})
