import { expect, it } from 'vitest'
import type { ContentRule } from '../rules.ts'
import { TYPE_BITS } from '../schema/violation.ts'
import { checkBody } from './check.ts'
import { mediaType } from './media-type.ts'

const NDJSON = 'application/x-ndjson'
const SSE = 'text/event-stream'

/** `items: undefined` takes the validator of the items away. */
type More = { readonly [K in keyof ContentRule]?: ContentRule[K] | undefined }

/** What the validator of the items is asked about, one by one, and what is found before. */
function read(type: string, text: string, more: More = {}) {
  const seen: unknown[] = []
  const goneOn: unknown[] = []
  const items: ContentRule['items'] = (value, _limit, goesOn) => {
    seen.push(value)
    goneOn.push(goesOn)
    return null
  }
  const rule = { range: '*/*', shape: { types: 0 }, items, ...more }
  const content = rule as ContentRule
  const findings = checkBody(new TextEncoder().encode(text), mediaType(type)!, content)
  return {
    seen,
    goneOn,
    findings: findings.map(({ keyword, pointer }) => `${keyword} ${pointer}`),
  }
}

it.each([
  [NDJSON, '{"a":1}\n[2]\r\n\n3', [{ a: 1 }, [2], 3]],
  ['application/jsonl', '', []],
  ['application/jsonl', ' \n"a b"\n', ['a b']],
  ['application/json-seq', '\u001e{"a":1}\n\u001e\u001e"x"\n', [{ a: 1 }, 'x']],
  ['application/geo+json-seq', '\u001e1\n', [1]],
  ['application/json-seq', '', []],
])('reads the items of %s from %j', (type, text, items) => {
  const { seen, findings } = read(type, text)
  expect({ seen, findings }).toEqual({ seen: items, findings: [] })
})

it.each([
  ['a comment and a field that no stream has', ': x\nfoo: y\ndata: 1\n\n', [{ data: '1' }]],
  ['several lines of data', 'data: a\ndata:b\ndata\n\n', [{ data: 'a\nb\n' }]],
  [
    'line ends of every kind',
    'data: a\r\rdata: b\n\ndata: c\r\n\r\n',
    [{ data: 'a' }, { data: 'b' }, { data: 'c' }],
  ],
  ['an event without data', 'event: x\n\n: only\n\n', []],
  ['an event that is broken off', 'data: a\n\ndata: b', [{ data: 'a' }, { data: 'b' }]],
  [
    'all fields',
    'event: e\nid: 7\nretry: 20\ndata:  a\n\n',
    [{ event: 'e', id: '7', retry: 20, data: ' a' }],
  ],
  ['fields with values that are ignored', 'id: a\0b\nretry: 1.5\ndata: a\n\n', [{ data: 'a' }]],
  ['a byte order mark', '\ufeffdata: a\n\n', [{ data: 'a' }]],
])('reads events as HTML §9.2.6 does: %s', (_, text, events) => {
  expect(read(SSE, text).seen).toEqual(events)
})

it.each([
  ['a line that is not JSON', NDJSON, '{}\n{', ['json /1']],
  ['two texts in a line', NDJSON, '{} {}', ['json /0']],
  ['a name twice', NDJSON, '1\n{"a":1,"a":2}', ['duplicate /1']],
  ['a byte order mark', NDJSON, '\ufeff1', ['encoding /0']],
  ['an item that may be cut off', 'application/json-seq', '\u001e12', ['sequence ']],
  ['text before the first record', 'application/json-seq', '{}\n\u001e{}\n', ['sequence ']],
  ['another charset', `${NDJSON}; charset=utf-16`, '{}', ['encoding ']],
])('refuses %s', (_, type, text, findings) => {
  expect(read(type, text).findings).toEqual(findings)
})

it('counts the steps of all items together', () => {
  expect(read(NDJSON, '1\n2\n3').goneOn).toEqual([false, true, true])
})

it('stops at the item that takes too much work, and after twenty violations', () => {
  const refusing =
    (keyword: string): ContentRule['items'] =>
    () => [{ pointer: '/x', keyword, detail: '' }]
  const text = '{}\n'.repeat(50)
  expect(read(NDJSON, text, { items: refusing('work') }).findings).toEqual(['work /0/x'])
  expect(read(NDJSON, text, { items: refusing('type') }).findings).toHaveLength(20)
})

it.each([
  [NDJSON, '0\n'],
  ['application/json-seq', '\u001e0\n'],
  [SSE, 'data:0\n\n'],
])('takes no more than 100,000 items of %s', (type, item) => {
  const quiet = { items: () => null }
  expect(read(type, item.repeat(100_000), quiet).findings).toEqual([])
  expect(read(type, item.repeat(100_001), quiet).findings).toEqual(['sequence '])
})

it('is the list of all to `schema`', () => {
  const seen: unknown[] = []
  const validate = (value: unknown) => {
    seen.push(value)
    return null
  }
  const list = { items: undefined, validate, shape: { types: TYPE_BITS.array } }
  read(NDJSON, '1\n2', list)
  // without a list in it the schema is about the text: that is how OpenAPI 3.1 says it
  read(SSE, 'data: 1\n\n', { items: undefined, validate, shape: { types: TYPE_BITS.string } })
  expect(seen).toEqual([[1, 2], 'data: 1\n\n'])
})

it('leaves what is no sequence alone', () => {
  expect(read('application/octet-stream', '{').findings).toEqual([])
  expect(read('multipart/mixed; boundary=x', '{').findings).toEqual([])
})
