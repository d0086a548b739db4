import { CHECK_HEADER, type Fault, STOPPING_PATH } from '../core/readiness.ts'

/**
 * Health and readiness on one's own machine, on a socket of their own. Inside workerd, so that an answer means that
 * workerd answers, and so that a server needs no Node for it.
 *
 * - `/healthz`: the process takes connections and its one thread is not stuck.
 * - `/readyz`: the gateway is loaded, and every part starts with the variables and secrets that are set. Not ready once
 *   `POST /stopping` has told, with the word that only the launcher knows, that it is about to stop.
 */
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    if (isStop(request, env)) {
      isStopping = true
      return new Response(null, { status: 204 })
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const { pathname } = new URL(request.url)
    if (pathname === '/healthz') return answer(200, { status: 'ok' })
    if (pathname === '/readyz') return readiness(env)
    return answer(404, { status: 'not-found', paths: ['/healthz', '/readyz'] })
  },
}

interface Bindings {
  readonly GATEWAY: Fetcher
  /** Whoever knows it may ask; the gateway has its digest. */
  readonly WORD: string
}

/** Of the process: workerd has one isolate for a service. */
let isStopping = false

function isStop({ method, url, headers }: Request, { WORD }: Bindings): boolean {
  if (method !== 'POST' || new URL(url).pathname !== STOPPING_PATH) return false
  const encoder = new TextEncoder()
  const [given, known] = [headers.get(CHECK_HEADER) ?? '', WORD].map((one) => encoder.encode(one))
  return given!.length === known!.length && crypto.subtle.timingSafeEqual(given!, known!)
}

async function readiness({ GATEWAY, WORD }: Bindings): Promise<Response> {
  if (isStopping) return answer(503, { status: 'stopping' })
  try {
    const response = await GATEWAY.fetch('http://gateway/', { headers: { [CHECK_HEADER]: WORD } })
    const { faults } = await response.json<{ readonly faults?: readonly Fault[] }>()
    if (faults?.length === 0) return answer(200, { status: 'ready' })
    return answer(503, { status: 'not-ready', ...(faults && { faults }) })
  } catch {
    return answer(503, { status: 'not-ready' })
  }
}

const answer = (status: number, body: object): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
