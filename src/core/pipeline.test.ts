import { describe, expect, it } from 'vitest'
import { harness, problemOf } from '../../test/worker/harness.ts'
import { run, step } from '../../test/worker/hooks.ts'
import { policy, type Step } from './gateway.ts'
import { definePolicy, type Hooks } from './policy.ts'
import { NotReady, problem, refuse } from './problem.ts'

/** A policy that notes each of its hooks in a list. */
function noting(name: string, notes: string[], more: Hooks = {}): Step<Hooks> {
  return step(name, {
    request: (exchange) => {
      notes.push(`> ${name}`)
      return more.request?.(exchange)
    },
    response: (response, exchange) => {
      notes.push(`< ${name}`)
      return more.response?.(response, exchange)
    },
    finish: () => {
      notes.push(`. ${name}`)
    },
  })
}

it('runs request hooks in listed order, response hooks in reverse, then finish hooks', async () => {
  const notes: string[] = []
  const policies = [noting('a', notes), noting('b', notes)]
  await run({ policies, handle: () => (notes.push('handler'), new Response('ok')) })
  expect(notes).toEqual(['> a', '> b', 'handler', '< b', '< a', '. a', '. b'])
})

it('sends a refusal back through the policies already passed, and finishes who was called', async () => {
  const notes: string[] = []
  const refusing = { request: () => new Response('no', { status: 403 }) }
  const policies = [noting('a', notes), noting('b', notes, refusing), noting('c', notes)]
  const { response } = await run({ policies })
  expect(response.status).toBe(403)
  expect(notes).toEqual(['> a', '> b', '< a', '. a', '. b'])
})

it('lets a response hook replace the response, and the next one edit the replacement', async () => {
  const policies = [
    step('outer', { response: ({ headers }) => headers.set('x-outer', '1') }),
    step('inner', { response: () => Response.redirect('http://other.test/', 302) }),
  ]
  const { response } = await run({ policies })
  expect(response.status).toBe(302)
  expect(response.headers.get('x-outer')).toBe('1')
})

it('lets hooks edit the headers of a fetched response, and keeps repeated ones', async () => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ])
  const frozen = Object.freeze(new Response('ok', { headers }))
  const policies = [
    step('a', { response: (response) => response.headers.append('set-cookie', 'c=3') }),
  ]
  const { response } = await run({ policies, handle: () => frozen })
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2', 'c=3'])
})

it('leaves the response object alone when no policy changes responses', async () => {
  const answer = new Response('ok')
  const { fetch } = harness({
    policies: [step('a', { request: () => undefined })],
    handle: () => answer,
  })
  expect(await fetch('/a')).toBe(answer)
})

