import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { askReadiness } from './ask-readiness.ts'

async function asked(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await askReadiness(`http://127.0.0.1:${port}/`, 'word')
  } finally {
    server.close()
  }
}

it('asks with the word, and gives back what does not start', async () => {
  const faults = [{ part: 'token', reason: 'the variable KEY is not set' }]
  expect(
    await asked(({ headers }, response) =>
      response.end(JSON.stringify({ faults: headers['cardea-check'] === 'word' ? faults : [] })),
    ),
  ).toEqual(faults)
})

it.each<[string, RequestListener]>([
  ['another answer', (_, response) => response.writeHead(404).end('{"status":404}')],
  ['no JSON', (_, response) => response.end('<html>')],
  [
    'an answer that breaks off',
    (_, response) => {
      response.write('{"faults":[')
      response.socket?.destroy()
    },
  ],
  [
    'an answer without end',
    (_, response) => {
      response.on('close', () => undefined)
      response.write('x'.repeat(2_000_000))
    },
  ],
  ['none', ({ socket }) => socket.destroy()],
])('knows nothing after %s', async (_, answer) => {
  expect(await asked(answer)).toBeUndefined()
})
