import { setTimeout as wait } from 'node:timers/promises'
import type { Access } from '../local/admin-note.ts'
import { UserError } from '../local/user-error.ts'

export type Json = Readonly<Record<string, unknown>>

/** The administration API of one gateway. */
export class AdminClient {
  readonly #access: Access
  readonly #timeoutMs: number

  constructor(access: Access, timeoutMs = TIMEOUT_MS) {
    this.#access = access
    this.#timeoutMs = timeoutMs
  }

  get(path: string): Promise<Json> {
    return this.request('GET', path)
  }

  /**
   * @param body an object becomes JSON, a text goes as it is
   * @throws UserError with what the gateway says, or how the connection broke
   */
  async request(method: string, path: string, body?: Json | string): Promise<Json> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#send(method, path, body)
      if (response.ok) return response.status === 204 ? {} : this.#record(method, response)
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
      if (!Array.isArray(page['items'])) throw this.#stranger()
      yield* page['items'] as Json[]
      cursor = page['cursor'] ?? null
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
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
    } catch (error) {
      const { code } = (error as { cause?: { code?: string } }).cause ?? {}
      if (NEVER_SENT.has(code ?? '')) {
        throw new UserError(
          `${url} cannot be reached: ${code}.\nNothing was asked of it.\nStart the gateway with 'npx cardea dev', or check --url.`,
        )
      }
      throw this.#broken(method, error)
    }
  }

  async #record(method: string, response: Response): Promise<Json> {
    const text = await response.text().catch((error: unknown) => {
      throw this.#broken(method, error)
    })
    try {
      const value = JSON.parse(text) as unknown
      if (typeof value === 'object' && value !== null) return value as Json
    } catch {
      // told below
    }
    throw this.#stranger()
  }

  /** What was asked for may have been done: only a repeated question is harmless. */
  #broken(method: string, error: unknown): UserError {
    const { name, message, cause } = error as Error & {
      cause?: { code?: string; message?: string }
    }
    const isLate = name === 'TimeoutError'
    const why = cause?.code ?? cause?.message ?? message
    return new UserError(
      [
        isLate
          ? `${this.#access.url} did not answer within ${this.#timeoutMs / 1000} s.`
          : `The connection to ${this.#access.url} broke: ${why}.`,
        method === 'GET' ? 'Nothing was changed.' : 'Whether it was done is not known.',
        method === 'GET'
          ? 'Check the gateway and the network, then run the command again.'
          : "Look before you run it again, with 'npx cardea keys list' or 'consumers list'; revoke a key that was made and not shown.",
      ].join('\n'),
    )
  }

  #stranger(): UserError {
    return new UserError(
      `${this.#access.url} does not answer as the administration of a gateway does.\nSomething else may listen there, or stand in between.\nCheck --url: it ends where the route with the handler 'admin' is mounted.`,
    )
  }
}

/** Codes of connections that were never made. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Of one request with its answer; an import of 1,000 rows takes a second. */
const TIMEOUT_MS = 60_000

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
  const hint =
    HINTS[String(code)] ??
    (requestId === undefined
      ? "It is no problem that a gateway tells. Check --url: it ends where the route with the handler 'admin' is mounted."
      : `Look for request id ${String(requestId)} in the gateway's log.`)
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
