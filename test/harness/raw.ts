import { connect } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Status line and fields. */
  readonly head: string
  /** Names in lower case; the last of repeated ones. */
  readonly fields: ReadonlyMap<string, string>
  /** Chunks put together, nothing decompressed. */
  readonly body: Buffer
  /** Whether the body had ended when the connection closed. */
  readonly isComplete: boolean
}

/**
 * Sends bytes as they are, which no client library does, and reads until the answer is complete or the
 * server closes.
 */
export function raw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const isHead = String(bytes).startsWith('HEAD ')
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (isHead || parse(Buffer.concat(chunks)).isComplete) socket.destroy()
    })
    socket.on('close', () => resolve(parse(Buffer.concat(chunks))))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
  })
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.subarray(0, Math.max(end, 0)).toString('latin1')
  const rest = bytes.subarray(end + 4)
  const [first = '', ...lines] = head.split('\r\n')
  const fields = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  const status = Number(first.split(' ')[1] ?? 0)
  const length = fields.get('content-length')
  if (fields.get('transfer-encoding') === 'chunked')
    return { status, head, fields, ...joined(rest) }
  const hasNone = status === 204 || status === 304
  const isComplete = end >= 0 && (hasNone || rest.length >= Number(length ?? Infinity))
  return { status, head, fields, body: rest, isComplete }
}

/** RFC 9112 §7.1. */
function joined(bytes: Buffer): Pick<RawAnswer, 'body' | 'isComplete'> {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return { body: Buffer.concat(parts), isComplete: false }
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    if (size === 0) return { body: Buffer.concat(parts), isComplete: true }
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
