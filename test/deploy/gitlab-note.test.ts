import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { repository } from '../harness/gateway.ts'

interface Note {
  readonly id: number
  body: string
  readonly author: { readonly username: string }
}

const notes: Note[] = []
let server: Server
let folder: string
let url: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cardea-note-'))
  server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { body = '' } = (
        chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}
      ) as { body?: string }
      const { pathname, searchParams } = new URL(request.url!, 'http://gitlab.test')
      const id = /^\/projects\/7\/merge_requests\/3\/notes(?:\/(\d+))?$/.exec(pathname)?.[1]
      const page = Number(searchParams.get('page') ?? 1)
      const isKnown = request.headers['private-token'] === 'glpat-1'
      response.statusCode = isKnown ? 200 : 401
      response.setHeader('x-next-page', page < notes.length ? String(page + 1) : '')
      if (request.method === 'POST') notes.push({ id: notes.length + 1, body, author: OURS })
      if (request.method === 'PUT') notes.find((one) => one.id === Number(id))!.body = body
      // one note on each page
      response.end(JSON.stringify(pathname === '/user' ? OURS : notes.slice(page - 1, page)))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
})
beforeEach(() => {
  notes.length = 0
})

const OURS = { username: 'project_7_bot' }
const MARK = '<!-- cardea-preview -->\n'

async function note(text: string, token = 'glpat-1') {
  const file = join(folder, 'comment.md')
  writeFileSync(file, text)
  const script = join(repository, 'scripts/deploy/gitlab-note.ts')
  const child = spawn(process.execPath, [script, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      CI_API_V4_URL: url,
      CI_PROJECT_ID: '7',
      CI_MERGE_REQUEST_IID: '3',
      COMMENT_TOKEN: token,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

it('comments once, and renews its own comment on every later push', async () => {
  const stranger = { username: 'eve' }
  notes.push(
    { id: 1, body: 'Looks good', author: stranger },
    { id: 2, body: `${MARK}quoted`, author: stranger },
  )
  expect(await note(`${MARK}first`)).toEqual({ code: 0, output: 'Commented.\n' })
  expect(await note(`${MARK}second`)).toEqual({ code: 0, output: 'Renewed the comment.\n' })
  expect(notes.map(({ body }) => body)).toEqual(['Looks good', `${MARK}quoted`, `${MARK}second`])
})

it('says what the token lacks, and nothing of the token', async () => {
  const { code, output } = await note(`${MARK}first`, 'wrong')
  expect([code, notes]).toEqual([1, []])
  expect(output).toBe(
    `GitLab answered 401 to GET ${url}/user.\nThe preview is there; only the comment is missing.\nCOMMENT_TOKEN has to be a project access token with the scope 'api' and the role Reporter or higher.\n`,
  )
})
