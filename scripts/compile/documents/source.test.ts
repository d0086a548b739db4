import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Messages } from '../messages.ts'
import { readSource } from './source.ts'

const root = mkdtempSync(join(tmpdir(), 'cardea-source-'))

/** Writes and reads a file; the messages as `level code line:column pointer`. */
function read(file: string, content: string | Buffer) {
  writeFileSync(join(root, file), content)
  return readBack(file)
}

function readBack(file: string) {
  const messages = new Messages()
  const source = readSource(root, file, messages)
  const told = messages.all.map(({ level, code, at }) =>
    `${level} ${code} ${at.line}:${at.column} ${at.pointer}`.trimEnd(),
  )
  return { source, told, messages }
}

test('reads the same value from JSON and from YAML', () => {
  const json = read('a.json', '{"openapi":"3.1.0","paths":{"/a":{"get":{"x":[1,null,true]}}}}')
  const yaml = read('a.yaml', 'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      x: [1, null, true]\n')
  expect(json.source?.value).toEqual({
    openapi: '3.1.0',
    paths: { '/a': { get: { x: [1, null, true] } } },
  })
  expect(yaml.source?.value).toEqual(json.source?.value)
  expect([...json.told, ...yaml.told]).toEqual([])
})

test('finds the line and column of a name, also behind escapes, in JSON', () => {
  const text = [
    '{',
    '  "a~b/c": { "x": 1 },',
    '  "\\u0067et": [ "é", { "}\\"": { "deep": 2 } } ],',
    '  "last": {}',
    '}',
  ].join('\n')
  const { source } = read('positions.json', text)
  expect(source?.locate('')).toEqual({ line: 1, column: 1 })
  expect(source?.locate('/a~0b~1c')).toEqual({ line: 2, column: 3 })
  expect(source?.locate('/a~0b~1c/x')).toEqual({ line: 2, column: 14 })
  expect(source?.locate('/get')).toEqual({ line: 3, column: 3 })
  expect(source?.locate('/get/1')).toEqual({ line: 3, column: 22 })
  expect(source?.locate('/get/1/}"/deep')).toEqual({ line: 3, column: 33 })
  expect(source?.at('/last')).toEqual({
    file: 'positions.json',
    pointer: '/last',
    line: 4,
    column: 3,
  })
})

test('finds the line and column of a name in YAML, through aliases and merged maps', () => {
  const text = [
    'base: &base',
    '  get:',
    '    x: 1',
    'list:',
    '  - one',
    '  - two: 2',
    'merged:',
    '  <<: *base',
    '  post: {}',
    '200: yes',
    'alias: *base',
  ].join('\n')
  const { source, told } = read('positions.yaml', text)
  expect(told).toEqual([])
  expect(source?.value['merged']).toEqual({ get: { x: 1 }, post: {} })
  expect(source?.value['200']).toBe('yes')
  expect(source?.locate('/list/1/two')).toEqual({ line: 6, column: 5 })
  expect(source?.locate('/merged/post')).toEqual({ line: 9, column: 3 })
  expect(source?.locate('/merged/get/x')).toEqual({ line: 3, column: 5 })
  expect(source?.locate('/alias/get')).toEqual({ line: 2, column: 3 })
  expect(source?.locate('/200')).toEqual({ line: 10, column: 1 })
})

test('points at the nearest thing that exists when the pointer leads to nothing', () => {
  const { source } = read('nearest.json', '{\n "a": {\n  "b": 1\n }\n}')
  expect(source?.locate('/a/missing/deeper')).toEqual({ line: 2, column: 2 })
  const yaml = read('nearest.yaml', 'a:\n  b: 1\n')
  expect(yaml.source?.locate('/a/missing')).toEqual({ line: 1, column: 1 })
})

test('reports a name that stands twice in one object, which JSON.parse would drop silently', () => {
  const text =
    '{\n "a": {"x": 1, "y": {"x": 2}, "\\u0078": 3},\n "list": [{"k":1},{"k":1,"k":2}]\n}'
  const { source, told } = read('twice.json', text)
  expect(told).toEqual(['error duplicate-key 2:31 /a/x', 'error duplicate-key 3:26 /list/1/k'])
  expect(source?.value['a']).toEqual({ x: 3, y: { x: 2 } })
  const yaml = read('twice.yaml', 'a:\n  x: 1\n  x: 2\nb: {k: 1, k: 2}\n')
  expect(yaml.told.toSorted()).toEqual([
    'error duplicate-key 3:3 /a/x',
    'error duplicate-key 4:11 /b/k',
  ])
})

test.each([
  ['{"a": 1,}', '1:9', '"}" stands where a name in double quotes is expected'],
  ['{"a": [1 2]}', '1:10', '"2" stands where a comma or the closing bracket is expected'],
  ['{\n  "a": tru\n}', '2:8', '"t" stands where a value is expected'],
  ['{"a" 1}', '1:6', '"1" stands where a colon is expected'],
  ['{"a": "b', '1:7', 'a string does not end'],
  ['{"a": "b\\', '1:9', 'an unknown escape stands in a string'],
  ['{"a": "\\x"}', '1:8', 'an unknown escape stands in a string'],
  ['{"a": "b\n"}', '1:9', 'a control character, perhaps a line break, stands in a string'],
  ['{"a": 01}', '1:8', '"1" stands where a comma or the closing bracket is expected'],
  ['nothing', '1:1', '"n" stands where a value is expected'],
  ['{"a": 1', '1:8', 'the file ends where a comma or the closing bracket is expected'],
  ['{"a": 1}}', '1:9', '"}" stands where nothing more is expected'],
  ['{// no\n}', '1:2', '"/" stands where a name in double quotes or } is expected'],
  ["{'a': 1}", '1:2', '"\'" stands where a name in double quotes or } is expected'],
  ['{"a": [1}', '1:9', '"}" stands where a comma or the closing bracket is expected'],
])('says where the JSON %j is broken', (text, place, what) => {
  const { source, told, messages } = read('broken.json', text)
  expect(source).toBeUndefined()
  expect(told).toEqual([`error invalid-json ${place}`])
  expect(messages.all[0]?.what).toBe(`The JSON is broken: ${what}.`)
})

