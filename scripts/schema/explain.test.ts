import { expect, test } from 'vitest'
import { load, validatorOf } from './testing.ts'

const pets = (discriminator: object | undefined) => ({
  openapi: '3.0.3',
  components: {
    schemas: {
      Pet: {
        oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
        ...(discriminator && { discriminator }),
      },
      Cat: {
        type: 'object',
        required: ['kind', 'lives'],
        properties: { kind: { type: 'string' }, lives: { type: 'integer' } },
      },
      Dog: {
        type: 'object',
        required: ['kind', 'bark', 'tail'],
        properties: { kind: { type: 'string' }, bark: { type: 'boolean' } },
      },
    },
  },
})

async function petValidator(discriminator?: object) {
  const uri = 'https://api.test/pets.json'
  const root = { id: 'pet', uri: `${uri}#/components/schemas/Pet`, dialect: 'oas-3.0' as const }
  return (await load([{ uri, value: pets(discriminator) }], [root])).validator('pet')
}

test('explains by the alternative that the discriminator names', async () => {
  const byName = await petValidator({ propertyName: 'kind' })
  expect(byName({ kind: 'Dog', lives: 'nine' })).toEqual([
    { pointer: '', keyword: 'required', detail: 'is missing the required property "tail"' },
    { pointer: '', keyword: 'required', detail: 'is missing the required property "bark"' },
  ])
  const mapped = await petValidator({
    propertyName: 'kind',
    mapping: { wau: '#/components/schemas/Dog', miau: 'Cat' },
  })
  expect(mapped({ kind: 'miau', lives: 'nine' })).toEqual([
    { pointer: '/lives', keyword: 'type', detail: 'must be an integer' },
  ])
})

test('says which values the discriminator can have, and when it is missing', async () => {
  const validate = await petValidator({ propertyName: 'kind' })
  expect(validate({ kind: 'Fish' })).toEqual([
    { pointer: '/kind', keyword: 'discriminator', detail: 'must be one of "Cat", "Dog"' },
  ])
  expect(validate({})).toEqual([
    { pointer: '', keyword: 'required', detail: 'is missing the required property "kind"' },
  ])
})

test('explains by the default of the mapping what the discriminator does not name', async () => {
  const validate = await petValidator({ propertyName: 'kind', defaultMapping: 'Dog' })
  const missing = (name: string) => ({
    pointer: '',
    keyword: 'required',
    detail: `is missing the required property "${name}"`,
  })
  expect(validate({ kind: 'Fish' })).toEqual([missing('tail'), missing('bark')])
  expect(validate({})).toContainEqual(missing('bark'))
  expect(validate({ kind: 'Cat', lives: 'nine' })?.[0]?.pointer).toBe('/lives')
})

test('explains by the alternative that came closest', async () => {
  const validate = await petValidator()
  expect(validate({ kind: 'x', lives: 'nine' })).toEqual([
    {
      pointer: '',
      keyword: 'oneOf',
      detail: 'must match one of the alternatives, and matches none',
    },
    { pointer: '/lives', keyword: 'type', detail: 'must be an integer' },
  ])
})

test('a tag that does not fit rules an alternative out', async () => {
  const shape = (kind: string, size: string) => ({
    type: 'object',
    required: ['kind', size],
    properties: { kind: { const: kind }, [size]: { type: 'number' } },
  })
  const validate = await validatorOf({
    anyOf: [shape('circle', 'radius'), shape('square', 'side')],
  })
  expect(validate({ kind: 'square', side: 'x', radius: 1 })?.[1]).toEqual({
    pointer: '/side',
    keyword: 'type',
    detail: 'must be a number',
  })
})

test('alternatives that differ in type make one sentence', async () => {
  const validate = await validatorOf({ anyOf: [{ type: 'string' }, { type: ['integer', 'null'] }] })
  expect(validate(true)).toEqual([
    { pointer: '', keyword: 'type', detail: 'must be a string or an integer or null' },
  ])
})

test('collects twenty violations, or as many as asked for, and never more', async () => {
  const validate = await validatorOf({ items: { type: 'integer', minimum: 5 } })
  const body = Array.from({ length: 100_000 }, () => 'x')
  expect(validate(body)).toHaveLength(20)
  expect(validate(body, 3)).toHaveLength(3)
  expect(validate(body, 0)).toHaveLength(1)
  expect(validate([1, 1, 1])).toHaveLength(3)
})

test('an alternative with many faults does not fill the list with others', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `p${index}`)
  const validate = await validatorOf({
    oneOf: [{ required: names }, { required: [...names, 'z'] }],
  })
  const found = validate({})
  expect(found?.[0]?.keyword).toBe('oneOf')
  expect(found?.length).toBeLessThanOrEqual(9)
})
