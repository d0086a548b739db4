import { setTimeout as wait } from 'node:timers/promises'
import type { Access } from '../local/admin-note.ts'
import { UserError } from '../local/user-error.ts'

export type Json = Readonly<Record<string, unknown>>

/** The administration API of one gateway. */
export class AdminClient {
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
  }

  get(path: string): Promise<Json> {
    return this.request('GET', path)
  }

  /**
   * @param body an object becomes JSON, a text goes as it is
   * @throws UserError with what the gateway says
   */
  async request(method: string, path: string, body?: Json | string): Promise<Json> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#send(method, path, body)
      if (response.ok) return (response.status === 204 ? {} : await response.json()) as Json
      // only what cannot have been done is tried again: 503 comes before the work
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      if (response.status === 503 && attempt < ATTEMPTS_MAX && seconds <= 60) {
        await wait(seconds * 1000)
        continue
      }
      throw await refused(response, `${method} ${this.#access.url}${path}`)
    }
  }

  /** Every item of a list, page by page. */
  async *list(path: string, parameters: Json = {}): AsyncGenerator<Json> {
    let cursor: unknown = null
    do {
      const query = new URLSearchParams({ limit: '500' })
      for (const [name, value] of Object.entries({ ...parameters, cursor: cursor ?? undefined })) {
        if (value !== undefined) query.set(name, String(value))
      }
      const page = await this.get(`${path}?${query}`)
      yield* page['items'] as Json[]
      cursor = page['cursor']
    } while (cursor !== null)
  }

  async #send(method: string, path: string, body: Json | string | undefined): Promise<Response> {
    const { url, token } = this.#access
    const text = typeof body === 'object' ? JSON.stringify(body) : body
    try {
      return await fetch(url + path, {
        method,
        redirect: 'error',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(text !== undefined && { body: text }),
      })
    } catch (error) {
      const { cause } = error as { cause?: { code?: string; message?: string } }
      throw new UserError(
        `${url} cannot be reached: ${cause?.code ?? cause?.message ?? String(error)}.\nNothing was changed that was not acknowledged.\nStart the gateway with 'npx cardea dev', or check --url.`,
      )
    }
  }
}

const ATTEMPTS_MAX = 5

/** What the gateway refused, with the code of its problem. */
export class AdminError extends UserError {
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.code = code
  }
}

/** The three parts of an error text, from a problem (RFC 9457) where there is one. */
async function refused(response: Response, what: string): Promise<AdminError> {
  const { status } = response
  const problem = (await response.json().catch(() => ({}))) as Json
  const { title, detail, code, requestId } = problem
  const why = [title, detail].filter((part) => part !== undefined).join(' ')
  const hint = HINTS[String(code)] ?? `Request id: ${String(requestId ?? 'none')}.`
  const name = typeof code === 'string' ? code : undefined
  const said = `${what} answered ${status}${name === undefined ? '' : ` ${name}`}.`
  return new AdminError([said, why, hint].filter(Boolean).join('\n'), name)
}

const HINTS: Readonly<Record<string, string>> = {
  'token-invalid': 'Check CARDEA_TOKEN or --token: it is the token that the admin route asks for.',
  'token-missing': 'Check CARDEA_TOKEN or --token: it is the token that the admin route asks for.',
  'route-not-found': "Check --url: it ends where the route with the handler 'admin' is mounted.",
  'version-changed': 'Read it again, then change it.',
}
