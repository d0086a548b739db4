import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { changesOf as changes } from './testing.ts'

describe('schemas', () => {
  /** Both ways: [what it says in requests, in responses]. */
  async function both(before: string, after: string): Promise<readonly string[]> {
    const path = (schema: string) => {
      const content = { 'application/json': { schema: parse(schema) as unknown } }
      const responses = { 200: { description: 'd', content } }
      return stringify({ '/a': { post: { requestBody: { content }, responses } } }).replace(
        /^/gm,
        '  ',
      )
    }
    return (await changes(path(before), path(after))).map((one) =>
      one.replace('POST /a: ', '').replace('request body', 'in').replace('response 200', 'out'),
    )
  }

  it.each([
    [
      '{ type: string }',
      '{ type: [string, "null"] }',
      ['in: type string → null or string', '!out: type string → null or string'],
    ],
    [
      '{ type: number }',
      '{ type: integer }',
      ['!in: type number → integer', 'out: type number → integer'],
    ],
    [
      '{ enum: [a, b] }',
      '{ enum: [b, c] }',
      [
        '!in: "a" no longer allowed',
        'in: "c" allowed',
        'out: "a" no longer allowed',
        '!out: "c" allowed',
      ],
    ],
    ['{}', '{ const: 1 }', ['!in: only 1 allowed', 'out: only 1 allowed']],
    ['{ maxLength: 9 }', '{ maxLength: 5 }', ['!in: maxLength 9 → 5', 'out: maxLength 9 → 5']],
    ['{ minimum: 5 }', '{ minimum: 1 }', ['in: minimum 5 → 1', '!out: minimum 5 → 1']],
    ['{ minimum: 5 }', '{}', ['in: minimum 5 → none', '!out: minimum 5 → none']],
    ['{ pattern: a }', '{ pattern: b }', ['!in: pattern "a" → "b"', '!out: pattern "a" → "b"']],
    ['{ format: date }', '{}', ['in: format "date" → none', '!out: format "date" → none']],
    [
      '{ properties: { a: {} } }',
      '{ properties: { a: {} }, required: [a] }',
      ["!in: 'a' is required", "out: 'a' is required"],
    ],
    [
      '{ properties: { a: {} }, required: [a] }',
      '{ properties: { a: {} } }',
      ["in: 'a' is no longer required", "!out: 'a' is no longer required"],
    ],
    [
      '{ properties: { a: {}, b: {} } }',
      '{ properties: { a: {}, c: {} } }',
      [
        "in: property 'b' removed",
        "in: property 'c' added",
        "!out: property 'b' removed",
        "out: property 'c' added",
      ],
    ],
    [
      '{ additionalProperties: false, properties: { a: {} } }',
      '{ additionalProperties: false }',
      ["!in: property 'a' removed", "!out: property 'a' removed"],
    ],
    [
      '{}',
      '{ additionalProperties: false }',
      ['!in: other properties no longer allowed', 'out: other properties no longer allowed'],
    ],
    [
      '{ items: { type: string } }',
      '{ items: { type: integer } }',
      ['!in[]: type string → integer', '!out[]: type string → integer'],
    ],
    [
      '{ properties: { a: { properties: { b: { maximum: 1 } } } } }',
      '{ properties: { a: { properties: { b: {} } } } }',
      ['in.a.b: maximum 1 → none', '!out.a.b: maximum 1 → none'],
    ],
    [
      '{ oneOf: [{ title: A }] }',
      '{ oneOf: [{ title: A }, { title: B }] }',
      ['in: oneOf with B', '!out: oneOf with B'],
    ],
    [
      '{ oneOf: [{ type: string }, { type: object, properties: { a: { maximum: 1 } } }] }',
      '{ oneOf: [{ type: object, properties: { a: { maximum: 2 } } }, { type: string }] }',
      ['in(oneOf 2).a: maximum 1 → 2', '!out(oneOf 2).a: maximum 1 → 2'],
    ],
    [
      '{ oneOf: [{ type: string }, { type: integer }] }',
      '{ oneOf: [{ type: integer }, { type: string }] }',
      [],
    ],
    ['{ minLength: 0, minItems: 0 }', '{}', []],
    ['{ minimum: 1, exclusiveMinimum: 5 }', '{ exclusiveMinimum: 5 }', []],
    [
      '{ minimum: 5 }',
      '{ exclusiveMinimum: 5 }',
      ['!in: minimum 5 → exclusiveMinimum 5', 'out: minimum 5 → exclusiveMinimum 5'],
    ],
    [
      '{ exclusiveMaximum: 5 }',
      '{ maximum: 5 }',
      ['in: exclusiveMaximum 5 → maximum 5', '!out: exclusiveMaximum 5 → maximum 5'],
    ],
    [
      '{ type: integer, format: int32 }',
      '{ type: integer, format: int64 }',
      ['in: format "int32" → "int64"', '!out: format "int32" → "int64"'],
    ],
    ['{ enum: [a] }', '{ const: a }', []],
    ['{ additionalProperties: true, title: a }', '{ title: b }', []],
    [
      '{ properties: { a: {} } }',
      '{ properties: { a: { deprecated: true } } }',
      ['in.a: deprecated', 'out.a: deprecated'],
    ],
    [
      '{ type: string, maxLength: 1 }',
      '{ allOf: [{ type: string, maxLength: 1 }], description: d }',
      [],
    ],
    [
      '{ allOf: [{ type: object, title: A }] }',
      '{ allOf: [{ type: object, title: A }, { title: B }] }',
      ['!in: allOf with B', 'out: allOf with B'],
    ],
    ['{ anyOf: [{ type: string }, { type: "null" }] }', '{ type: [string, "null"] }', []],
    [
      '{ nullable: true, allOf: [{ type: string }] }',
      '{ oneOf: [{ type: "null" }, { type: string }] }',
      [],
    ],
    [
      '{ type: string }',
      '{ anyOf: [{ type: string, maxLength: 9 }, { type: "null" }] }',
      [
        'in: null allowed',
        '!in: maxLength none → 9',
        '!out: null allowed',
        'out: maxLength none → 9',
      ],
    ],
    [
      '{ type: integer, multipleOf: 10 }',
      '{ type: integer, multipleOf: 5 }',
      ['in: multipleOf 10 → 5', '!out: multipleOf 10 → 5'],
    ],
    [
      '{ allOf: [{ type: string, maxLength: 1 }] }',
      '{ type: string, maxLength: 2 }',
      ['in: maxLength 1 → 2', '!out: maxLength 1 → 2'],
    ],
    ['{ not: { type: string } }', '{}', ["!in: 'not' changed", "!out: 'not' changed"]],
    ['{ description: a, example: 1 }', '{ description: b }', []],
  ])('%s → %s', async (before, after, expected) => {
    expect(await both(before, after)).toEqual(expected)
  })

  it('tell a shared one once for each direction, also when it contains itself', async () => {
    const use = "{ content: { application/json: { schema: { $ref: '#/components/schemas/T' } } } }"
    const paths = `  /a: { post: { requestBody: ${use}, responses: { 200: { description: d } } } }
  /b: { post: { requestBody: ${use}, responses: { 200: { description: d, ${use.slice(1)} } } }`
    const tree = (more: string) =>
      `components: { schemas: { T: { properties: { next: { $ref: '#/components/schemas/T' } }${more} } } }`
    expect(await changes(paths, paths, [tree(''), tree(', required: [next]')])).toEqual([
      "!schema T in requests: 'next' is required",
      "schema T in responses: 'next' is required",
    ])
  })

  it('tell at the place that a shared one may be null there, and what changed in it once', async () => {
    const ref = "{ $ref: '#/components/schemas/T' }"
    const path = (schema: string) =>
      `  /a: { get: { responses: { 200: { description: d, content: { application/json: { schema: ${schema} } } } } } }`
    const component = (more: string) => `components: { schemas: { T: { type: object${more} } } }`
    const nullable = path(`{ anyOf: [${ref}, { type: 'null' }] }`)
    const components = [component(''), component(', maxProperties: 9')]
    expect(await changes(path(ref), nullable, components)).toEqual([
      '!GET /a: response 200: null allowed',
      'schema T in responses: maxProperties none → 9',
    ])
    expect(await changes(nullable, nullable, [component('')])).toEqual([])
  })

  it('ignore required properties that are never sent', async () => {
    expect(
      await both(
        '{ properties: { id: { readOnly: true } } }',
        '{ properties: { id: { readOnly: true } }, required: [id] }',
      ),
    ).toEqual(["out: 'id' is required"])
  })
})
