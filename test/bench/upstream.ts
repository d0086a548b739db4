/**
 * An upstream that costs nearly nothing. Prints its port. What it answers is told by the request:
 * `X-Probe` gets what arrived, `/orders/gzip` a packed list, `/orders/events` a hundred events, anything else a word.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { EVENTS, EVENT_EVERY_MS } from './asked.ts'
import { order } from './order.ts'

const words = answer('application/json', Buffer.from('{"ok":true}'))
const list = Array.from({ length: 20 }, (_, i) => ({ ...order, id: `${order.id}-${i * 7919}` }))
const packed = answer('application/json', gzipSync(JSON.stringify(list)), 'content-encoding: gzip')

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end)
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      if (text.length < end + 4 + length) return
      respond(socket, head, text.slice(end + 4, end + 4 + length))
      text = text.slice(end + 4 + length)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

function respond(socket: Socket, head: string, body: string): void {
  if (/^x-probe:/im.test(head)) {
    const seen = Buffer.from(JSON.stringify({ head: head.split('\r\n'), body }))
    socket.write(answer('application/json', seen))
  } else if (head.startsWith('GET /orders/gzip')) socket.write(packed)
  else if (head.startsWith('GET /orders/events')) stream(socket)
  else socket.write(words)
}

/** One event a millisecond: whoever holds events back is late with the first one. */
function stream(socket: Socket): void {
  socket.write(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
  )
  let sent = 0
  const end = () => clearInterval(timer)
  const timer = setInterval(() => {
    sent++
    const event = `id: ${sent}\ndata: {"order":4711,"state":"packed","at":${sent}}\n\n`
    socket.write(`${event.length.toString(16)}\r\n${event}\r\n`)
    if (sent < EVENTS) return
    end()
    socket.off('close', end)
    socket.write('0\r\n\r\n')
  }, EVENT_EVERY_MS)
  socket.once('close', end)
}

function answer(type: string, body: Buffer, ...more: readonly string[]): Buffer {
  const fields = [`content-type: ${type}`, `content-length: ${body.length}`, ...more]
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\n\r\n`), body])
}
