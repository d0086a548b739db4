import { definePolicy, option } from '#gateway'

export default definePolicy({
  summary: 'Removes header fields of the request that goes upstream, of the response, or of both.',
  status: 'stable',
  options: {
    request: fields('Fields of the request.'),
    response: fields('Fields of the response.'),
  },
  check({ request, response }) {
    const odd = [...request, ...response].find((name) => !/^[^*]+\*?$/.test(name))
    if (odd !== undefined) {
      throw new Error(`'${odd}' is not a name or the beginning of one; write it like x-internal-*`)
    }
  },
  setup({ request, response }) {
    const up = remover(request)
    const down = remover(response)
    return {
      ...(request.length > 0 && {
        request: ({ upstreamRequest }) => up(upstreamRequest.headers),
      }),
      ...(response.length > 0 && { response: ({ headers }) => down(headers) }),
    }
  },
})

function fields(description: string) {
  return option.list(option.headerName('A name, or its beginning: `x-internal-*`.'), description, {
    default: [],
  })
}

function remover(patterns: readonly string[]): (headers: Headers) => void {
  const names = patterns.filter((name) => !name.endsWith('*'))
  const starts = patterns.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (headers) => {
    for (const name of names) headers.delete(name)
    if (starts.length === 0) return
    const found = [...headers.keys()].filter((name) =>
      starts.some((start) => name.startsWith(start)),
    )
    for (const name of found) headers.delete(name)
  }
}
