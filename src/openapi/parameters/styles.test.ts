import { expect, it } from 'vitest'
import type { ParameterLocation, ParameterRule, Shape, Style } from '../rules.ts'
import { TYPE_BITS } from '../schema/violation.ts'
import { checkCookies, checkHeaders, checkPath, checkQuery } from './check.ts'
import { written } from './write.ts'

const STRING: Shape = { types: TYPE_BITS.string }
const LIST: Shape = { types: TYPE_BITS.array, items: STRING }
const COLORS: Shape = {
  types: TYPE_BITS.object,
  properties: Object.fromEntries(
    ['R', 'G', 'B'].map((name) => [name, { types: TYPE_BITS.integer }]),
  ),
}

const values = {
  empty: ['', STRING],
  string: ['blue', STRING],
  array: [['blue', 'black', 'brown'], LIST],
  object: [{ R: 100, G: 200, B: 150 }, COLORS],
} as const

/** OpenAPI 3.2 §4.12.6, “Style Examples”; undefined is the specification's n/a. */
const table: readonly (readonly [ParameterLocation, Style, boolean, ...(string | undefined)[]])[] =
  [
    [
      'path',
      'matrix',
      false,
      ';color',
      ';color=blue',
      ';color=blue,black,brown',
      ';color=R,100,G,200,B,150',
    ],
    [
      'path',
      'matrix',
      true,
      ';color',
      ';color=blue',
      ';color=blue;color=black;color=brown',
      ';R=100;G=200;B=150',
    ],
    ['path', 'label', false, '.', '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['path', 'label', true, '.', '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['path', 'simple', false, '', 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['path', 'simple', true, '', 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    ['header', 'simple', false, '', 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['header', 'simple', true, '', 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    [
      'query',
      'form',
      false,
      'color=',
      'color=blue',
      'color=blue,black,brown',
      'color=R,100,G,200,B,150',
    ],
    [
      'query',
      'form',
      true,
      'color=',
      'color=blue',
      'color=blue&color=black&color=brown',
      'R=100&G=200&B=150',
    ],
    [
      'cookie',
      'form',
      false,
      'color=',
      'color=blue',
      'color=blue,black,brown',
      'color=R,100,G,200,B,150',
    ],
    [
      'cookie',
      'form',
      true,
      'color=',
      'color=blue',
      'color=blue&color=black&color=brown',
      'R=100&G=200&B=150',
    ],
    [
      'cookie',
      'cookie',
      false,
      'color=',
      'color=blue',
      'color=blue,black,brown',
      'color=R,100,G,200,B,150',
    ],
    [
      'cookie',
      'cookie',
      true,
      'color=',
      'color=blue',
      'color=blue; color=black; color=brown',
      'R=100; G=200; B=150',
    ],
    [
      'query',
      'spaceDelimited',
      false,
      undefined,
      undefined,
      'color=blue%20black%20brown',
      'color=R%20100%20G%20200%20B%20150',
    ],
    ['query', 'spaceDelimited', true],
    [
      'query',
      'pipeDelimited',
      false,
      undefined,
      undefined,
      'color=blue%7Cblack%7Cbrown',
      'color=R%7C100%7CG%7C200%7CB%7C150',
    ],
    ['query', 'pipeDelimited', true],
    [
      'query',
      'deepObject',
      true,
      undefined,
      undefined,
      undefined,
      'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150',
    ],
  ]

const rows = table.flatMap(([location, style, explode, ...texts]) =>
  Object.entries(values).map(([kind, [value, shape]], i) => ({
    location,
    style,
    explode,
    kind,
    value,
    shape,
    text: texts[i],
  })),
)

/** What the validator is asked about, and what is wrong before it is asked. */
function read(rule: Omit<ParameterRule, 'validate'>, text: string) {
  const seen: unknown[] = []
  const rules: ParameterRule[] = [
    {
      ...rule,
      validate: (value) => {
        seen.push(value)
        return null
      },
    },
  ]
  const findings = {
    path: () => checkPath(rules, () => text),
    query: () => checkQuery(rules, `?${text}`).findings,
    header: () => checkHeaders(rules, new Headers({ [rule.name]: text })),
    cookie: () => checkCookies(rules, text),
    querystring: () => [],
  }[rule.in]()
  return { value: seen[0], keywords: findings.map(({ keyword }) => keyword) }
}

it.each(rows.filter(({ text }) => text !== undefined))(
  '$location $style explode=$explode reads $kind from $text',
  ({ location, style, explode, value, shape, text }) => {
    const rule = { in: location, name: 'color', style, explode, shape, required: true }
    expect(read(rule, text!)).toEqual({ value, keywords: [] })
  },
)

it.each(rows)(
  '$location $style explode=$explode writes $kind as $text',
  ({ location, style, explode, value, text }) => {
    expect(written({ in: location, name: 'color', style, explode }, value)).toBe(text)
  },
)

it('reads what is not escaped where it need not be', () => {
  const rule = (style: Style, shape: Shape) =>
    ({ in: 'query', name: 'color', style, explode: style === 'deepObject', shape }) as const
  expect(read(rule('pipeDelimited', LIST), 'color=blue|black').value).toEqual(['blue', 'black'])
  expect(read(rule('spaceDelimited', LIST), 'color=blue+black').value).toEqual(['blue', 'black'])
  expect(read(rule('deepObject', COLORS), 'color[R]=1').value).toEqual({ R: 1 })
})

it('reads an exploded list of another delimiter from repeated names, or from one list', () => {
  const rule = { in: 'query', name: 'color', explode: true, shape: LIST } as const
  for (const style of ['pipeDelimited', 'spaceDelimited'] as const) {
    expect(read({ ...rule, style }, 'color=blue&color=a|b%20c').value).toEqual(['blue', 'a|b c'])
  }
  expect(read({ ...rule, style: 'pipeDelimited' }, 'color=a|b').value).toEqual(['a', 'b'])
  const object = { ...rule, shape: COLORS, style: 'pipeDelimited' } as const
  expect(read(object, 'color=R|1&color=G|2').keywords).toEqual(['style'])
})

it('takes an escaped delimiter for a part of the value', () => {
  const list = { name: 'color', explode: false, shape: LIST } as const
  expect(read({ ...list, in: 'query', style: 'form' }, 'color=a%2Cb,c').value).toEqual(['a,b', 'c'])
  expect(read({ ...list, in: 'path', style: 'simple' }, 'a%2Cb,c').value).toEqual(['a,b', 'c'])
})

it('unescapes each value once, `+` to a space in queries only', () => {
  const rule = { name: 'color', explode: false, shape: STRING } as const
  expect(read({ ...rule, in: 'query', style: 'form' }, 'color=a+b%2B%2525').value).toBe('a b+%25')
  expect(read({ ...rule, in: 'path', style: 'simple' }, 'a+b%2525').value).toBe('a+b%25')
  expect(read({ ...rule, in: 'header', style: 'simple' }, 'a+b%20').value).toBe('a+b%20')
  expect(read({ ...rule, in: 'cookie', style: 'cookie' }, 'color=a+b%20').value).toBe('a+b%20')
  expect(read({ ...rule, in: 'cookie', style: 'form' }, 'color=a%20b').value).toBe('a b')
})

it.each([
  ['a label without its dot', 'path', 'label', false, STRING, 'blue', 'style'],
  ['a matrix of another name', 'path', 'matrix', false, STRING, ';colour=blue', 'style'],
  ['a matrix of too much', 'path', 'matrix', false, STRING, ';color=a;b=c', 'style'],
  ['a matrix twice', 'path', 'matrix', false, STRING, ';color=a;color=b', 'style'],
  ['an odd list of names and values', 'query', 'form', false, COLORS, 'color=R,100,G', 'style'],
  ['a property twice', 'query', 'form', false, COLORS, 'color=R,1,R,2', 'repeated'],
  ['an exploded property twice', 'query', 'form', true, COLORS, 'R=1&R=2', 'repeated'],
  ['a single value twice', 'query', 'form', true, STRING, 'color=a&color=b', 'repeated'],
  ['a list twice', 'query', 'form', false, LIST, 'color=a&color=b', 'repeated'],
  ['an object in an object', 'query', 'deepObject', true, COLORS, 'color[R][x]=1', 'style'],
  ['a deep object as a value', 'query', 'deepObject', true, COLORS, 'color=R', 'style'],
  ['a broken escape', 'query', 'form', true, STRING, 'color=%E2%82', 'encoding'],
  ['a broken escape of a name', 'query', 'form', true, STRING, 'color=a&%ff=1', 'encoding'],
] as const)('refuses %s', (_, location, style, explode, shape, text, keyword) => {
  const rule = { in: location, name: 'color', style, explode, shape } as const
  expect(read(rule, text).keywords).toEqual([keyword])
})

const integer = { types: TYPE_BITS.integer }

it.each([
  ['42', 42],
  ['-0.5e1', -5],
  ['042', '042'],
  ['+1', '+1'],
  ['0x10', '0x10'],
  [' 1', ' 1'],
  ['1e999', '1e999'],
  ['', ''],
])('reads the number %j as %j', (text, value) => {
  const rule = { in: 'query', name: 'n', style: 'form', explode: true, shape: integer } as const
  expect(read(rule, `n=${encodeURIComponent(text)}`).value).toBe(value)
})

it('tries a text both ways where the schema allows a number and a text', () => {
  const shape = { types: TYPE_BITS.integer | TYPE_BITS.string }
  const only = (wanted: unknown) =>
    checkQuery(
      [
        {
          in: 'query',
          name: 'a',
          style: 'form',
          explode: true,
          shape,
          validate: (value) =>
            value === wanted ? null : [{ pointer: '', keyword: 'const', detail: '' }],
        },
      ],
      '?a=42',
    ).findings
  expect(only(42)).toEqual([])
  expect(only('42')).toEqual([])
  expect(only('43')).toHaveLength(1)
})

it('lets an empty value pass where allowEmptyValue says so', () => {
  const rule = { in: 'query', name: 'a', style: 'form', explode: true, shape: integer } as const
  const validate = () => [{ pointer: '', keyword: 'type', detail: '' }]
  expect(checkQuery([{ ...rule, validate, allowEmptyValue: true }], '?a=').findings).toEqual([])
  expect(checkQuery([{ ...rule, validate, allowEmptyValue: true }], '?a').findings).toEqual([])
  expect(checkQuery([{ ...rule, validate }], '?a=').findings).toHaveLength(1)
})

it('gives names without a parameter of their own to an object that is spread and open', () => {
  const shape: Shape = { types: TYPE_BITS.object, others: STRING }
  const seen: unknown[] = []
  const validate = (value: unknown) => {
    seen.push(value)
    return null
  }
  const spread: ParameterRule = {
    in: 'query',
    name: 'filter',
    style: 'form',
    explode: true,
    shape,
    validate,
  }
  const page: ParameterRule = { ...spread, name: 'page', shape: integer }
  const { unknown } = checkQuery([page, spread], '?x=1&page=2&y=3', undefined, new Set())
  expect(seen).toEqual([2, { x: '1', y: '3' }])
  expect(unknown).toEqual([])
})

it('reads JSON in a parameter that is described by a media type', () => {
  const media = { range: 'application/json', shape: { types: 0 } }
  const rule = { name: 'q', style: 'form', explode: true, shape: STRING, media } as const
  const text = encodeURIComponent('{"a":[1]}')
  expect(read({ ...rule, in: 'query' }, `q=${text}`).value).toEqual({ a: [1] })
  expect(read({ ...rule, in: 'header', style: 'simple' }, '{"a":[1]}').value).toEqual({ a: [1] })
  expect(read({ ...rule, in: 'query' }, 'q={').keywords).toEqual(['json'])
  expect(
    read({ ...rule, in: 'query' }, `q=${encodeURIComponent('{"a":1,"a":2}')}`).keywords,
  ).toEqual(['duplicate'])
})

it('reads the whole query as one value of its media type', () => {
  const seen: unknown[] = []
  const check = (range: string, query: string, shape: Shape) =>
    checkQuery(
      [
        {
          in: 'querystring',
          name: 'all',
          style: 'form',
          explode: true,
          shape,
          required: true,
          media: { range, shape },
          validate: (value) => {
            seen.push(value)
            return null
          },
        },
      ],
      query,
    ).findings.map(({ keyword }) => keyword)
  const form = { types: TYPE_BITS.object, properties: { a: integer } }
  expect(check('application/x-www-form-urlencoded', '?a=1', form)).toEqual([])
  expect(check('application/json', `?${encodeURIComponent('{"a":1}')}`, { types: 0 })).toEqual([])
  expect(check('application/json', '', { types: 0 })).toEqual(['required'])
  expect(seen).toEqual([{ a: 1 }, { a: 1 }])
})
