import { UserError } from '../local/user-error.ts'

/** Who we are at Cloudflare, as headers; `apiToken` covers tokens and wrangler's own login. */
export type Credentials =
  { readonly apiToken: string } | { readonly apiKey: string; readonly email: string }

/** A refusal of Cloudflare's API, told for a person. */
export class ApiError extends UserError {
  readonly status: number
  readonly codes: readonly number[]

  constructor(message: string, status: number, codes: readonly number[]) {
    super(message)
    this.status = status
    this.codes = codes
  }
}

/** The few calls that wrangler has no command for, or that would cost a start of it each. */
export class Api {
  readonly #credentials: Credentials

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /**
   * Tries again on 429, on 5xx and when the network fails: every call made here may be made twice.
   *
   * @param path below the API's base, beginning with `/`
   * @throws ApiError, or UserError when Cloudflare cannot be reached
   */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { result } = await this.#envelope<T>(method, path, body)
    return result
  }

  /** Like `request`; undefined for what does not exist. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.request<T>('GET', path)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  /** All pages of a list; none when what it belongs to does not exist. */
  async list<T>(path: string): Promise<readonly T[]> {
    const items: T[] = []
    for (let page = 1; page <= PAGES_MAX; page++) {
      const query = `${path.includes('?') ? '&' : '?'}page=${page}&per_page=${PAGE_SIZE}`
      const envelope = await this.#envelope<readonly T[]>('GET', path + query).catch(absent)
      items.push(...(envelope?.result ?? []))
      const total = envelope?.result_info?.total_count ?? items.length
      if (items.length >= total || envelope?.result.length === 0) break
    }
    return items
  }

  async #envelope<T>(method: string, path: string, body?: unknown): Promise<Envelope<T>> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once<T>(method, path, body).catch((error: unknown) => {
        if (attempt < ATTEMPTS_MAX) return undefined
        throw unreachable(error)
      })
      if (answer?.envelope?.success) return answer.envelope
      const isPassing = answer === undefined || answer.status === 429 || answer.status >= 500
      if (!isPassing || attempt >= ATTEMPTS_MAX) throw refused(method, path, answer!)
      await wait(Math.min(answer?.retryAfterMs ?? 500 * 2 ** (attempt - 1), WAIT_MS_MAX))
    }
  }

  async #once<T>(method: string, path: string, body: unknown): Promise<Answer<T>> {
    const response = await fetch(baseUrl() + path, {
      method,
      headers: {
        ...headersOf(this.#credentials),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      status: response.status,
      envelope: parsed<T>(text),
      ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
    }
  }
}

const ATTEMPTS_MAX = 4
const WAIT_MS_MAX = 30_000
const TIMEOUT_MS = 30_000
const PAGE_SIZE = 100
const PAGES_MAX = 100

/** The variable that points wrangler elsewhere points us there, too. */
export const baseUrl = (): string =>
  process.env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'

interface Envelope<T> {
  readonly success: boolean
  readonly result: T
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[]
  readonly result_info?: { readonly total_count?: number }
}

interface Answer<T> {
  readonly status: number
  readonly envelope: Envelope<T> | undefined
  readonly retryAfterMs?: number
}

function headersOf(credentials: Credentials): Record<string, string> {
  return 'apiToken' in credentials
    ? { authorization: `Bearer ${credentials.apiToken}` }
    : { 'x-auth-key': credentials.apiKey, 'x-auth-email': credentials.email }
}

function parsed<T>(text: string): Envelope<T> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Envelope<T>) : undefined
  } catch {
    return undefined
  }
}

function absent(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined
  throw error
}

/** 10000, 9109, 6003 and 6111 are the codes of a token that is wrong, expired, malformed or not allowed to. */
const AUTHENTICATION = new Set([10_000, 9109, 6003, 6111])

function refused(method: string, path: string, { status, envelope }: Answer<unknown>): ApiError {
  const errors = envelope?.errors ?? []
  const codes = errors.map(({ code }) => code ?? 0)
  const said = errors.map(({ code, message }) => `${message} [code ${code}]`).join('; ')
  const isRefusal = status === 401 || status === 403 || codes.some((one) => AUTHENTICATION.has(one))
  if (isRefusal) return new ApiError(badToken(said), status, codes)
  const isBusy = status === 429 || status >= 500
  return new ApiError(
    [
      `Cloudflare answered ${status} to ${method} ${path}: ${said || 'without saying why'}.`,
      isBusy ? `That was the last of ${ATTEMPTS_MAX} attempts.` : 'It will not do what was asked.',
      isBusy
        ? 'Try again in some minutes; see https://www.cloudflarestatus.com.'
        : 'Mend what it names.',
    ].join('\n'),
    status,
    codes,
  )
}

/** Also for what wrangler reports. */
export const badToken = (said: string): string =>
  [
    `Cloudflare does not accept these credentials${said === '' ? '' : `: ${said}`}.`,
    'The API token is wrong, expired, of another account, or lacks a permission.',
    `Set CLOUDFLARE_API_TOKEN to one with the permissions ${PERMISSIONS}; make it at https://dash.cloudflare.com/profile/api-tokens.`,
  ].join('\n')

export const PERMISSIONS = "'Workers Scripts: Edit' and 'Workers KV Storage: Edit'"

function unreachable(error: unknown): UserError {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  const why = cause?.code ?? cause?.message ?? message
  return new UserError(
    `Cloudflare cannot be reached at ${baseUrl()}: ${why}.\n${ATTEMPTS_MAX} attempts failed, so nothing was asked of it.\nCheck the network (and proxies in between), then run the command again.`,
  )
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
