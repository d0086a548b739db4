import { defineHandler, type Exchange, NotReady } from '#gateway'
import { adminApp } from './app.ts'
import { mountPoint } from './mount.ts'
import { punctual } from './punctual.ts'

export default defineHandler({
  summary:
    'Manages consumers, API keys and counters: a REST API with an OpenAPI document of its own.',
  status: 'stable',
  needs: ['principal', 'keys', 'body'],
  options: {},
  setup(_, { keys, counters, now }) {
    if (keys === undefined) throw new NotReady('the bindings for keys are missing')
    const app = adminApp()
    return (exchange) =>
      app.fetch(inner(exchange), {
        exchange,
        keys,
        counters,
        now,
        registry: punctual(keys.registry()),
      })
  },
})

/**
 * The request as the application sees it: the path below the mount point, without a body. What routes read
 * of the body they read through the exchange, once and limited.
 */
function inner({ path, query, request, route }: Exchange): Request {
  const above = mountPoint(route.path).split('/').length - 1
  const below = path
    .split('/')
    .slice(above + 1)
    .join('/')
  return new Request(`http://admin/${below}${query}`, {
    method: request.method,
    headers: request.headers,
  })
}
