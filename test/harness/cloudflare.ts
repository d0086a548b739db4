import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Account, answer, type Reply } from './cloudflare-api.ts'

/** One call of the API as it arrived. */
export interface Call {
  readonly method: string
  /** Below the base, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly token: string | undefined
  readonly json: unknown
  /** Of a multipart upload. */
  readonly form: Form | undefined
}

export interface Form {
  readonly metadata: Readonly<Record<string, unknown>>
  /** Name → type and text. */
  readonly modules: Readonly<Record<string, { readonly type: string; readonly text: string }>>
}

/** What goes wrong with a call: an answer in place of the real one, or a cut connection. */
export type Fault = Reply | 'cut' | 'hang'

export interface Cloudflare {
  /** For `CLOUDFLARE_API_BASE_URL`. */
  readonly url: string
  readonly token: string
  readonly account: Account
  readonly calls: Call[]
  /** Decides over calls before they are answered; undefined is no fault. */
  fault: ((call: Call) => Fault | undefined) | undefined
  /** Resolves when a call that matches has arrived. */
  seen(matches: (call: Call) => boolean): Promise<void>
  /** Environment of the programs under test: this API, this account, a home without a login. */
  environment(home: string): Record<string, string>
  stop(): Promise<void>
}

/** The part of Cloudflare's API that deploying uses, in memory, on a free loopback port. */
export async function startCloudflare(): Promise<Cloudflare> {
  const token = `token-${randomUUID()}`
  const account: Account = {
    id: createHash('md5').update('account').digest('hex'),
    subdomain: 'acme',
    workers: new Map(),
    namespaces: new Map(),
    clock: Date.parse('2026-11-20T12:00:00Z'),
  }
  const calls: Call[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => undefined)
    const call = await callOf(request).catch(() => undefined)
    if (call === undefined) return
    calls.push(call)
    for (const look of waiting) look()
    const fault = cloudflare.fault?.(call)
    if (fault === 'hang') return
    if (fault === 'cut') return void request.socket.destroy()
    const isKnown = call.token === token
    send(response, fault ?? (isKnown ? answer(account, call) : UNAUTHENTICATED))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`
  const cloudflare: Cloudflare = {
    url,
    token,
    account,
    calls,
    fault: undefined,
    seen: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          if (!calls.some(matches)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    environment: (home) => ({
      CLOUDFLARE_API_BASE_URL: url,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: account.id,
      HOME: home,
      XDG_CONFIG_HOME: home,
    }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return cloudflare
}

const UNAUTHENTICATED: Reply = {
  status: 401,
  errors: [{ code: 10_000, message: 'Authentication error' }],
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { pathname, searchParams } = new URL(request.url!, 'http://api.test')
  const type = request.headers['content-type'] ?? ''
  return {
    method: request.method!,
    path: pathname.replace(/^\/client\/v4/, ''),
    query: searchParams,
    token: request.headers.authorization?.replace(/^Bearer /, ''),
    json: type.includes('json') ? JSON.parse(body.toString()) : undefined,
    form: type.startsWith('multipart/') ? await formOf(body, type) : undefined,
  }
}

async function formOf(body: Buffer, type: string): Promise<Form> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData()
  const modules: Record<string, { type: string; text: string }> = {}
  for (const [field, value] of form) {
    if (typeof value === 'string') continue
    // wrangler's two uploads name modules differently: by field, and by file
    modules[field === 'files' ? value.name : field] = { type: value.type, text: await value.text() }
  }
  return { metadata: JSON.parse(form.get('metadata') as string) as Form['metadata'], modules }
}

function send(response: ServerResponse, { status, result, errors, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  const success = errors === undefined
  const list = Array.isArray(result) ? { total_count: result.length } : undefined
  response.end(
    JSON.stringify({
      success,
      errors: errors ?? [],
      messages: [],
      result: result ?? null,
      ...(list && { result_info: { ...list, page: 1, per_page: 100, count: list.total_count } }),
    }),
  )
}
