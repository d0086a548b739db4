import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { eventually } from '../faults/eventually.ts'
import type { Behaviour } from '../harness/wire.ts'
import type { World } from './world.ts'

/** What needs more than one request on a connection, or what comes after the requests. */
export function connections(world: () => World): void {
  describe('pipelining', () => {
    it.each(pipelines)('%s', async (_, bytes, statuses, lines) => {
      const { gateway, upstream } = world()
      upstream.seen.length = 0
      const answers = await conversation(gateway.url, bytes + END, statuses.length + 1)
      expect(answers).toEqual([...statuses, 200])
      expect(upstream.seen.map(({ line }) => line)).toEqual([...lines, 'GET /open/end HTTP/1.1'])
    })

    it.each(cutOff)('%s', async (_, bytes, statuses, lines) => {
      const { gateway, upstream } = world()
      upstream.seen.length = 0
      expect(await conversation(gateway.url, bytes + END, Infinity)).toEqual(statuses)
      expect(upstream.seen.map(({ line }) => line)).toEqual(lines)
    })
  })

  describe('a client that leaves', () => {
    it.each([
      ['chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
      [
        'chunks beside a length that has come',
        'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      ],
      ['a length', 'Content-Length: 6\r\n\r\nhello'],
    ])('in the middle of %s leaves no whole request upstream', async (_, rest) => {
      const { gateway, upstream } = world()
      upstream.seen.length = 0
      upstream.started.length = 0
      upstream.broken.length = 0
      const { hostname, port } = new URL(gateway.url)
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(`POST /open/left HTTP/1.1\r\n${HOST}${rest}`)
      await eventually(() => expect(upstream.started).toEqual(['POST /open/left HTTP/1.1']))
      socket.resetAndDestroy()
      await eventually(() => expect(upstream.broken).toEqual(['POST /open/left HTTP/1.1']))
      expect(upstream.seen).toEqual([])
    })
  })

  describe('WebSocket', () => {
    it.each(frames)('hands on %s byte for byte, in both directions', async (_, bytes) => {
      const { socket, received } = await switched(world().gateway.url)
      socket.write(bytes)
      await eventually(() => expect(received().length).toBe(bytes.length))
      expect(received().equals(bytes)).toBe(true)
      socket.destroy()
    })

    it('lets the upstream go when the client leaves without a word', async () => {
      const { gateway, upstream } = world()
      upstream.hangUp()
      await eventually(() => expect(upstream.open()).toBe(0))
      const { socket } = await switched(gateway.url)
      expect(upstream.open()).toBe(1)
      socket.destroy()
      await eventually(() => expect(upstream.open()).toBe(0))
    })
  })
}

/** Switches to WebSocket as RFC 6455 §4.2.2 says, and sends back whatever comes. */
export const echoFrames: Behaviour = ({ fields }, socket) => {
  const key = fields.find(([name]) => name.toLowerCase() === 'sec-websocket-key')?.[1]
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
  )
  // what comes now is no request any more
  socket.removeAllListeners('data')
  socket.on('data', (bytes) => socket.write(bytes))
  socket.on('end', () => socket.end())
}

const HOST = 'Host: gateway.test\r\n'
const END = `GET /open/end HTTP/1.1\r\n${HOST}\r\n`
const HIDDEN = `GET /open/hidden HTTP/1.1\r\n${HOST}\r\n`
const HANDSHAKE =
  'Upgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n'

const sized = (line: string, more = ''): string =>
  `${line} HTTP/1.1\r\n${HOST}${more}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`
const chunked = (line: string, more = ''): string =>
  `${line} HTTP/1.1\r\n${HOST}${more}Transfer-Encoding: chunked\r\n\r\n` +
  `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`

type Pipeline = readonly [
  guarantee: string,
  bytes: string,
  statuses: readonly number[],
  upstream: readonly string[],
]

/** The body of each holds a request that nobody must take for one. */
const pipelines: readonly Pipeline[] = [
  ['an upload that is refused is read to its end', sized('POST /private'), [401], []],
  ['chunks that are refused are read to their end', chunked('POST /private'), [401], []],
  ['an upload that is too large is read to its end', sized('POST /small'), [413], []],
  ['an upload without a route is read to its end', sized('POST /nowhere'), [404], []],
  ['an upload of another method is read to its end', sized('PATCH /open'), [405], []],
  ['the body of OPTIONS is read to its end', sized('OPTIONS /open'), [204], []],
  ['the body of GET is read to its end', sized('GET /open'), [200], ['GET /open HTTP/1.1']],
  ['the chunks of GET are read to their end', chunked('GET /open'), [200], ['GET /open HTTP/1.1']],
  [
    'a body stays one where Connection names its length',
    sized('POST /open/x', 'Connection: content-length\r\n'),
    [200],
    ['POST /open/x HTTP/1.1'],
  ],
  [
    'chunks stay chunks where Connection names their encoding',
    chunked('POST /open/x', 'Connection: transfer-encoding\r\n'),
    [200],
    ['POST /open/x HTTP/1.1'],
  ],
  [
    'each of several requests has its own answer and its own credentials',
    `${HIDDEN}GET /private HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`,
    [200, 401, 200],
    ['GET /open/hidden HTTP/1.1', 'GET /open/hidden HTTP/1.1'],
  ],
  [
    'a handshake that is refused leaves a connection of HTTP',
    `GET /private HTTP/1.1\r\n${HOST}${HANDSHAKE}\r\n`,
    [401],
    [],
  ],
]

/** After these nobody can tell where the next request begins, so there is none. */
const cutOff: readonly Pipeline[] = [
  [
    'chunks that are refused and broken end the connection',
    `POST /private HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n${HIDDEN}`,
    [401],
    [],
  ],
  [
    'chunks with an extension end the connection',
    `POST /open/x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5;a="\r\nhello\r\n0\r\n\r\n${HIDDEN}`,
    [400],
    [],
  ],
  [
    'a trailer ends the connection behind the answer',
    `POST /open/x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\nX-User: root\r\n\r\n${HIDDEN}`,
    [200, 501],
    ['POST /open/x HTTP/1.1'],
  ],
  ['the preface of HTTP/2 ends the connection', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [501], []],
]

/** `opcode` with what goes before it in its byte; the mask is no secret here. */
function frame(head: number, payload: Buffer): Buffer {
  const length = Buffer.alloc(payload.length < 126 ? 1 : 9)
  length[0] = 0x80 | (payload.length < 126 ? payload.length : 127)
  if (length.length === 9) length.writeBigUInt64BE(BigInt(payload.length), 1)
  const mask = Buffer.from([1, 2, 3, 4])
  const masked = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]!))
  return Buffer.concat([Buffer.from([head]), length, mask, masked])
}

