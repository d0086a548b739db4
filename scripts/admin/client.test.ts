import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AdminClient } from './client.ts'
import { exportFile } from './export.ts'

let server: Server
let url: string
let answer: RequestListener
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
})

const client = (timeoutMs?: number) => new AdminClient({ url, token: 't' }, timeoutMs)
const page = (items: readonly object[], cursor: string | null = null) =>
  JSON.stringify({ items, cursor })
/** The network goes in the middle of an answer. */
const cut: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': 500 })
  response.write('{"items":[', () => response.destroy())
}

describe('when the network goes in the middle of an answer', () => {
  it('says of a question that nothing was changed', async () => {
    answer = cut
    await expect(client().get('/keys')).rejects.toThrow(
      `The connection to ${url} broke: UND_ERR_SOCKET.\nNothing was changed.\nCheck the gateway and the network, then run the command again.`,
    )
  })

  it('says of a change that it may have been done, and how to see', async () => {
    answer = cut
    await expect(client().request('POST', '/consumers/a/keys', {})).rejects.toThrow(
      `The connection to ${url} broke: UND_ERR_SOCKET.\nWhether it was done is not known.\nLook before you run it again, with 'npx cardea keys list'`,
    )
  })

  it('keeps the last export whole, and puts a whole one in its place', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cardea-export-'))
    const file = join(folder, 'keys.ndjson')
    writeFileSync(file, 'old\n')
    let asked = 0
    answer = (request, response) => {
      if (asked++ === 0) response.end(page([{ id: 1 }], 'more'))
      else cut(request, response)
    }
    await expect(exportFile(client().list('/export'), file)).rejects.toThrow('broke')
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['old\n', ['keys.ndjson']])
    answer = (_, response) => void response.end(page([{ id: 1 }, { id: 2 }]))
    await exportFile(client().list('/export'), file)
    expect(readFileSync(file, 'utf8')).toBe('{"id":1}\n{"id":2}\n')
    expect([statSync(file).mode & 0o777, readdirSync(folder)]).toEqual([0o600, ['keys.ndjson']])
    rmSync(folder, { recursive: true })
  })
})

it('does not wait for ever', async () => {
  answer = () => undefined
  await expect(client(20).get('/keys')).rejects.toThrow(
    `${url} did not answer within 0.02 s.\nNothing was changed.`,
  )
})

it.each(['<html>', 'null', '{"items":7}'])(
  'tells that %s is no answer of a gateway',
  async (text) => {
    answer = (_, response) => void response.end(text)
    const items = client().list('/keys')[Symbol.asyncIterator]()
    await expect(items.next()).rejects.toThrow(
      `${url} does not answer as the administration of a gateway does.\n`,
    )
  },
)

it('tells a gateway that is not there from one that broke off', async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await expect(client().request('POST', '/consumers', {})).rejects.toThrow(
    `${url} cannot be reached: ECONNREFUSED.\nNothing was asked of it.\nStart the gateway with 'npx cardea dev', or check --url.`,
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
