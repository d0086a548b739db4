import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startGateway } from '../harness/gateway.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'
import { shop } from './validated-shop.ts'

let upstream: Upstream
let gateway: Running

const answers: Readonly<Record<string, unknown>> = {
  good: { id: 1, name: 'Ada' },
  bad: { id: 'my secret', name: 'Ada' },
  leaking: { id: 1, name: 'Ada', secret: 'my secret' },
}

beforeAll(async () => {
  upstream = await startUpstream(({ target, body }, response) => {
    const kind = /^\/answers\/(\w+)/.exec(target)?.[1]
    if (kind === undefined) return response.end(body)
    const text = JSON.stringify(answers[kind])
    const isPacked = target.endsWith('-packed')
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(isPacked && { 'content-encoding': 'gzip' }),
    })
    return response.end(isPacked ? gzipSync(text) : text)
  })
  gateway = await startGateway(shop, { upstream: upstream.url })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
})

interface Found {
  readonly status: number
  /** `in name pointer keyword` of each error, or the body where there are none. */
  readonly text: string
}

async function send(path: string, init: RequestInit = {}): Promise<Found> {
  const response = await fetch(gateway.url + path, { redirect: 'manual', ...init })
  const text = await response.text()
  if (response.status === 200) return { status: 200, text }
  const { code, errors } = JSON.parse(text) as {
    readonly code: string
    readonly errors?: readonly Readonly<Record<string, string>>[]
  }
  const told = errors?.map(({ in: place, name, pointer, keyword }) =>
    [place, name, pointer, keyword].filter(Boolean).join(' '),
  )
  return { status: response.status, text: told?.join('; ') ?? code }
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  send(path, { headers: { cookie: 'session=abcd', ...headers } })

const post = (path: string, type: string, body: NonNullable<RequestInit['body']>) =>
  send(path, { method: 'POST', body, headers: { 'content-type': type } })

describe('parameters', () => {
  it.each([
    ['/orders/7/;kind=small;kind=large?page=9&filter[since]=2026-11-20&filter[paid]=true', {}],
    ['/orders/7/;kind=small', { 'x-tags': '1, 2,3' }],
    ['/orders/7/;kind=small?filter%5Bpaid%5D=false', { cookie: 'a=1; session=wxyz; b=2' }],
  ])('passes %s', async (path, headers) => {
    expect((await get(path, headers)).status).toBe(200)
  })

  it.each([
    ['/orders/0/;kind=small', {}, 'path id minimum'],
    ['/orders/x/;kind=huge', {}, 'path id type; path kind /0 enum'],
    ['/orders/1/small', {}, 'path kind style'],
    ['/orders/1/;kind=small?page=10&page=1', {}, 'query page repeated'],
    ['/orders/1/;kind=small?page=1%', {}, 'query encoding'],
    ['/orders/1/;kind=small?filter[paid]=yes', {}, 'query filter /paid type'],
    [
      '/orders/1/;kind=small?filter[__proto__]=1',
      {},
      'query filter /__proto__ additionalProperties',
    ],
    ['/orders/1/;kind=small?filter[since][x]=1', {}, 'query filter style'],
    ['/orders/1/;kind=small?debug=1&utm[a]=1', {}, 'query debug unknown; query utm[a] unknown'],
    ['/orders/1/;kind=small', { 'x-tags': '1,b' }, 'header X-Tags /1 type'],
    ['/orders/1/;kind=small', { cookie: 'session=abc' }, 'cookie session minLength'],
    ['/orders/1/;kind=small', { cookie: 'a=b' }, 'cookie session required'],
  ])('refuses %s %o', async (path, headers, errors) => {
    expect(await get(path, headers)).toEqual({ status: 400, text: errors })
  })
})

describe('bodies', () => {
  const form = 'application/x-www-form-urlencoded'

  it('passes what is described, byte for byte', async () => {
    const json = '{ "children": [ {"children":[]} , {} ] }'
    expect(await post('/trees', 'application/json', json)).toEqual({ status: 200, text: json })
    expect(await post('/trees', 'application/a+json', json)).toEqual({ status: 200, text: json })
    expect((await post('/forms', form, 'name=a+b&age=3&secret=s&tags=1&tags=2')).status).toBe(200)
    expect((await post('/forms', 'text/plain', '12345678')).status).toBe(200)
    expect((await post('/forms', 'image/png', new Uint8Array(5000))).status).toBe(200)
    const data = new FormData()
    for (const [name, value] of Object.entries({ name: 'a', secret: 's', age: '7' })) {
      data.append(name, value)
    }
    data.append('photo', new Blob([new Uint8Array(100)], { type: 'image/png' }), 'p "1".png')
    expect((await send('/forms', { method: 'POST', body: data })).status).toBe(200)
  })

  it.each([
    [
      '/trees',
      'application/json',
      '{"children":[{"other":1}]}',
      'body /children/0/other additionalProperties',
    ],
    ['/trees', 'application/json', '{"children":[],"children":[]}', 'body duplicate'],
    [
      '/trees',
      'application/json',
      `${'{"children":['.repeat(100)}${']}'.repeat(100)}`,
      'body depth',
    ],
    ['/forms', form, 'name=&secret=s&id=1', 'body /id readOnly; body /name minLength'],
    ['/forms', form, 'name=a&name=b', 'body /name repeated'],
    ['/forms', form, 'name=a&secret=s&__proto__=1', 'body /__proto__ additionalProperties'],
    ['/forms', 'text/plain', '123456789', 'body maxLength'],
    ['/forms', 'multipart/form-data; boundary=x', '--y\r\n', 'body multipart'],
    ['/forms', form, '', 'body required'],
    ['/points', 'application/json', '{"x":"1"}', 'body /x type'],
  ])('refuses at %s %s %j', async (path, type, body, errors) => {
    expect(await post(path, type, body)).toEqual({ status: 400, text: errors })
  })

  const json = '{"at":1}'
  it.each([
    ['application/jsonl', `${json}\n\n${json}\r\n`, 200, 'same'],
    [
      'application/jsonl',
      `${json}\n{"at":0}\n{"at":1,"id":2}`,
      400,
      'body /1/at minimum; body /2/id readOnly',
    ],
    ['application/jsonl', `${json}\n{"at":1,"at":2}`, 400, 'body /1 duplicate'],
    ['application/jsonl; charset=utf-16', json, 400, 'body encoding'],
    ['application/json-seq', `\u001e${json}\n`, 200, 'same'],
    ['application/json-seq', `\u001e${json}`, 400, 'body sequence'],
    ['application/json-seq', `\u001e${json}\n`.repeat(3), 400, 'body maxItems'],
    ['text/event-stream', 'event: start\ndata: 1\n\n: hello\n\n', 200, 'same'],
    [
      'text/event-stream',
      'event: go\nretry: 10\ndata:\ndata:\n\n',
      400,
      'body /0/event enum; body /0/retry maximum',
    ],
  ])('checks each item of %s %j', async (type, body, status, text) => {
    const found = await post('/readings', type, body)
    expect(found).toEqual({ status, text: text === 'same' ? body : text })
  })

  it('refuses a media type, an encoding and a size with a problem of their own', async () => {
    expect(await post('/forms', 'application/xml', '<a/>')).toEqual({
      status: 415,
      text: 'media-type-unsupported',
    })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect(await send('/trees', { method: 'POST', body: gzipSync('{}'), headers })).toEqual({
      status: 415,
      text: 'encoding-unsupported',
    })
    expect(await post('/trees', 'application/json', ' '.repeat(1_048_577))).toEqual({
      status: 413,
      text: 'body-too-large',
    })
  })

  it('reports, counts and passes where it is told to', async () => {
    expect((await post('/watched?page=x', 'application/json', '{"id":1}')).status).toBe(200)
    await gateway.printed(/"event":"request-invalid".*"in":"query","name":"page".*"times":1/)
    await gateway.printed(/"in":"body","pointer":"","keyword":"required","times":1/)
  })

  it('has nothing to say on a path that is open for every method', async () => {
    expect((await post('/anything/at/all?x=%', 'application/json', '{')).status).toBe(200)
  })
})

describe('answers, by a policy of gateway.json', () => {
  it.each(['good', 'good-packed'])('passes %s', async (kind) => {
    const found = await send(`/answers/${kind}`)
    expect(found).toEqual({ status: 200, text: JSON.stringify(answers['good']) })
  })

  it.each(['bad', 'bad-packed', 'leaking'])('turns %s into 502', async (kind) => {
    expect(await send(`/answers/${kind}`)).toEqual({ status: 502, text: 'response-invalid' })
    expect(gateway.output()).not.toContain('my secret')
  })

  it('leaves what no route matches to the gateway', async () => {
    expect(await send('/nowhere')).toEqual({ status: 404, text: 'route-not-found' })
  })
})
