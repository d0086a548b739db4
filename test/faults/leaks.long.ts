import { connect } from 'node:net'
import { expect, it, vi } from 'vitest'
import { raw } from '../harness/raw.ts'
import { startFaulty } from './faulty-gateway.ts'
import { faultyLoad } from './faulty-load.ts'
import { workerdOf } from './house.ts'
import { figuresOf } from './process-figures.ts'

const OK = 'GET /up/ok HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n'

it('over 10,000 faults neither connections nor memory stay behind', async () => {
  const { gateway, upstream, stop } = await startFaulty()
  try {
    const pid = workerdOf(gateway)
    const load = (count: number, seed: number) =>
      faultyLoad(gateway.url, { seed, clients: 50, isOver: (begun) => begun >= count })
    // V8 takes memory until some 40,000 requests are through, and from then on no more
    await load(45_000, 1)
    const before = figuresOf(pid)
    const statuses = await load(10_000, 2)
    await vi.waitFor(() => expect(upstream.open()).toBeLessThanOrEqual(1), { timeout: 20_000 })
    const after = figuresOf(pid)
    console.log({ before, after, statuses })
    expect(after.files).toBeLessThanOrEqual(before.files + 10)
    // a garbage collection more or less; each fault that stayed would be some kilobytes
    expect(after.megabytes - before.megabytes).toBeLessThan(40)
    expect((await raw(gateway.url, OK)).body.toString()).toBe('ok')
    expect(gateway.output()).not.toContain('"event":"failed"')
  } finally {
    await stop()
  }
})

it('an upstream that closes after 100 MB of 200 is half an answer, and stays in nobody’s memory', async () => {
  const bytes = 100 * 1024 * 1024
  const { gateway, stop } = await startFaulty(bytes)
  try {
    await raw(gateway.url, OK)
    const before = figuresOf(workerdOf(gateway))
    let received = 0
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
      socket.on('data', (chunk: Buffer) => (received += chunk.length))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      socket.write(OK.replace('/up/ok', '/up/close-after'))
    })
    const after = figuresOf(workerdOf(gateway))
    console.log({ received, before, after })
    expect(received).toBeGreaterThan(bytes * 0.9)
    expect(received).toBeLessThan(bytes * 1.1)
    expect(after.megabytes - before.megabytes).toBeLessThan(40)
    expect((await raw(gateway.url, OK)).body.toString()).toBe('ok')
  } finally {
    await stop()
  }
})
