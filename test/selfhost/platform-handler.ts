/** A handler of one's own that does with the platform what its query says. */
export const platformHandler = `import { defineHandler } from '#gateway'

export default defineHandler({
  summary: 'Asks the platform.',
  options: {},
  setup(_options, runtime) {
    const limiter = runtime.binding<RateLimit>('LIMITER')
    const shelf = runtime.binding<KVNamespace>('SHELF')
    return async ({ request }) => {
      const { searchParams } = new URL(request.url)
      const of = (name: string) => searchParams.get(name) ?? ''
      const key = new Request('http://cache.example/' + of('key'), { headers: request.headers })
      const cache = of('cache') === '' ? caches.default : await caches.open(of('cache'))
      if (of('do') === 'limit') return Response.json(await limiter.limit({ key: of('key') }))
      if (of('do') === 'write') return void (await shelf.put(of('key'), of('value'))) ?? new Response()
      if (of('do') === 'read') return Response.json(await shelf.get(of('key')))
      if (of('do') === 'store') return void (await shelf.put(of('key'), request.body!)) ?? new Response()
      if (of('do') === 'stored') return new Response(await shelf.get(of('key'), 'stream'))
      if (of('do') === 'delete') return Response.json(await cache.delete(key))
      if (of('do') === 'put') {
        const headers: Record<string, string> = JSON.parse(of('headers') || '{}')
        await cache.put(key, new Response(request.body, { headers, encodeBody: 'manual' }))
        return new Response()
      }
      return (await cache.match(key)) ?? new Response('none', { status: 404 })
    }
  },
})
`

/** What it asks for. */
export const platformBindings = `
[[ratelimits]]
name = "LIMITER"
namespace_id = "1001"
simple = { limit = 2, period = 60 }

[[kv_namespaces]]
binding = "SHELF"
`
