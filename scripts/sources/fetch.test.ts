import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { UserError } from '../local/user-error.ts'
import { fetchDocument, type FetchOptions, MissingError } from './fetch.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`)
}

const http = { allowHttp: true }
const refused = async (url: URL, options: FetchOptions = http): Promise<string> => {
  const error: unknown = await fetchDocument(url, options).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UserError)
  const { message } = error as Error
  // every text has what is wrong, why, and what to do next
  expect(message.split('\n')).toHaveLength(3)
  return message
}

describe('over http, where it is allowed', () => {
  it('gives the bytes and where they were found, and asks for YAML or JSON', async () => {
    let accept: string | undefined
    const url = await serve((request, response) => {
      accept = request.headers.accept
      if (request.url === '/openapi.json')
        response.writeHead(302, { location: '/v2.json?a=b' }).end()
      else response.end(`{"at": "${request.url}"}`)
    })
    const { bytes, url: found } = await fetchDocument(url, http)
    expect(bytes.toString()).toBe('{"at": "/v2.json?a=b"}')
    expect(found.pathname + found.search).toBe('/v2.json?a=b')
    expect(accept).toContain('application/json')
  })

  it('follows five redirects and not a sixth', async () => {
    const hops = (count: number) =>
      serve((request, response) => {
        const at = Number(request.url!.slice(1)) || 0
        if (at < count) response.writeHead(307, { location: `/${at + 1}` }).end()
        else response.end('{}')
      })
    expect((await fetchDocument(await hops(5), http)).bytes.toString()).toBe('{}')
    expect(await refused(await hops(6))).toContain('redirected more than 5 times')
  })

  it('sends headers to the first origin only', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end('{}')
    })
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: other.href }).end()
    })
    await fetchDocument(first, { ...http, headers: { authorization: 'secret' } })
    expect(seen).toEqual(['secret', undefined])
  })

  it('stops at the limit of bytes, also of what was compressed', async () => {
    const zeros = Buffer.alloc(3 * 1024 * 1024)
    const url = await serve((request, response) => {
      if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip')
      response.end(request.url === '/gzip' ? gzipSync(zeros) : zeros)
    })
    const options = { ...http, bytesMax: 1024 * 1024 }
    expect(await refused(url, options)).toContain('is larger than 1 MiB')
    expect(await refused(new URL('/gzip', url), options)).toContain('is larger than 1 MiB')
    const { bytes } = await fetchDocument(url, { ...http, bytesMax: zeros.length })
    expect(bytes.equals(zeros)).toBe(true)
  })

  it('gives up on a server that does not answer, or stops in the middle', async () => {
    const silent = await serve(() => undefined)
    expect(await refused(silent, { ...http, timeoutMs: 50 })).toContain(
      'took longer than 0.05 seconds',
    )
    const stuck = await serve((_, response) => void response.write('{'))
    expect(await refused(stuck, { ...http, timeoutMs: 50 })).toContain(
      'took longer than 0.05 seconds',
    )
  })

  it('gives up on a server that sends a little now and then', async () => {
    const dripping = await serve((request, response) => {
      const drip = setInterval(() => response.write('{'), 5)
      request.socket.once('close', () => clearInterval(drip))
    })
    expect(await refused(dripping, { ...http, timeoutMs: 60 })).toContain(
      'took longer than 0.06 seconds',
    )
  })

  it('gives up on redirects that each come in time and together do not', async () => {
    const url = await serve((request, response) => {
      const at = Number(request.url!.slice(1)) || 0
      setTimeout(() => response.writeHead(302, { location: `/${at + 1}` }).end(), 30)
    })
    expect(await refused(url, { ...http, timeoutMs: 60 })).toContain(
      'took longer than 0.06 seconds',
    )
  })

  it('stops at the limit when an answer is compressed twice, and before it is read when it says so', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)))
    expect(bomb.byteLength).toBeLessThan(2048)
    const url = await serve((request, response) => {
      if (request.url === '/openapi.json') {
        response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(bomb)
      } else response.writeHead(200, { 'content-length': '99999999999' }).flushHeaders()
    })
    const options = { ...http, bytesMax: 1024 * 1024 }
    expect(await refused(url, options)).toContain('is larger than 1 MiB')
    expect(await refused(new URL('/long', url), options)).toContain('is larger than 1 MiB')
  })

  it('asks for an answer that is not compressed, and refuses one that only says so', async () => {
    let asked: string | undefined
    const url = await serve((request, response) => {
      asked = request.headers['accept-encoding'] as string
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('{}')
    })
    expect(await refused(url)).toContain('cannot be fetched')
    expect(asked).toBe('identity')
  })

  it('takes no more than a length that is too small says', async () => {
    const raw = createTcpServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{"more": 1}')
    }).listen(0, '127.0.0.1')
    await new Promise((done) => raw.once('listening', done))
    closing.push(() => raw.close())
    const url = new URL(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/`)
    expect((await fetchDocument(url, http)).bytes.toString()).toBe('{}')
  })

  it.each(['http://user:secret@a.example/', 'http://[', 'https://'])(
    'is not redirected to %s, and repeats no password',
    async (location) => {
      const url = await serve((_, response) => void response.writeHead(302, { location }).end())
      const text = await refused(url)
      expect(text).toContain(`${url.href} is redirected to `)
      expect(text).not.toContain('secret')
    },
  )

  it('refuses half a document when the connection is cut', async () => {
    const cut = (headers: Record<string, string>) =>
      serve((_, response) => {
        response.writeHead(200, headers)
        response.write('{"openapi": "3.1.0"}', () => response.destroy())
      })
    expect(await refused(await cut({}))).toContain('cannot be fetched')
    expect(await refused(await cut({ 'content-length': '1000' }))).toContain('cannot be fetched')
  })

  it.each([
    [401, 'It wants credentials'],
    [403, 'The credentials do not suffice'],
    [429, 'Wait a while'],
    [500, 'Run the command again later'],
    [304, 'Run the command again later'],
  ])('refuses an answer of %i', async (status, hint) => {
    const url = await serve((_, response) => void response.writeHead(status).end('{}'))
    const text = await refused(url)
    expect(text).toContain(`answered ${status}`)
    expect(text).toContain(hint)
  })

  it('tells a document that is not there from other failures', async () => {
    for (const status of [404, 410]) {
      const url = await serve((_, response) => void response.writeHead(status).end())
      await expect(fetchDocument(url, http)).rejects.toThrow(MissingError)
    }
  })

  it('says which host cannot be reached', async () => {
    const url = await serve(() => undefined)
    for (const close of closing.splice(0)) await close()
    expect(await refused(url)).toContain(`${url.href} cannot be fetched: ECONNREFUSED`)
  })
})

describe('https', () => {
  const answer = (location?: string) =>
    location === undefined
      ? new Response('{}')
      : new Response(null, { status: 302, headers: { location } })

  it('is needed unless http is allowed', async () => {
    const fetch = () => Promise.reject(new Error('fetched'))
    expect(await refused(new URL('http://a.example/x'), { allowHttp: false, fetch })).toContain(
      'http://a.example/x is not https.',
    )
  })

  it('never becomes http, or a file, by a redirect', async () => {
    for (const to of ['http://a.example/', 'file:///etc/passwd', 'data:,x']) {
      const fetch = () => Promise.resolve(answer(to))
      const text = await refused(new URL('https://a.example/x'), { allowHttp: true, fetch })
      expect(text).toContain('https://a.example/x is redirected to it.')
    }
  })

  it('is where http may be redirected to', async () => {
    const fetch = (url: URL) =>
      Promise.resolve(answer(url.protocol === 'http:' ? 'https://b.example/' : undefined))
    const { url } = await fetchDocument(new URL('http://a.example/x'), { allowHttp: true, fetch })
    expect(url.href).toBe('https://b.example/')
  })
})

describe('a certificate', () => {
  const fixtures = join(import.meta.dirname, '../../test/fixtures/tls')
  const own = readFileSync(join(fixtures, 'own.cert.pem'), 'utf8')
  const trusted = tls.getCACertificates('default')
  afterEach(() => tls.setDefaultCACertificates(trusted))

  async function serveTls(): Promise<URL> {
    const key = readFileSync(join(fixtures, 'own.key.pem'))
    const server = createTlsServer({ cert: own, key }, (_, response) => void response.end('{}'))
    server.listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    closing.push(() => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    })
    return new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  }

  it('that nobody vouches for is refused, and the way to trust it is told', async () => {
    const text = await refused(await serveTls(), { allowHttp: false })
    expect(text).toContain('cannot be fetched: DEPTH_ZERO_SELF_SIGNED_CERT.')
    expect(text).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('of a trusted authority is taken for its own name and no other', async () => {
    tls.setDefaultCACertificates([own])
    const url = await serveTls()
    expect((await fetchDocument(url, { allowHttp: false })).bytes.toString()).toBe('{}')
    url.hostname = 'localhost'
    expect(await refused(url, { allowHttp: false })).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
  })
})

describe('a file', () => {
  it('is read within the same limit, and a missing one is told from one that cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cardea-fetch-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'a.json'), '{}'.padEnd(2000))
    const url = pathToFileURL(join(folder, 'a.json'))
    expect((await fetchDocument(url, { allowHttp: false })).bytes).toHaveLength(2000)
    expect(await refused(url, { allowHttp: false, bytesMax: 1999 })).toContain('is larger than')
    expect(await refused(pathToFileURL(folder))).toContain('it is not a regular file')
    await expect(fetchDocument(pathToFileURL(join(folder, 'b')), http)).rejects.toThrow(
      MissingError,
    )
  })
})
