import type { Socket } from 'node:net'
import { type Behaviour, OK } from '../harness/wire.ts'

const MEBIBYTE = 1024 * 1024

/** Ways for an upstream to fail, by the last segment of the path. Anything else is answered with `ok`. */
const FAULTS: Readonly<Record<string, (socket: Socket, bytes: number) => void>> = {
  hang: () => undefined,
  'hang-mid-header': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Ty'),
  'reset-at-once': (socket) => socket.resetAndDestroy(),
  'reset-mid-header': (socket) => reset(socket, 'HTTP/1.1 200 OK\r\nContent-Ty'),
  'close-mid-header': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Ty'),
  'reset-mid-body': (socket) => reset(socket, head('Content-Length: 100') + 'half'),
  'reset-mid-chunk': (socket) => reset(socket, `${head('Transfer-Encoding: chunked')}64\r\nhalf`),
  'close-before-last-chunk': (socket) =>
    socket.end(`${head('Transfer-Encoding: chunked')}4\r\nhalf\r\n`),
  'bad-chunk': (socket) => socket.end(`${head('Transfer-Encoding: chunked')}zz\r\nhalf\r\n`),
  garbage: (socket) => socket.end('\0\x01\x02 not HTTP\r\n\r\n'),
  'too-short': (socket) => socket.end(`${head('Content-Length: 100')}half`),
  'two-lengths': (socket) => socket.end(`${head('Content-Length: 4\r\nContent-Length: 5')}halfx`),
  'no-length': (socket) => socket.end(`${head('X-A: 1')}whole`),
  'close-after': (socket, bytes) => {
    socket.write(head(`Content-Length: ${bytes * 2}`))
    fill(socket, bytes)
  },
}

/** @param bytes how much `close-after` sends of the double that it announces */
export const failing =
  (bytes = MEBIBYTE): Behaviour =>
  ({ target }, socket) => {
    const fault = FAULTS[/([^/?]*)(?:\?.*)?$/.exec(target)![1]!]
    if (fault === undefined) socket.write(OK)
    else fault(socket, bytes)
  }

const head = (fields: string): string => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`

/** So that what was written has left before the reset takes it back. */
function reset(socket: Socket, text: string): void {
  socket.write(text, () => setImmediate(() => socket.resetAndDestroy()))
}

function fill(socket: Socket, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  let left = bytes
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length
      if (left > 0 && !socket.write(chunk)) return
    }
    if (left <= 0) socket.end(chunk)
  }
  socket.on('drain', more)
  more()
}