test.each([
  ['a: [1', 'error invalid-yaml 1:6'],
  ['a: b\n c: d', 'error invalid-yaml 1:4'],
  ['a: 1\n---\nb: 2', 'error invalid-yaml 2:1'],
  ['a: *nowhere', 'error invalid-yaml 1:4'],
])('says where the YAML %j is broken', (text, expected) => {
  const { source, told } = read('broken.yaml', text)
  expect(source).toBeUndefined()
  expect(told[0]).toBe(expected)
})

test('refuses aliases that multiply into millions of values', () => {
  const levels = Array.from({ length: 12 }, (_, i) => {
    const inside =
      i === 0
        ? '"x"'
        : Array<string>(10)
            .fill(`*l${i - 1}`)
            .join(', ')
    return `l${i}: &l${i} [${inside}]`
  })
  const { source, told } = read('bomb.yaml', levels.join('\n'))
  expect(source).toBeUndefined()
  expect(told).toEqual(['error too-deep 1:1'])
})

test('refuses an alias inside its own anchor and nesting past 500 levels', () => {
  expect(read('self.yaml', 'a: &a\n  b: *a\n').told).toEqual(['error too-deep 1:1'])
  expect(read('deep.json', deep(499)).told).toEqual([])
  expect(read('deep.json', deep(501)).told).toEqual(['error too-deep 1:1'])
  expect(read('deep.json', deep(200_000)).told).toHaveLength(1)
  expect(read('deep.yaml', `a: ${'['.repeat(20_000)}`).told[0]).toMatch(/^error /)
})

test('refuses what is empty, not an object, not UTF-8, not a file, not there', () => {
  expect(read('empty.json', ' \n').told).toEqual(['error empty-file 1:1'])
  expect(read('empty.yaml', '# nothing but a comment\n').told).toEqual(['error not-an-object 1:1'])
  expect(read('list.json', '[1]').told).toEqual(['error not-an-object 1:1'])
  expect(read('latin1.json', Buffer.from('{\n"a": "\xe9"}', 'latin1')).told).toEqual([
    'error invalid-encoding 2:7',
  ])
  const utf16 = Buffer.from('\ufeff{"a":1}', 'utf16le')
  expect(read('utf16.json', utf16).told).toEqual(['error invalid-encoding 1:1'])
  mkdirSync(join(root, 'folder.json'))
  expect(readBack('folder.json').told).toEqual(['error unreadable-file 1:1'])
  expect(readBack('missing.json').told).toEqual(['error unreadable-file 1:1'])
})

test('reads tags of YAML 1.1 as the plain text they are, with a warning', () => {
  const { source, told } = read('tags.yaml', '%YAML 1.1\n---\na: !!binary aGk=\nb: !x yes\n')
  expect(source?.value).toEqual({ a: 'aGk=', b: 'yes' })
  expect(told).toEqual(['warning unknown-yaml-tag 3:4', 'warning unknown-yaml-tag 4:4'])
})

test('skips a byte order mark and follows links', () => {
  const { source } = read('bom.json', '\ufeff{"a": 1}')
  expect(source?.value).toEqual({ a: 1 })
  expect(source?.locate('/a')).toEqual({ line: 1, column: 2 })
  symlinkSync(join(root, 'bom.json'), join(root, 'link.json'))
  expect(readBack('link.json').source?.value).toEqual({ a: 1 })
})

test('keeps `__proto__` and `constructor` as the ordinary names they are', () => {
  for (const [file, text] of [
    ['proto.json', '{"__proto__": {"polluted": 1}, "constructor": 2}'],
    ['proto.yaml', '__proto__: {polluted: 1}\nconstructor: 2\n'],
  ] as const) {
    const { source } = read(file, text)
    expect(Object.keys(source?.value ?? {})).toEqual(['__proto__', 'constructor'])
    expect(source?.locate('/__proto__/polluted').column).toBeGreaterThan(1)
  }
  expect('polluted' in {}).toBe(false)
})

function deep(levels: number): string {
  return `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
}

test.each(['\n', '\r\n', '\r'])(
  'reads lines that end in %j, and finds what stands on them',
  (end) => {
    const yaml = read('ends.yaml', ['a: 1', 'b:', '  c: "d', '    e"', ''].join(end))
    expect(yaml.source?.value).toEqual({ a: 1, b: { c: 'd e' } })
    expect(yaml.source?.locate('/b/c')).toEqual({ line: 3, column: 3 })
    const json = read('ends.json', ['{', '  "a": 1,', '  "b": { "c": 2 }', '}'].join(end))
    expect(json.source?.locate('/b/c')).toEqual({ line: 3, column: 10 })
    expect([...yaml.told, ...json.told]).toEqual([])
    expect(read('broken.yaml', ['a: 1', 'b: [', ''].join(end)).told).toEqual([
      'error invalid-yaml 3:1',
    ])
  },
)
