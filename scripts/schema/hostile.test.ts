import { expect, test } from 'vitest'
import { compileSchemas } from './compile.ts'
import { faultsOf, load, validatorOf } from './testing.ts'

const globals = globalThis as { pwned?: unknown }

/** Texts that leave a string literal, a regular expression, a comment, a template or a script. */
const payloads = [
  '"); globalThis.pwned = 1; ("',
  "'); globalThis.pwned = 1; ('",
  '`${globalThis.pwned = 1}`',
  '*/ globalThis.pwned = 1 /*',
  '\n globalThis.pwned = 1 //',
  '\u2028globalThis.pwned = 1//\u2029',
  '\\"); globalThis.pwned = 1; //',
  '</script><script>globalThis.pwned = 1</script>',
  '\\u0022);globalThis.pwned=1//',
  '};globalThis.pwned=1;{',
  '__proto__',
  'constructor',
  'return',
]

test.each(payloads)('nothing in a schema becomes code: %j', async (text) => {
  const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  const schema = {
    title: text,
    description: text,
    type: 'object',
    required: [text],
    properties: {
      [text]: { enum: [text, { [text]: [text] }] },
      const: { const: { [text]: text } },
      text: { const: text },
      pattern: { pattern: escaped },
      format: { format: text },
      [`x${text}`]: { $ref: '#/$defs/target' },
    },
    patternProperties: { [`^${escaped}$`]: true },
    dependentRequired: { [text]: [text] },
    dependentSchemas: { [text]: { minProperties: 1 } },
    oneOf: [{ required: [text] }, { required: ['never', text] }],
    additionalProperties: false,
    $defs: { target: { $anchor: 'a', type: 'integer' } },
  }
  const uri = 'https://schemas.test/hostile.json'
  const { compiled, validator } = await load(
    [{ uri, value: schema }],
    [{ id: text, uri, dialect: '2020-12' }],
  )
  const validate = validator(text)
  expect(validate({ [text]: text })).toBeNull()
  expect(validate({})).not.toBeNull()
  expect(validate({ [text]: 1, other: 1, [`x${text}`]: text, const: 1, text: 2 })).not.toBeNull()
  expect(compiled.types.match(/^export declare const \w+: Validate$/gm)).toHaveLength(1)
  expect(globals.pwned).toBeUndefined()
})

test('half a character is refused as a name, and is data as a value', async () => {
  expect(await faultsOf({ properties: { '\ud800': { type: 'null' } } })).toEqual([
    'schema-unreadable ',
  ])
  expect((await validatorOf({ const: '\ud800' }))('\ud800')).toBeNull()
})

test('the generated module names nothing of the schema outside of string literals', async () => {
  const uri = 'https://schemas.test/hostile.json'
  const value = { properties: { 'evil()': { const: 'evil()' }, ok: { pattern: 'evil\\(\\)' } } }
  const { module } = await compileSchemas({
    sources: [{ uri, value }],
    roots: [{ id: 'evil()', uri, dialect: '2020-12' }],
  })
  expect(module.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toContain('evil()')
})

test('inherited names are ordinary data', async () => {
  const closed = await validatorOf({ properties: { a: {} }, additionalProperties: false })
  const body = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as unknown
  expect(closed(body)?.map(({ pointer }) => pointer)).toEqual([
    '/__proto__',
    '/constructor',
    '/toString',
  ])
  const needed = await validatorOf({ required: ['constructor', '__proto__'] })
  expect(needed({})).toHaveLength(2)
  expect(needed(body)).toBeNull()
})

test('what the caller sent is never repeated, and its names are cut', async () => {
  const secret = 'hunter2'
  const validate = await validatorOf({
    properties: {
      a: { type: 'integer' },
      b: { pattern: '^x$', minLength: 9 },
      c: { enum: ['x'] },
      d: { format: 'date' },
      e: { const: 1 },
    },
    additionalProperties: { anyOf: [{ type: 'integer' }, { const: 'y' }] },
  })
  const found = validate({
    a: secret,
    b: secret,
    c: secret,
    d: secret,
    e: secret,
    ['n'.repeat(5_000)]: secret,
  })
  expect(found).toHaveLength(8)
  expect(JSON.stringify(found)).not.toContain(secret)
  expect(found?.every(({ pointer, detail }) => pointer.length < 80 && detail.length < 300)).toBe(
    true,
  )
})

test('alternatives that multiply with every level of the body end in a refusal', async () => {
  const list = { type: 'array', items: { $ref: '#' } }
  const validate = await validatorOf({ anyOf: [list, { ...list, minItems: 0 }] })
  const body = JSON.parse(`${'['.repeat(100)}"x"${']'.repeat(100)}`) as unknown
  expect(validate(body)).toEqual([
    { pointer: '', keyword: 'work', detail: 'takes too many steps to check' },
  ])
  expect(validate([[[]]])).toBeNull()
})
