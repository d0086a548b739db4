import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { OK, startWire, values, type Wire } from '../harness/wire.ts'
import { eventually } from './eventually.ts'

/** More than what is handed to the platform as it is. */
const LARGE = 32 * 1024
const TIMEOUT_MS = 600
/** Of the uploads that go on. Far longer than the pace, since a machine with other work keeps it badly. */
const PATIENT_MS = 2_500
/** The pace is that of requests which the gateway answers with 504 after this; so many take longer than the above. */
const PACE_MS = 350
const PIECES = 8

let upstream: Wire
/** Answers whatever it is, before it has read everything. */
let hasty: Wire
/** Takes connections and never reads from them. */
let deaf: Wire
let gateway: Running

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => {
    if (!target.startsWith('/silent')) socket.write(OK)
  })
  hasty = await startWire(undefined, (socket) => void socket.once('data', () => socket.write(OK)))
  deaf = await startWire(undefined, (socket) => void socket.pause())
  const proxied = (url: string, timeoutMs = TIMEOUT_MS) => ({
    'x-handler': { handler: 'proxy', options: { url, timeout: `${timeoutMs}ms` } },
  })
  gateway = await startGateway({
    'policies.json': { log: { policy: 'access-log' } },
    'routes.oas.json': document(
      {
        'POST /ok/{name}': proxied(upstream.url),
        'POST /patient/{name}': proxied(upstream.url, PATIENT_MS),
        'POST /silent/{name}': proxied(upstream.url),
        'GET /silent/pace': proxied(upstream.url, PACE_MS),
        'POST /hasty/{name}': proxied(hasty.url, PATIENT_MS),
        'POST /deaf/{name}': proxied(deaf.url),
      },
      { 'x-policies': ['log'] },
    ),
  })
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([upstream, hasty, deaf].map((wire) => wire?.stop()))
})
const announced = ['a length', `Content-Length: ${LARGE}`, (part: Buffer) => part] as const
const chunked = [
  'chunks',
  'Transfer-Encoding: chunked',
  (part: Buffer) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
] as const

const head = (path: string, field: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: g\r\n${field}\r\n\r\n`

/** A request that is sent piece by piece, and its answer's status and code. */
function upload(begin: string | Buffer) {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  let text = ''
  const answer = new Promise<[number, string | undefined]>((resolve) => {
    const look = () => {
      const [, status, rest] = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n([^]+)$/.exec(text) ?? []
      if (status !== undefined) resolve([Number(status), /"code":"([^"]+)"/.exec(rest!)?.[1]])
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      look()
    })
    socket.on('close', () => resolve([0, undefined]))
  })
  socket.on('error', () => undefined)
  socket.write(begin)
  return { answer, send: (bytes: Buffer) => void socket.write(bytes), socket: socket as Socket }
}

// at the same time, since most of it is waiting: each has a path of its own
describe.concurrent.each([announced, chunked])('an upload in %s', (_, field, framed) => {
  const isChunked = field.startsWith('Transfer')
  const last = Buffer.from(isChunked ? '0\r\n\r\n' : '')
  const half = framed(Buffer.alloc(LARGE / 2, 'x'))
  const target = (base: string, what: string) =>
    `${base}/${what}-${isChunked ? 'chunks' : 'length'}`
  const lineOf = (path: string) => `POST ${path} HTTP/1.1`
  const seen = (path: string) => upstream.seen.filter((one) => one.target === path)

  it('may take longer than the timeout, as long as it goes on', async () => {
    const path = target('/patient', 'goes-on')
    const { answer, send } = upload(head(path, field))
    for (let sent = 0; sent < LARGE; sent += LARGE / PIECES) {
      send(framed(Buffer.alloc(LARGE / PIECES, 'x')))
      await raw(gateway.url, 'GET /silent/pace HTTP/1.1\r\nHost: g\r\n\r\n')
    }
    send(last)
    expect(await answer).toEqual([200, undefined])
    const [one] = seen(path)
    expect(one!.body.toString()).toBe('x'.repeat(LARGE))
    expect(values(one!, 'content-length')).toEqual(isChunked ? [] : [String(LARGE)])
  })

  it('that stands still gets 408, and is never whole for the upstream', async () => {
    const path = target('/ok', 'still')
    const { answer, send } = upload(head(path, field))
    send(half)
    expect(await answer).toEqual([408, 'request-timeout'])
    await eventually(() => expect(upstream.broken).toContain(lineOf(path)))
    expect(seen(path)).toEqual([])
    await gateway.printed(new RegExp(`"event":"request-timeout"[^\n]*"path":"${path}"`))
  })

  it('that the upstream does not read gets 504', async () => {
    const bytes = 8 * 1024 * 1024
    const path = target('/deaf', 'unread')
    const { answer, send, socket } = upload(head(path, field.replace(`${LARGE}`, `${bytes}`)))
    for (let sent = 0; sent < bytes; sent += LARGE) send(framed(Buffer.alloc(LARGE)))
    expect(await answer).toEqual([504, 'upstream-timeout'])
    socket.destroy()
  })

  it('that has ended and gets no answer gets 504', async () => {
    const path = target('/silent', 'ended')
    const { answer, send } = upload(head(path, field))
    for (const bytes of [half, half, last]) send(bytes)
    expect(await answer).toEqual([504, 'upstream-timeout'])
    expect(seen(path)).toHaveLength(1)
  })

  it('that is answered before its end has its answer', async () => {
    const { answer, send, socket } = upload(head(target('/hasty', 'early'), field))
    send(half)
    expect(await answer).toEqual([200, undefined])
    socket.destroy()
  })

  it('whose client leaves is never whole for the upstream', async () => {
    const path = target('/ok', 'left')
    const { send, socket } = upload(head(path, field))
    send(half)
    await eventually(() => expect(upstream.started).toContain(lineOf(path)))
    socket.resetAndDestroy()
    await eventually(() => expect(upstream.broken).toContain(lineOf(path)))
    expect(seen(path)).toEqual([])
  })
})

it('never failed inside, and let go of every connection', async () => {
  await eventually(() => expect(upstream.open() + hasty.open()).toBeLessThanOrEqual(2))
  expect(gateway.output()).not.toContain('"event":"failed"')
})
