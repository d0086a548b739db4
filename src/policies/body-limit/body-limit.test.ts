import { expect, it } from 'vitest'
import { echo, harness, problemOf } from '../../../test/worker/harness.ts'
import { policy } from '../../core/gateway.ts'
import type { Handle } from '../../core/handler.ts'
import type { Hooks } from '../../core/policy.ts'
import bodyLimit from './body-limit.ts'

const small = policy('small', bodyLimit, { limit: 8 })

const tooLarge = {
  type: 'about:blank',
  title: 'The request body is too large.',
  status: 413,
  code: 'body-too-large',
  policy: 'small',
  detail: 'At most 8 bytes are accepted.',
}

/** Sent chunk by chunk, so its length is not announced. */
function streamed(...chunks: readonly string[]): RequestInit {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  return { method: 'POST', body }
}

const announced = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-length': String(body.length) },
})

it.each([
  ['announced', announced('12345678')],
  ['streamed in one piece', streamed('12345678')],
  ['streamed in pieces', streamed('1234', '5678')],
])('passes a body of exactly the limit, %s', async (_, init) => {
  const { fetch } = harness({ policies: [small], handle: echo })
  expect(await (await fetch('/a', init)).json()).toMatchObject({ body: '12345678' })
})

it.each([
  ['announced', announced('123456789')],
  ['streamed in one piece', streamed('123456789')],
  ['streamed in pieces', streamed('1234', '5678', '9')],
])('refuses one byte more, %s', async (_, init) => {
  const { fetch } = harness({ policies: [small], handle: echo })
  const response = await fetch('/a', init)
  expect(response.status).toBe(413)
  expect(await problemOf(response)).toEqual(tooLarge)
})

it('reads nothing of a body that announces too much', async () => {
  const reached: string[] = []
  const { fetch } = harness({
    policies: [small],
    handle: () => {
      reached.push('handler')
      return new Response('ok')
    },
  })
  expect((await fetch('/a', announced('123456789'))).status).toBe(413)
  expect(reached).toEqual([])
})

it('leaves an announced body alone: the stream that arrived goes upstream, uncounted', async () => {
  const handle: Handle = ({ request, upstreamRequest }) =>
    Response.json(request.body === upstreamRequest.body)
  const { fetch } = harness({ policies: [small], handle })
  expect(await (await fetch('/a', announced('1234'))).json()).toBe(true)
})

it('passes a request without a body', async () => {
  const { fetch } = harness({ policies: [small], handle: echo })
  expect((await fetch('/a')).status).toBe(200)
})

it('answers 413 also when the handler makes an answer of its own out of the failure', async () => {
  const handle: Handle = async ({ upstreamRequest }) => {
    const text = await new Response(upstreamRequest.body).text().catch(() => 'swallowed')
    return new Response(text)
  }
  const { fetch } = harness({ policies: [small], handle })
  const response = await fetch('/a', streamed('12345678', '9'))
  expect(await problemOf(response)).toEqual(tooLarge)
})

it('answers 413 when a policy behind it reads the body', async () => {
  const reader = {
    name: 'reader',
    observesEnd: false,
    start: (): Hooks => ({ request: async (exchange) => void (await exchange.body()) }),
  }
  const { fetch } = harness({ policies: [small, reader], handle: echo })
  expect(await problemOf(await fetch('/a', streamed('12345678', '9')))).toEqual(tooLarge)
  expect((await fetch('/a', streamed('1234', '5678'))).status).toBe(200)
})

it.each([
  ['read', 'ü'.repeat(5), 413],
  ['read', 'ü'.repeat(4), 200],
])('counts the bytes of a body that a policy before it has %s: %s', async (_, body, status) => {
  const writer = {
    name: 'writer',
    observesEnd: false,
    start: (): Hooks => ({
      async request(exchange) {
        await exchange.body()
        exchange.upstreamRequest.body = body
      },
    }),
  }
  const { fetch } = harness({ policies: [writer, small], handle: echo })
  expect((await fetch('/a', streamed('1234'))).status).toBe(status)
})

it('does not believe the length that a dispatching part announces', async () => {
  const handle: Handle = async (exchange) => {
    if (exchange.path === '/inner') return echo(exchange)
    const { body } = streamed('12345678', '9')
    const headers = { 'content-length': '1' }
    return exchange.dispatch(
      new Request('http://gateway.test/inner', { method: 'POST', body: body!, headers }),
    )
  }
  const { fetch } = harness({ policies: [small], handle })
  expect((await fetch('/outer')).status).toBe(413)
})
