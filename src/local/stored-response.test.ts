import { describe, expect, it } from 'vitest'
import { type Part, partOf, readHead } from './stored-response.ts'

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

function reader(...chunks: readonly string[]): ReadableStreamDefaultReader<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytes(chunk))
      controller.close()
    },
  }).getReader()
}

describe('the head of a response', () => {
  const text = 'HTTP/1.1 203 Other\r\nA: 1\r\nb:  zwei \r\nA: 3\r\n\r\nbody\r\n\r\n'
  const head = {
    status: 203,
    statusText: 'Other',
    fields: [
      ['a', '1'],
      ['b', 'zwei'],
      ['a', '3'],
    ],
  }
  it.each(Array.from({ length: text.length - 1 }, (_, i) => i + 1))(
    'is read whole when it comes in two, cut after byte %i',
    async (at) => {
      const source = reader(text.slice(0, at), text.slice(at))
      const read = await readHead(source)
      expect(read.head).toEqual(head)
      const more = (await source.read()).value ?? bytes('')
      expect(String.fromCharCode(...read.rest, ...more)).toBe('body\r\n\r\n')
    },
  )

  it.each([
    ['that ends early', ['HTTP/1.1 200 OK\r\nA: 1']],
    ['without a status line', ['hello\r\n\r\n']],
    ['that does not end', Array.from({ length: 20 }, () => `A: ${'a'.repeat(5_000)}\r\n`)],
  ])('one %s is refused', (_, chunks) => expect(readHead(reader(...chunks))).rejects.toThrow())
})

describe('what a request wants of ten bytes', () => {
  const stored = { etag: '"v1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }
  const whole: Part = { kind: 'whole' }
  const unchanged: Part = { kind: 'unchanged' }
  const range = (first: number, last: number): Part => ({ kind: 'range', first, last })
  it.each<[Readonly<Record<string, string>>, Part]>([
    [{}, whole],
    [{ 'if-none-match': '"v1"' }, unchanged],
    [{ 'if-none-match': '"v0", W/"v1"' }, unchanged],
    [{ 'if-none-match': '*' }, unchanged],
    [{ 'if-none-match': '"v2"', 'if-modified-since': stored['last-modified'] }, whole],
    [{ 'if-modified-since': stored['last-modified'] }, unchanged],
    [{ 'if-modified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }, whole],
    [{ range: 'bytes=2-4' }, range(2, 4)],
    [{ range: 'bytes=8-99' }, range(8, 9)],
    [{ range: 'bytes=7-' }, range(7, 9)],
    [{ range: 'bytes=-3' }, range(7, 9)],
    [{ range: 'bytes=-99' }, range(0, 9)],
    [{ range: 'bytes=10-' }, { kind: 'unsatisfiable' }],
    [{ range: 'bytes=-0' }, { kind: 'unsatisfiable' }],
    [{ range: 'bytes=4-2' }, whole],
    [{ range: 'bytes=0-1, 3-4' }, whole],
    [{ range: 'lines=0-1' }, whole],
    [{ range: 'bytes=-' }, whole],
    [{ range: 'bytes=0-1', 'if-range': '"v1"' }, range(0, 1)],
    [{ range: 'bytes=0-1', 'if-range': '"v2"' }, whole],
    [{ range: 'bytes=0-1', 'if-range': 'W/"v1"' }, whole],
    [{ range: 'bytes=0-1', 'if-range': stored['last-modified'] }, range(0, 1)],
    [{ range: 'bytes=0-1', 'if-none-match': '"v1"' }, unchanged],
  ])('%o', (request, expected) =>
    expect(partOf(new Headers(request), new Headers(stored), 10)).toEqual(expected),
  )

  it('of something compressed there are no parts', () => {
    const compressed = new Headers({ ...stored, 'content-encoding': 'gzip' })
    expect(partOf(new Headers({ range: 'bytes=0-1' }), compressed, 10)).toEqual(whole)
  })
})
