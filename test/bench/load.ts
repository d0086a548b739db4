import { connect, type Socket } from 'node:net'
import type { Asked } from './asked.ts'

export interface Slice {
  readonly requests: number
  readonly seconds: number
  /** Answers with another status, or another body, than expected. */
  readonly wrong: number
  /** CPU time of what was loaded. */
  readonly cpuMicros: number
  /** From the request to the last byte of each answer, and to the first byte of its body. */
  readonly lastByteMs: readonly number[]
  readonly firstByteMs: readonly number[]
}

export interface Target {
  readonly port: number
  readonly request: Buffer
  readonly connections: number
  readonly asked: Pick<Asked, 'isRight'>
  /** CPU time that the server has used so far, in microseconds. */
  cpuMicros(): number
}

/** Before it counts: connections are open, leases taken, what idled is awake. */
const LEAD_MS = 50
/** How often a slice may be made longer by its own length until each connection has had an answer. */
const LONGER_MAX = 50

/** Loads a server: each keep-alive connection sends its next request when the answer has come. */
export async function slice(target: Target, milliseconds: number): Promise<Slice> {
  const load = new Load(target)
  await load.open()
  try {
    return await load.run(milliseconds)
  } finally {
    load.close()
  }
}

class Load {
  readonly #target: Target
  #sockets: Socket[] = []
  #wrong = 0
  #lastByteMs: number[] = []
  #firstByteMs: number[] = []
  #isRunning = true
  #pending = 0
  #drained = (): void => undefined
  #failed: (error: Error) => void = () => undefined

  constructor(target: Target) {
    this.#target = target
  }

  async open(): Promise<void> {
    const opening = Array.from({ length: this.#target.connections }, () => this.#connect())
    this.#sockets = await Promise.all(opening)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async run(milliseconds: number): Promise<Slice> {
    this.#pending = this.#sockets.length
    const drained = new Promise<void>((resolve, reject) => {
      this.#drained = resolve
      this.#failed = reject
    })
    const measured = this.#measured(milliseconds)
    for (const socket of this.#sockets) this.#drive(socket)
    const [found] = await Promise.all([measured, drained])
    return found
  }

  async #measured(milliseconds: number): Promise<Slice> {
    await pause(LEAD_MS)
    this.#lastByteMs = []
    this.#firstByteMs = []
    const before = this.#target.cpuMicros()
    const started = performance.now()
    await pause(milliseconds)
    // a slice that another process has taken most of would say nothing
    const fewest = this.#target.connections
    for (let i = 0; i < LONGER_MAX && this.#lastByteMs.length < fewest; i++) {
      await pause(milliseconds)
    }
    const seconds = (performance.now() - started) / 1000
    const cpuMicros = this.#target.cpuMicros() - before
    const [lastByteMs, firstByteMs] = [this.#lastByteMs, this.#firstByteMs]
    if (lastByteMs.length === 0)
      throw new Error(`no answer in ${seconds} s: stop what else runs here`)
    this.#isRunning = false
    const requests = lastByteMs.length
    return { requests, seconds, wrong: this.#wrong, cpuMicros, lastByteMs, firstByteMs }
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#target.port, '127.0.0.1', () => resolve(socket))
      socket.setNoDelay(true)
      socket.on('error', reject)
    })
  }

  #drive(socket: Socket): void {
    const { request, asked } = this.#target
    let text = ''
    let sentMs = performance.now()
    let bodyMs = 0
    socket.on('error', (error) => this.#failed(error))
    socket.on('close', () => this.#failed(new Error(`closed in the middle of: ${text}`)))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const nowMs = performance.now()
      if (bodyMs === 0 && text.length > head + 4) bodyMs = nowMs
      if (!isWhole(text, head)) return
      const isRight =
        text.startsWith('HTTP/1.1 200') && asked.isRight(text.slice(0, head), text.slice(head + 4))
      if (!isRight) this.#wrong++
      this.#lastByteMs.push(nowMs - sentMs)
      this.#firstByteMs.push((bodyMs || nowMs) - sentMs)
      text = ''
      bodyMs = 0
      sentMs = nowMs
      if (this.#isRunning) socket.write(request)
      else if (--this.#pending === 0) this.#drained()
    })
    socket.write(request)
  }
}

/** Either its length is known, or it ends with the last chunk. @param head where the fields end */
export function isWhole(text: string, head: number): boolean {
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1]
  return length === undefined
    ? text.endsWith('0\r\n\r\n')
    : text.length >= head + 4 + Number(length)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds))
}
