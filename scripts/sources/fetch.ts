import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bytesMax } from '../compile/documents/source.ts'
import { UserError } from '../local/user-error.ts'
import { isPrivate, type Lookup } from './hosts.ts'

export interface FetchOptions {
  /** Whether http is taken, too; never after a redirect from https. */
  readonly allowHttp: boolean
  /** Sent to the origin of the first URL only. */
  readonly headers?: Readonly<Record<string, string>>
  /** For everything together: connecting, redirects, body. Default: 30 s. */
  readonly timeoutMs?: number
  /** After decompression. Default: what compile reads, 64 MiB. */
  readonly bytesMax?: number
  /** Default: the global one. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>
  /** Default: the resolver of this machine. */
  readonly lookup?: Lookup
}

export interface Fetched {
  readonly bytes: Buffer
  /** Where it was found, after redirects. */
  readonly url: URL
}

/**
 * Reads a file, or fetches a URL within bounds of size, time and redirects.
 *
 * @throws UserError with what to do next; `MissingError` when there is no such document
 */
export async function fetchDocument(url: URL, options: FetchOptions): Promise<Fetched> {
  if (url.protocol === 'file:') return { bytes: readDocument(url, options), url }
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await follow(url, options, signal)
  } catch (error) {
    if (error instanceof UserError) throw error
    const seconds = `${timeoutMs / 1000} seconds`
    if (signal.aborted) {
      throw new UserError(
        `${url.href} took longer than ${seconds}.\nA document that hangs must not hang a build. Nothing was changed.\nTry again, or download it and name the file instead.`,
      )
    }
    throw unreachable(url, reasonOf(error))
  }
}

/** The document is not there (404, 410, no such file); anything else may pass. */
export class MissingError extends UserError {}

const TIMEOUT_MS = 30_000
const REDIRECTS_MAX = 5

async function follow(first: URL, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  let url = first
  for (let redirects = 0; ; redirects++) {
    checkScheme(url, first, options.allowHttp)
    if (redirects > 0) await checkHost(url, first, options.lookup)
    const response = await (options.fetch ?? fetch)(url, {
      redirect: 'manual',
      signal,
      headers: {
        accept: 'application/yaml, application/json;q=0.9, */*;q=0.1',
        // `fetch` takes half of a compressed answer for a whole one, and half of a YAML file may be valid
        'accept-encoding': 'identity',
        'user-agent': 'cardea-sync',
        ...(url.origin === first.origin && options.headers),
      },
    })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel()
      if (redirects >= REDIRECTS_MAX) {
        throw new UserError(
          `${first.href} is redirected more than ${REDIRECTS_MAX} times.\nIt may go in a circle, so it is not followed further. Nothing was changed.\nName the URL where the document really is.`,
        )
      }
      url = target(location, url, first)
      continue
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(response.status, url)
    }
    return { bytes: await bounded(response, url, options.bytesMax ?? bytesMax), url }
  }
}

function target(location: string, from: URL, first: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (url && url.username === '' && url.password === '') return url
  const what = url ? 'a URL with a password in it' : `'${location}', which is no URL`
  throw new UserError(
    `${first.href} is redirected to ${what}.\nSuch a URL is not followed. Nothing was changed.\nAsk its owner, or name the URL where the document really is.`,
  )
}

/** Somebody else's redirect must not fetch from networks that only this machine reaches, and commit what it finds. */
async function checkHost(url: URL, first: URL, lookup: Lookup | undefined): Promise<void> {
  if (url.host === first.host || !(await isPrivate(url, lookup))) return
  if (await isPrivate(first, lookup)) return
  throw new UserError(
    `${url.href} is an address of a private network.\n${first.href} is redirected to it; what is public must not lead in there. Nothing was changed.\nIf that is meant, name this URL itself.`,
  )
}

function checkScheme(url: URL, first: URL, allowHttp: boolean): void {
  const isHttps = url.protocol === 'https:'
  if (isHttps || (url.protocol === 'http:' && allowHttp && first.protocol === 'http:')) return
  const how = url === first ? '' : `${first.href} is redirected to it. `
  throw new UserError(
    `${url.href} is not https.\n${how}Anybody on the way could change the document, and with it what the gateway lets pass.\nUse an https URL, or allow http explicitly: "allowHttp": true in sources.json, --allow-http for import.`,
  )
}

function refusal(status: number, url: URL): UserError {
  const hints: Readonly<Record<number, string>> = {
    401: 'It wants credentials: send them with "headers" in sources.json, as "$env.NAME".',
    403: 'The credentials do not suffice, or there are none: see "headers" in sources.json.',
    404: 'Check the URL; the document may have moved.',
    410: 'It is gone for good; ask its owner where it went.',
    429: 'Wait a while, then run the command again.',
  }
  const hint = hints[status] ?? 'Run the command again later, or check the URL in a browser.'
  const text = `${url.href} answered ${status}.\nWithout the document nothing was changed.\n${hint}`
  return status === 404 || status === 410 ? new MissingError(text) : new UserError(text)
}

async function bounded(response: Response, url: URL, limit: number): Promise<Buffer> {
  if (Number(response.headers.get('content-length')) > limit) {
    await response.body?.cancel()
    throw tooLarge(url.href, limit)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  // `break` and `throw` cancel the rest of the body
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(url.href, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function readDocument(url: URL, options: FetchOptions): Buffer {
  const path = fileURLToPath(url)
  const limit = options.bytesMax ?? bytesMax
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw new Error('it is not a regular file')
    if (stat.size > limit) throw tooLarge(path, limit)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = (error as NodeJS.ErrnoException).code
    const text = `${path} cannot be read: ${code ?? (error as Error).message}.\nThe source is made from this file, and nothing was changed.\nCheck the name and the permissions.`
    throw code === 'ENOENT' || code === 'ENOTDIR' ? new MissingError(text) : new UserError(text)
  }
}

function tooLarge(name: string, limit: number): UserError {
  return new UserError(
    `${name} is larger than ${Math.round(limit / 1024 / 1024)} MiB.\nA wrong URL must not fill memory and disk, so it is not read. Nothing was changed.\nSplit the document, or leave examples out.`,
  )
}

function unreachable(url: URL, reason: string): UserError {
  const isCertificate = /CERT|ALTNAME|SELF_SIGNED|ISSUER|SIGNATURE/.test(reason)
  const [why, instead] = isCertificate
    ? [
        'The certificate does not prove who answers, and anybody could. Nothing was changed.',
        'If it is of your own authority, trust that: NODE_EXTRA_CA_CERTS=ca.pem npx cardea sync.',
      ]
    : [
        'The connection failed or was cut, so nothing was changed.',
        'Check the network and the URL, and run the command again.',
      ]
  return new UserError(`${url.href} cannot be fetched: ${reason}.\n${why}\n${instead}`)
}

/** Node says `fetch failed` and hides the reason one level down. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as {
    cause?: { code?: string; message?: string }
    message: string
  }
  return cause?.code ?? (cause?.message || message)
}
