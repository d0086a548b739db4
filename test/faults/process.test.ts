import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Running } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { administer, build, type House, workerdOf } from './house.ts'
import { startWorkerd } from './workerd.ts'

let upstream: Wire
let house: House
let arrived = (): void => undefined

beforeAll(async () => {
  upstream = await startWire(({ target }, socket) => {
    if (target !== '/hang') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    arrived()
  })
  house = await build(upstream.url)
})
afterAll(async () => {
  house.remove()
  await upstream.stop()
})

async function call({ url }: Pick<Running, 'url'>, path: string): Promise<number> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${house.key}` } })
  await response.arrayBuffer()
  return response.status
}

it('a kill in the middle ends serve with 1, cuts what was under way, and forgets neither key nor count', async () => {
  const first = await house.start()
  expect([await call(first, '/key'), await call(first, '/limited')]).toEqual([200, 200])
  const ended = new Promise((resolve) => first.process.once('exit', resolve))
  const reached = new Promise<void>((resolve) => (arrived = resolve))
  const underWay = raw(first.url, 'GET /hang HTTP/1.1\r\nHost: g\r\n\r\n')
  await reached
  process.kill(workerdOf(first), 'SIGKILL')
  expect((await underWay).status).toBe(0)
  expect(await ended).toBe(1)
  expect(first.output()).toContain('workerd has ended by itself.')
  await first.stop()

  const second = await house.start()
  try {
    expect(await call(second, '/key')).toBe(200)
    const left = [
      await call(second, '/limited'),
      await call(second, '/limited'),
      await call(second, '/limited'),
    ]
    expect(left).toEqual([200, 200, 429])
  } finally {
    await second.stop()
  }
})

it('a disk that is full from the beginning is named with its reason, and without a stack trace', async () => {
  const config = join(house.state, 'run/workerd.capnp')
  const failure = await startWorkerd(config, 0).catch((error: unknown) => String(error))
  expect(failure).toMatch(
    /^Error: workerd cannot write its state: SQLITE_IOERR_\w+\.\nKeys and counts would be lost, so nothing was started\.\n.*, then start again\.$/,
  )
})

it('on a full disk what is known still works, and what is refused or acknowledged stays so', async () => {
  const config = join(house.state, 'run/workerd.capnp')
  // of SQLite's files the smallest has 32 KiB from the beginning
  const full = await startWorkerd(config, 32 * 1024)
  const acknowledged: string[] = []
  let refused: { readonly id: string; readonly answer: Record<string, unknown> } | undefined
  try {
    expect(await call(full, '/key')).toBe(200)
    for (let i = 0; i < 100 && refused === undefined; i++) {
      const id = `late-${i}`
      const answer = await administer(full.url, 'POST', '/consumers', { id })
      if (answer['status'] === 201) acknowledged.push(id)
      else refused = { id, answer }
    }
    expect(refused?.answer).toMatchObject({ status: 503, code: 'key-unavailable' })
    expect(JSON.stringify(refused)).not.toMatch(/sqlite|disk/i)
    expect(full.output()).toMatch(
      /"event":"keys-registry-unreachable".*"path":"\/admin\/consumers"/,
    )
    expect([await call(full, '/open'), await call(full, '/key')]).toEqual([200, 200])
    // a request that cannot be counted is refused
    const counted = []
    while (counted.length < 100 && counted.at(-1) !== 503) {
      counted.push(await call(full, '/counted'))
    }
    expect(new Set(counted)).toEqual(new Set([200, 503]))
    expect([await call(full, '/lenient'), await call(full, '/open')]).toEqual([200, 200])
  } finally {
    await full.stop()
  }
  const again = await startWorkerd(config)
  try {
    expect(await call(again, '/key')).toBe(200)
    for (const id of acknowledged) {
      expect(await administer(again.url, 'GET', `/consumers/${id}`)).toMatchObject({
        id,
        status: 200,
      })
    }
    expect(await administer(again.url, 'POST', '/consumers', { id: refused!.id })).toMatchObject({
      id: refused!.id,
    })
  } finally {
    await again.stop()
  }
})
