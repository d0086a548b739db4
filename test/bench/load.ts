import { connect, type Socket } from 'node:net'

export interface Slice {
  readonly requests: number
  readonly seconds: number
  /** Answers with another status than expected. */
  readonly wrong: number
}

/** Keep-alive connections to one port; each sends its next request when the answer has come. */
export class Load {
  readonly #port: number
  readonly #request: Buffer
  readonly #expected: string
  readonly #connections: number
  #sockets: Socket[] = []
  #requests = 0
  #wrong = 0
  #isRunning = false
  #pending = 0
  #drained = (): void => undefined

  constructor(port: number, request: Buffer, connections: number, status = 200) {
    this.#port = port
    this.#request = request
    this.#connections = connections
    this.#expected = `HTTP/1.1 ${status}`
  }

  async slice(milliseconds: number): Promise<Slice> {
    // workerd closes idle connections after five seconds
    if (this.#sockets.some((socket) => socket.destroyed || socket.readableEnded)) this.close()
    if (this.#sockets.length === 0) await this.#open()
    this.#requests = 0
    this.#wrong = 0
    this.#isRunning = true
    this.#pending = this.#sockets.length
    const drained = new Promise<void>((resolve) => (this.#drained = resolve))
    const started = performance.now()
    for (const socket of this.#sockets) socket.write(this.#request)
    setTimeout(() => (this.#isRunning = false), milliseconds)
    await drained
    const seconds = (performance.now() - started) / 1000
    return { requests: this.#requests, seconds, wrong: this.#wrong }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets = []
  }

  async #open(): Promise<void> {
    const opening = Array.from({ length: this.#connections }, () => this.#connect())
    this.#sockets = await Promise.all(opening)
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => resolve(socket))
      socket.setNoDelay(true)
      socket.on('error', reject)
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if (!isWhole(text)) return
        if (!text.startsWith(this.#expected)) this.#wrong++
        text = ''
        this.#requests++
        if (this.#isRunning) socket.write(this.#request)
        else if (--this.#pending === 0) this.#drained()
      })
    })
  }
}

/** The gateway's answers in the benchmark are short and have a length, or end with the last chunk. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
