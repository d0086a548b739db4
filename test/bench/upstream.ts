/** An upstream that costs nearly nothing: answers every request it finds with the same bytes. Prints its port. */
import { createServer, type AddressInfo } from 'node:net'

const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}',
)
const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  let waiting = 0
  socket.on('data', (chunk) => {
    // a request without a body ends with an empty line; one with a body is read by its length
    const text = chunk.toString('latin1')
    if (waiting > 0) {
      waiting -= chunk.length
      if (waiting <= 0) socket.write(answer)
      return
    }
    for (const part of text.split('\r\n\r\n').slice(0, -1)) {
      const length = Number(/^content-length: (\d+)/im.exec(part)?.[1] ?? 0)
      const body = text.length - text.indexOf('\r\n\r\n') - 4
      if (length > body) waiting = length - body
      else socket.write(answer)
      if (length > 0) break
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
