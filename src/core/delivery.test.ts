import { expect, it } from 'vitest'
import { harness } from '../../test/worker/harness.ts'
import { run, step } from '../../test/worker/hooks.ts'

/** A policy that notes how each answer's body ended. */
const observed = (seen: unknown[]) =>
  step('meter', { finish: (_, exchange) => void seen.push(exchange.delivery) }, ['response-end'])

it('finish runs when the body has ended, with its bytes', async () => {
  const seen: unknown[] = []
  const { text } = await run({ policies: [observed(seen)], handle: () => new Response('héllo') })
  expect(text).toBe('héllo')
  expect(seen).toEqual([{ outcome: 'complete', bytes: 6 }])
})

it('finish does not run before the body has ended', async () => {
  const seen: unknown[] = []
  const { readable, writable } = new IdentityTransformStream()
  const one = harness({ policies: [observed(seen)], handle: () => new Response(readable) })
  const response = await one.fetch('/a')
  const writer = writable.getWriter()
  const reader = response.body!.getReader()
  void writer.write(new TextEncoder().encode('one'))
  await reader.read()
  expect(seen).toEqual([])
  void writer.close()
  await reader.read()
  await one.settled()
  expect(seen).toEqual([{ outcome: 'complete', bytes: 3 }])
})

it('finish runs when the client leaves, with the bytes handed on', async () => {
  const seen: unknown[] = []
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
  })
  const one = harness({ policies: [observed(seen)], handle: () => new Response(endless) })
  const response = await one.fetch('/a')
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  await one.settled()
  expect(seen).toEqual([{ outcome: 'cancelled', bytes: 10 }])
})

it('finish runs for an answer without a body', async () => {
  const seen: unknown[] = []
  await run({ policies: [observed(seen)], handle: () => new Response(null, { status: 204 }) })
  expect(seen).toEqual([{ outcome: 'complete', bytes: 0 }])
})

/** What is told of a client that leaves while the handler works. */
async function leaving(answered: Promise<Response>) {
  const seen: unknown[] = []
  const policies = [
    step(
      'meter',
      { finish: ({ status }, { delivery }) => void seen.push({ status, ...delivery }) },
      ['response-end'],
    ),
    step('closed', { request: () => answered, finish: () => void seen.push('closed') }),
    // not called, so not finished
    step('behind', { finish: () => void seen.push('behind') }),
  ]
  const one = harness({ policies })
  const client = new AbortController()
  const response = one.fetch('/a', { signal: client.signal })
  client.abort()
  await one.settled()
  return { ...one, seen, response }
}

it('finish runs with 499 for who was called when the client leaves before there is an answer', async () => {
  const { seen, logs } = await leaving(new Promise(() => undefined))
  expect(seen).toEqual([{ status: 499, outcome: 'cancelled', bytes: 0 }, 'closed'])
  expect(logs).toEqual([])
})

it('finish runs once, also when the answer comes after the client has left', async () => {
  const late = Promise.withResolvers<Response>()
  const { seen, settled, response } = await leaving(late.promise)
  late.resolve(new Response('late'))
  await response
  await settled()
  expect(seen).toHaveLength(2)
})
