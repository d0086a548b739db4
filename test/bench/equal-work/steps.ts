/**
 * The work of the plain route, and what a checked body adds to it, one step after the other: each Worker does what
 * the one before it does, and one thing more. `npm run bench:instructions -- steps` counts them.
 */
import type { Env } from './forward.ts'

type Forward = (request: Request, env: Env) => Promise<Response> | Response
const worker = (forward: Forward) => ({ fetch: forward }) satisfies ExportedHandler<Env>

const send = (
  { method, url, body: arrived }: Request,
  { UPSTREAM_HOST }: Env,
  headers: Headers,
  body: BodyInit | null = arrived,
): Promise<Response> =>
  fetch(`http://${UPSTREAM_HOST}${url.slice(url.indexOf('/', 8))}`, {
    method,
    headers,
    body,
    redirect: 'manual',
  })

/** The address as a text, and no `Request` copied. */
export const asText = worker((request, env) => send(request, env, request.headers))

export const copied = worker((request, env) => send(request, env, new Headers(request.headers)))

/** As many fields as the gateway says of the client, with fixed values. */
export const told = worker((request, env) =>
  send(request, env, tell(new Headers(request.headers), '127.0.0.1', 'a-request-id')),
)

/** The same with the client's address and a random id. */
export const known = worker((request, env) => send(request, env, described(request)))

export const timed = worker((request, env) => inTime(send(request, env, described(request))))

/** Every field's name is looked at. */
export const walked = worker((request, env) => inTime(send(request, env, cleaned(request))))

/** The rest is for a POST: its body is read before it goes on. */
export const read = worker(async (request, env) =>
  inTime(send(request, env, cleaned(request), await request.arrayBuffer())),
)

export const decoded = worker(async (request, env) => {
  const bytes = await request.arrayBuffer()
  kept = decoder.decode(bytes)
  return inTime(send(request, env, cleaned(request), bytes))
})

export const parsed = worker(async (request, env) => {
  const bytes = await request.arrayBuffer()
  kept = JSON.parse(decoder.decode(bytes))
  return inTime(send(request, env, cleaned(request), bytes))
})

/** So that nothing is left out because nobody looks at it. */
export let kept: unknown

function cleaned(request: Request): Headers {
  const headers = described(request)
  for (const name of request.headers.keys()) if (UNWANTED.test(name)) headers.delete(name)
  return headers
}

function described(request: Request): Headers {
  const { clientIp = '' } = request.cf as { readonly clientIp?: string }
  const ip = clientIp.slice(0, clientIp.lastIndexOf(':'))
  return tell(new Headers(request.headers), ip, crypto.randomUUID())
}

function tell(headers: Headers, ip: string, id: string): Headers {
  headers.set('x-request-id', id)
  headers.set('x-forwarded-for', ip)
  headers.set('x-forwarded-host', 'api.example.com')
  headers.set('x-forwarded-proto', 'http')
  headers.set('forwarded', `for=${ip};host="api.example.com";proto=http`)
  return headers
}

async function inTime(work: Promise<Response>): Promise<Response> {
  const timer = setTimeout(() => undefined, 30_000)
  const response = await work
  clearTimeout(timer)
  return response
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const UNWANTED = /[^a-z0-9-]|^(te|trailer|keep-alive)$/
