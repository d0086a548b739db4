import { connect } from 'node:net'
import { isWhole } from './load.ts'

export interface Answer {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
}

/** Sends the bytes of one request and reads one answer. */
export function ask(port: number, request: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let text = ''
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`no whole answer: ${text}`)))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0 || !isWhole(text, head)) return
      resolve(answerOf(text, head))
      socket.destroy()
    })
  })
}

function answerOf(text: string, head: number): Answer {
  const [first = '', ...lines] = text.slice(0, head).split('\r\n')
  const fields = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  const body = text.slice(head + 4)
  const isChunked = fields.get('transfer-encoding') === 'chunked'
  return { status: Number(first.split(' ')[1]), fields, body: isChunked ? joined(body) : body }
}

function joined(chunks: string): string {
  let text = ''
  for (let at = 0; ;) {
    const end = chunks.indexOf('\r\n', at)
    const length = Number.parseInt(chunks.slice(at, end), 16)
    if (!(length > 0)) return text
    text += chunks.slice(end + 2, end + 2 + length)
    at = end + 2 + length + 2
  }
}
