// By hand, without router and pipeline, the visible work of the plain proxy route: hop-by-hop and forwarding
// fields removed, five fields set, a timeout to the response headers, failures answered.
const REMOVED = [
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'cf-connecting-ip',
  'true-client-ip',
  'x-real-ip',
  'traceparent',
  'tracestate',
]

export default {
  async fetch(request, env) {
    const { url } = request
    const start = url.indexOf('/', 8)
    const host = url.slice(url.indexOf('//') + 2, start)
    const headers = new Headers(request.headers)
    for (const name of (headers.get('connection') ?? '').split(',')) {
      if (name.trim() !== '') headers.delete(name.trim())
    }
    headers.delete('connection')
    for (const name of REMOVED) headers.delete(name)
    const ip = request.cf?.clientIp?.split(':')[0] ?? ''
    headers.set('x-request-id', crypto.randomUUID())
    headers.set('x-forwarded-for', ip)
    headers.set('x-forwarded-host', host)
    headers.set('x-forwarded-proto', 'http')
    headers.set('forwarded', `for=${ip};host="${host}";proto=http`)
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), 30_000)
    try {
      return await fetch(`http://${env.UPSTREAM_HOST}${url.slice(start)}`, {
        method: request.method,
        headers,
        body: request.body,
        redirect: 'manual',
        signal: abort.signal,
      })
    } catch {
      return new Response('{"status":502}', { status: 502 })
    } finally {
      clearTimeout(timer)
    }
  },
}