describe('is closed on error', () => {
  const internal = { type: 'about:blank', code: 'internal-error', status: 500 }

  it.each([
    ['throws', () => Promise.reject(new Error('secret detail'))],
    [
      'throws at once',
      (): never => {
        throw new Error('secret detail')
      },
    ],
    [
      'throws no error',
      (): never => {
        // oxlint-disable-next-line no-throw-literal
        throw 'secret detail'
      },
    ],
  ])(
    'a request hook that %s answers 500 without detail, and nothing goes further',
    async (_, request) => {
      let isReached = false
      const { response, text, logs } = await run({
        policies: [step('guard', { request })],
        handle: () => ((isReached = true), new Response('ok')),
      })
      expect(isReached).toBe(false)
      expect(text).not.toContain('secret')
      expect(await problemOf(response)).toMatchObject({ ...internal, policy: 'guard' })
      expect(logs).toMatchObject([
        { level: 'error', event: 'failed', step: 'guard', route: 'test' },
      ])
      expect(JSON.stringify(logs)).toContain('secret detail')
    },
  )

  it('a response hook that throws does not leak the response that it was checking', async () => {
    let isCancelled = false
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('leaked')),
      cancel: () => void (isCancelled = true),
    })
    const fail = () => Promise.reject(new Error('no'))
    const { response, text } = await run({
      policies: [step('check', { response: fail })],
      handle: () => new Response(body, { headers: { 'x-leaked': '1' } }),
    })
    expect(response.headers.has('x-leaked')).toBe(false)
    expect(text).not.toContain('leaked')
    expect(await problemOf(response)).toMatchObject(internal)
    expect(isCancelled).toBe(true)
  })

  it('a handler that throws answers 500, and outer policies still see the answer', async () => {
    const { response } = await run({
      policies: [step('cors', { response: ({ headers }) => headers.set('vary', 'origin') })],
      handle: () => Promise.reject(new Error('no')),
    })
    expect(response.status).toBe(500)
    expect(response.headers.get('vary')).toBe('origin')
    expect(await problemOf(response)).not.toHaveProperty('policy')
  })

  it('a finish hook that throws is logged and keeps the others from nothing', async () => {
    const notes: string[] = []
    const policies = [
      step('bad', { finish: () => Promise.reject(new Error('no')) }),
      noting('good', notes),
    ]
    const { response, logs } = await run({ policies })
    expect(response.status).toBe(200)
    expect(notes).toContain('. good')
    expect(logs).toMatchObject([{ event: 'failed', step: 'bad' }])
  })

  it('a policy that cannot start refuses with 503 in its place, behind those before it', async () => {
    const broken = policy(
      'broken',
      definePolicy({
        summary: 'broken',
        options: {},
        setup(): Hooks {
          throw new NotReady('the token is too short')
        },
      }),
      {},
    )
    const outer = step('outer', { response: ({ headers }) => headers.set('x-outer', '1') })
    const { response, text, logs } = await run({ policies: [outer, broken] })
    expect(response.status).toBe(503)
    expect(response.headers.get('x-outer')).toBe('1')
    expect(text).not.toContain('token')
    expect(logs[0]).toMatchObject({ error: 'NotReady: the token is too short' })
  })

  it('a variable that is not set refuses with 503 instead of passing its name on', async () => {
    const needing = policy(
      'needing',
      definePolicy({ summary: '', options: {}, setup: () => ({}) }),
      {
        token: '$env.MISSING',
      } as never,
    )
    const { response } = await run({ policies: [needing] })
    expect(await problemOf(response)).toMatchObject({ code: 'not-ready', policy: 'needing' })
  })
})

it('answers a refusal thrown from deep inside as it is', async () => {
  const policies = [step('deep', { request: (exchange) => refuse(exchange, 'address-denied') })]
  const { response, logs } = await run({ policies })
  expect(await problemOf(response)).toEqual({
    type: 'about:blank',
    title: 'Requests from this address are not accepted.',
    status: 403,
    code: 'address-denied',
    policy: 'deep',
  })
  expect(logs).toEqual([])
})

it('does not name policies when told not to, and puts problemBase before the code', async () => {
  const { response } = await run({
    policies: [step('deep', { request: (exchange) => problem(exchange, 'address-denied') })],
    settings: { discloseNames: false, problemBase: 'https://errors.test/' },
  })
  const answer = await problemOf(response)
  expect(answer).not.toHaveProperty('policy')
  expect(answer['type']).toBe('https://errors.test/address-denied')
})

it('puts the same request id on the problem, its header and the log line', async () => {
  const { response, text, logs } = await run({ handle: () => Promise.reject(new Error('no')) })
  const { requestId } = JSON.parse(text) as { requestId: string }
  expect(response.headers.get('x-request-id')).toBe(requestId)
  expect(logs).toMatchObject([{ request: requestId }])
})

it('logs route and path and never the query', async () => {
  const { fetch, logs } = harness({ handle: () => Promise.reject(new Error('no')) })
  await fetch('/a?token=hidden')
  expect(logs).toMatchObject([{ route: 'test', path: '/a' }])
  expect(JSON.stringify(logs)).not.toContain('hidden')
})
