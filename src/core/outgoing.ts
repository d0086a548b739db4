import type { Exchange } from './exchange.ts'
import { problem, Refusal } from './problem.ts'
import { Upload } from './upload.ts'

/**
 * Sends the draft to `url` and waits for the upstream's status and fields. Redirects are handed on, not followed.
 * The body stays a stream and can be sent once; one that breaks off is never taken for whole.
 *
 * `timeoutMs` is how long the upstream may take to answer once it has the request. While the body is on its way it is
 * how long client or upstream may be silent between two chunks: a long upload is not a late one. A body of at
 * most 8 KiB counts as sent at once. An upstream that answers before it has read everything has answered.
 *
 * @param timeoutMs `Infinity` waits for ever
 * @throws Refusal 504 `upstream-timeout`, 408 `request-timeout`, 502 `upstream-unreachable`, or what was refused
 * while the body was on its way. A handler need not catch it.
 */
export function forward(
  exchange: Exchange,
  url: string,
  timeoutMs = TIMEOUT_MS,
): Promise<Response> {
  const { runtime } = exchange.gateway
  const upload = uploadOf(exchange, PROMPT_BYTES_MAX)
  const fetched = runtime.fetch(url, initOf(exchange, upload))
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const leftMs = upload === undefined ? 0 : upload.sinceMs + timeoutMs - runtime.now()
      // no longer than that, should the clock have been set back
      if (leftMs > 0) timer = setTimeout(look, Math.min(leftMs, timeoutMs))
      else reject(late(exchange, upload, timeoutMs))
    }
    // no signal ends a late fetch without an upload: the platform cancels what an exchange leaves behind, and a
    // signal would cost more than everything else here
    if (timeoutMs !== Number.POSITIVE_INFINITY) timer = setTimeout(look, timeoutMs)
    // settles without failure in any case, so `finally`, which costs more, is not needed
    void fetched
      .then(resolve, (error: unknown) => reject(unreachable(exchange, error)))
      .then(() => timer !== undefined && clearTimeout(timer))
  })
}

/**
 * What `runtime.fetch` needs to send the draft on, for a handler that wants to change something about it:
 * `runtime.fetch(url, { ...outgoing(exchange), cf: … })`. `forward` is the rest: without it there is no limit of time.
 *
 * When a body of unannounced length breaks off the fetch rejects; a handler need not catch that: the refusal
 * that the client has to see is the exchange's.
 */
export function outgoing(exchange: Exchange): RequestInit {
  return initOf(exchange, uploadOf(exchange, Number.POSITIVE_INFINITY))
}

const TIMEOUT_MS = 30_000

/**
 * Announced bodies up to this length are handed to the platform as they are: the stream that watches, and the
 * signal, cost more than the rest of such a request. They need no clock of their own: with their fields they
 * fit into the 10 segments that TCP sends before it hears anything (RFC 6928), so they arrive at once.
 */
const PROMPT_BYTES_MAX = 8 * 1024

function initOf({ upstreamRequest }: Exchange, upload: Upload | undefined): RequestInit {
  const { method, headers, body } = upstreamRequest
  const init: RequestInit = { method, headers, body, redirect: 'manual' }
  // RFC 9110 §9.3.1: content in GET has no meaning, and `fetch` refuses to send it
  if (method === 'GET' || method === 'HEAD') init.body = null
  else if (upload !== undefined) {
    init.body = upload.body
    init.signal = upload.signal
  }
  return init
}

/** @param bytesMax up to this announced length a body is not watched */
function uploadOf(exchange: Exchange, bytesMax: number): Upload | undefined {
  const { method, body } = exchange.upstreamRequest
  if (!(body instanceof ReadableStream) || method === 'GET' || method === 'HEAD') return undefined
  const length = announcedLength(exchange)
  if (length === undefined) return new Upload(exchange, body)
  // a part that dispatches may announce anything; the platform knows what it really sends
  return length <= bytesMax || exchange.depth > 0 ? undefined : new Upload(exchange, body, length)
}

/**
 * The length, while it is still the client's body: HTTP itself then tells one that breaks off. Beside chunks a
 * length says nothing (RFC 9112 §6.3).
 */
function announcedLength({ request, upstreamRequest }: Exchange): number | undefined {
  const { headers, body } = request
  const length = headers.get('content-length')
  const isFramed =
    length !== null && upstreamRequest.body === body && !headers.has('transfer-encoding')
  return isFramed ? Number(length) : undefined
}

function late(exchange: Exchange, upload: Upload | undefined, timeoutMs: number): Refusal {
  if (upload?.waitsFor === 'client') {
    exchange.log.info('request-timeout', { timeoutMs })
    exchange.refusal ??= problem(exchange, 'request-timeout')
  } else {
    exchange.log.warn('upstream-timeout', { timeoutMs })
  }
  upload?.abort('took too long')
  return new Refusal(exchange.refusal ?? problem(exchange, 'upstream-timeout'))
}

function unreachable(exchange: Exchange, error: unknown): Refusal {
  if (exchange.refusal !== undefined) return new Refusal(exchange.refusal)
  exchange.log.warn('upstream-unreachable', { error: String(error) })
  return new Refusal(problem(exchange, 'upstream-unreachable'))
}
