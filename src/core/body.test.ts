import { expect, it } from 'vitest'
import { echo, problemOf } from '../../test/worker/harness.ts'
import { run, step } from '../../test/worker/hooks.ts'

it('a body is read once, shared, and sent upstream as it was read', async () => {
  const read = step('reads', {
    async request(exchange) {
      const first = await exchange.body()
      expect(await exchange.body()).toBe(first)
      expect(new TextDecoder().decode(first)).toBe('hello')
    },
  })
  const { text } = await run({ policies: [read], handle: echo }, { method: 'POST', body: 'hello' })
  expect(JSON.parse(text)).toMatchObject({ body: 'hello' })
})

it('a body is refused with 413 at one byte more than the limit, and read at the limit', async () => {
  const setup = { policies: [reader], settings: { requestBodyBytesMax: 5 } }
  const post = (body: BodyInit) => run(setup, { method: 'POST', body })
  expect((await post('12345')).response.status).toBe(200)
  expect((await post('123456')).response.status).toBe(413)
})

it('counts a body of unknown length while it streams', async () => {
  const chunks = new ReadableStream({
    start(controller) {
      for (const chunk of ['1234', '5678']) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  const { response } = await run(
    { policies: [reader], settings: { requestBodyBytesMax: 5 } },
    { method: 'POST', body: chunks },
  )
  expect(await problemOf(response)).toMatchObject({ code: 'body-too-large', policy: 'reads' })
})

it('is empty without a body', async () => {
  const { text } = await run({ policies: [reader], handle: echo })
  expect(JSON.parse(text)).toMatchObject({ body: null })
})

/** A policy that reads the body. */
const reader = step('reads', {
  async request(exchange) {
    await exchange.body()
  },
})
