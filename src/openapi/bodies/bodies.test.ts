import { describe, expect, it } from 'vitest'
import type { ContentRule, Shape } from '../rules.ts'
import { TYPE_BITS } from '../schema/violation.ts'
import { checkBody } from './check.ts'
import { contentFor, mediaType } from './media-type.ts'

const STRING: Shape = { types: TYPE_BITS.string }
const INTEGER: Shape = { types: TYPE_BITS.integer }
const TAGS: Shape = { types: TYPE_BITS.array, items: INTEGER }
const POINT: Shape = { types: TYPE_BITS.object, properties: { x: INTEGER, y: INTEGER } }

const shape: Shape = {
  types: TYPE_BITS.object,
  properties: { name: STRING, age: INTEGER, tags: TAGS, point: POINT },
  others: STRING,
}

/** What the validator is asked about, and what is wrong before it is asked. */
function read(type: string, body: string | Uint8Array, more: Partial<ContentRule> = {}) {
  const seen: unknown[] = []
  const content: ContentRule = {
    range: '*/*',
    shape,
    validate: (value) => {
      seen.push(value)
      return null
    },
    ...more,
  }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const findings = checkBody(bytes, mediaType(type)!, content)
  return {
    value: seen[0],
    findings: findings.map(({ keyword, pointer }) => `${keyword} ${pointer}`),
  }
}

describe('application/x-www-form-urlencoded', () => {
  const form = (body: string, more?: Partial<ContentRule>) =>
    read('application/x-www-form-urlencoded', body, more)

  it('reads texts, numbers, lists by repetition and objects as JSON', () => {
    const text = `name=a+b%26&age=7&tags=1&tags=2&point=${encodeURIComponent('{"x":1}')}&more=z`
    expect(form(text).value).toEqual({
      name: 'a b&',
      age: 7,
      tags: [1, 2],
      point: { x: 1 },
      more: 'z',
    })
  })

  it('writes lists and objects as the encoding says', () => {
    const fields = {
      tags: { style: 'form', explode: false },
      point: { style: 'deepObject', explode: true },
    } as const
    expect(form('tags=1,2&point[x]=3', { fields }).value).toEqual({ tags: [1, 2], point: { x: 3 } })
  })

  it('keeps names such as __proto__ as data', () => {
    const { value } = form('__proto__=1&constructor=2')
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
  })

  it.each([
    ['a single value twice', 'name=a&name=b', ['repeated /name']],
    ['a broken escape', 'name=%ff', ['encoding ']],
    ['an object that is not JSON', 'point=x', ['json /point']],
    ['an object that names a member twice', 'point={"x":1,"x":2}', ['duplicate /point']],
  ])('refuses %s', (_, body, findings) => {
    expect(form(body).findings).toEqual(findings)
  })
})

