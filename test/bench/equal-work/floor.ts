/** The bare pass-through: the least a Worker can do between a client and an upstream. */
export const floor = {
  fetch(request, env) {
    const url = new URL(request.url)
    url.protocol = 'http:'
    url.host = env.UPSTREAM_HOST
    return fetch(url, request)
  },
} satisfies ExportedHandler<{ readonly UPSTREAM_HOST: string }>