const text = (value: string): Buffer => Buffer.from(value)

/** Cardea is no endpoint of a WebSocket: what a frame means is for those who speak it. */
const frames: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a text', frame(0x81, text('hi'))],
  ['a text that is not UTF-8', frame(0x81, Buffer.from([0xff, 0xfe]))],
  ['a frame without a mask', Buffer.from([0x81, 2, 0x68, 0x69])],
  [
    'a text in three frames with a ping between',
    Buffer.concat([
      frame(0x01, text('a')),
      frame(0x00, text('b')),
      frame(0x89, text('p')),
      frame(0x80, text('c')),
    ]),
  ],
  ['a continuation of nothing', frame(0x80, text('x'))],
  ['an opcode that there is not', frame(0x83, text('x'))],
  ['a reserved bit', frame(0xc1, text('x'))],
  ['a ping in two frames', frame(0x09, text('p'))],
  ['a thousand pings', Buffer.concat(Array.from({ length: 1000 }, () => frame(0x89, text('p'))))],
  ['a close with a code that nobody may send', frame(0x88, Buffer.from([0x03, 0xee]))],
  ['a close with half a code', frame(0x88, Buffer.from([0x03]))],
  ['a length of 2⁶³', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ['a megabyte', frame(0x82, Buffer.alloc(1 << 20, 'x'))],
  ['what looks like a request', Buffer.from(HIDDEN)],
]

/** Statuses in order, until there are as many or the gateway closes. */
function conversation(url: string, bytes: string, count: number): Promise<readonly number[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let said = ''
    const statuses = () =>
      Array.from(said.matchAll(/HTTP\/1\.1 (\d{3}) /g), (one) => Number(one[1]))
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
      if (statuses().length >= count) socket.destroy()
    })
    socket.on('close', () => resolve(statuses()))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
  })
}

interface Switched {
  readonly socket: Socket
  /** What came behind the handshake. */
  received(): Buffer
}

function switched(url: string): Promise<Switched> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    let start = -1
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET /socket?switch HTTP/1.1\r\n${HOST}${HANDSHAKE}\r\n`),
    )
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (start >= 0) return
      start = bytes.indexOf('\r\n\r\n') + 4
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 101 ')) reject(new Error(String(bytes)))
      else resolve({ socket, received: () => bytes.subarray(start) })
    })
  })
}