describe('multipart/form-data', () => {
  const type = 'multipart/form-data; boundary=b'
  const part = (head: string, body: string) => `--b\r\n${head}\r\n\r\n${body}\r\n`
  const named = (name: string, body: string, more = '') =>
    part(`Content-Disposition: form-data; name="${name}"${more}`, body)

  it('reads texts, numbers, lists by repetition, JSON and files', () => {
    const body = [
      named('name', 'a\r\nb'),
      named('age', '7'),
      named('tags', '1'),
      named('tags', '2'),
      named('point', '{"x":1}'),
      named('more', 'xyz', '; filename="f.png"\r\nContent-Type: image/png'),
      '--b--\r\n',
    ].join('')
    expect(read(type, body).value).toEqual({
      name: 'a\r\nb',
      age: 7,
      tags: [1, 2],
      point: { x: 1 },
      more: 'xyz',
    })
  })

  it('makes one character of each octet of a file', () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode(
        '--b\r\nContent-Disposition: form-data; name="more"; filename="f"\r\n\r\n',
      ),
      ...[0, 0xff, 0xc3, 0x0d],
      ...new TextEncoder().encode('\r\n--b--'),
    ])
    expect((read(type, bytes).value as { more: string }).more).toHaveLength(4)
  })

  it('takes only parts of the media types that the encoding names', () => {
    const fields = { more: { types: ['image/*', 'text/css'] } }
    const file = (mime: string) =>
      `${named('more', 'x', `; filename="f"\r\nContent-Type: ${mime}`)}--b--`
    expect(read(type, file('image/png'), { fields }).findings).toEqual([])
    expect(read(type, file('text/html'), { fields }).findings).toEqual(['contentType /more'])
  })

  it.each([
    ['nothing', ''],
    ['no boundary', 'name=a'],
    ['text before the first part', `x\r\n${named('name', 'a')}--b--`],
    ['text after the last part', `${named('name', 'a')}--b--x`],
    ['no end', named('name', 'a')],
    ['bare line feeds', '--b\nContent-Disposition: form-data; name="name"\n\na\n--b--'],
    ['a part without fields', '--b\r\n\r\na\r\n--b--'],
    ['a part without a name', `${part('Content-Disposition: form-data', 'a')}--b--`],
    ['a name twice in a part', `${named('name', 'a', '; name="x"')}--b--`],
    ['a name with a backslash', `${named('na\\"me', 'a')}--b--`],
    ['filename*', `${named('name', 'a', "; filename*=utf-8''x")}--b--`],
    [
      'a field twice in a part',
      `${named('name', 'a', '\r\nContent-Disposition: form-data; name="x"')}--b--`,
    ],
    [
      'a transfer encoding',
      `${named('name', 'YQ==', '\r\nContent-Transfer-Encoding: base64')}--b--`,
    ],
    ['a field over two lines', `${named('name', 'a', '\r\n folded: x')}--b--`],
    ['too many parts', `${named('tags', '1').repeat(1001)}--b--`],
  ])('refuses %s', (_, body) => {
    expect(read(type, body).findings).toEqual(['multipart '])
  })

  it('refuses a body without a boundary in its media type', () => {
    expect(read('multipart/form-data', `${named('name', 'a')}--b--`).findings).toEqual([
      'multipart ',
    ])
  })

  it('refuses a single value twice', () => {
    const body = `${named('name', 'a')}${named('name', 'b')}--b--`
    expect(read(type, body).findings).toEqual(['repeated /name'])
  })
})

describe('text', () => {
  it('is a text, or the number that the schema asks for', () => {
    expect(read('text/plain', '42', { shape: STRING }).value).toBe('42')
    expect(read('text/plain; charset=utf-8', '42', { shape: INTEGER }).value).toBe(42)
  })

  it('is refused in another charset, and where it is not UTF-8', () => {
    expect(read('text/plain; charset=latin1', 'a').findings).toEqual(['encoding '])
    expect(read('text/plain', new Uint8Array([0xff])).findings).toEqual(['encoding '])
  })

  it('may be called utf8, and ASCII where it is', () => {
    expect(read('text/plain; charset=utf8', 'é', { shape: STRING }).value).toBe('é')
    expect(read('text/plain; charset=US-ASCII', 'e', { shape: STRING }).value).toBe('e')
    // windows-1252 to whoever follows the Encoding Standard
    expect(read('text/plain; charset=us-ascii', 'é').findings).toEqual(['encoding '])
    expect(read('application/json; charset=us-ascii', '"é"').findings).toEqual(['encoding '])
  })
})

describe('media types', () => {
  it.each([
    ['application/json', 'application/json'],
    [' Application/JSON ; charset="UTF-8"', 'application/json'],
    ['application/vnd.cat+json;version=1;', 'application/vnd.cat+json'],
    ['application/json, text/plain', undefined],
    ['application/json; charset=utf-8; charset=utf-16', undefined],
    ['application/json charset=utf-8', undefined],
    ['application', undefined],
    ['', undefined],
  ])('reads %j as %j', (field, essence) => {
    expect(mediaType(field)?.essence).toBe(essence)
  })

  it('takes the first key that fits, with its parameters', () => {
    const contents = [
      { range: 'application/json', parameters: { version: '2' }, shape },
      { range: 'application/json', shape },
      { range: 'application/*', shape },
      { range: '*/*', shape },
    ]
    const at = (type: string) =>
      contents.findIndex((one) => one === contentFor(mediaType(type)!, contents))
    expect(at('application/json; version=2; charset=utf-8')).toBe(0)
    expect(at('application/json; version=1')).toBe(1)
    expect(at('application/xml')).toBe(2)
    expect(at('text/plain')).toBe(3)
    expect(contentFor(mediaType('text/plain')!, contents.slice(0, 3))).toBeUndefined()
  })
})
