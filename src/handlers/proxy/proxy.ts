import {
  canonicalPath,
  defineHandler,
  type Exchange,
  forward,
  NotReady,
  option,
  problem,
  refuse,
  removeHopByHop,
  template,
} from '#gateway'

export default defineHandler({
  summary: 'Sends the request to an upstream and streams its answer back.',
  status: 'stable',
  options: {
    url: option.optional(
      option.url(
        'Base URL of the upstream; the path is put behind it. Default: the operation’s `servers[0].url`.',
      ),
    ),
    path: option.optional(
      option.template(
        'Path below the base URL, for instance `/v2/items/{params.id}`. Default: the path of the request, without `x-base-path`.',
      ),
    ),
    timeout: option.duration(
      'How long the upstream may take from the end of the request to its response headers, and an upload may stand still.',
      { default: '30s' },
    ),
    headers: option.anyOf(
      option.oneOf(['all', 'none'], 'All or none.'),
      option.list(option.headerName('A field name.'), 'These only.'),
      'Which of the client’s headers go upstream. What policies and the gateway set always does.',
      { default: 'all' },
    ),
    query: option.anyOf(
      option.oneOf(['all', 'none'], 'All or none.'),
      option.list(option.string('A parameter name.'), 'These only.'),
      'Which query parameters go upstream.',
      { default: 'all' },
    ),
    basePath: option.string('What to cut off the front of the path. Default: `x-base-path`.', {
      default: '',
    }),
  },
  setup({ url, path, timeout, headers, query, basePath }, runtime) {
    const base = baseUrl(runtime.env('CARDEA_UPSTREAM') ?? url)
    const rewritten = path === undefined ? undefined : template(path, 'path')
    const onCloudflare = runtime.env('CARDEA_PLATFORM') !== 'workerd'

    return async (exchange) => {
      if (base === undefined) return problem(exchange, 'no-upstream')
      const draft = exchange.upstreamRequest
      if (headers !== 'all') keepHeaders(exchange, headers === 'none' ? [] : headers)
      const target =
        rewritten === undefined
          ? pathBelow(exchange, draft.path, basePath)
          : checkedPath(exchange, rewritten.text(exchange))
      const search = query === 'all' ? draft.query : keepQuery(draft.query, query)

      const response = await forward(exchange, base + target + search, timeout)
      if (isNoAnswer(response) || (onCloudflare && ORIGIN_ERRORS.has(response.status))) {
        return originFailed(exchange, response)
      }
      exchange.passed = response
      return withoutHopByHop(response)
    }
  },
})

/** Cloudflare answers for an origin that it cannot reach; 522 and 524 mean that it waited in vain. */
const ORIGIN_ERRORS = new Set([520, 521, 522, 523, 524, 525, 526, 527, 530])

/**
 * workerd takes an interim answer (RFC 9110 §15.2) for the final one, which then would be its body, and hands
 * on a 101 that nobody asked for, or a status that no client can read.
 */
const isNoAnswer = ({ status, webSocket }: Response): boolean =>
  status < 200 ? status !== 101 || webSocket === null : status > 599

function originFailed(exchange: Exchange, response: Response): Response {
  const isLate = response.status === 522 || response.status === 524
  exchange.log.warn('origin-failed', { status: response.status })
  void response.body?.cancel()
  return problem(exchange, isLate ? 'upstream-timeout' : 'upstream-unreachable')
}

/** Origin and path, without a slash at the end: `base + path` can then never name another host. */
function baseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new NotReady('the upstream is not an absolute http or https URL')
  }
  return url.origin + url.pathname.replace(/\/$/, '')
}

function pathBelow(exchange: Exchange, path: string, basePath: string): string {
  if (basePath === '') return path === exchange.path ? path : checkedPath(exchange, path)
  const isBelow = path === basePath || path.startsWith(`${basePath}/`)
  return checkedPath(exchange, isBelow ? path.slice(basePath.length) || '/' : path)
}

/** A path is looked at again after every rewrite: a value may have become a dot segment. */
function checkedPath(exchange: Exchange, path: string): string {
  const canonical = path.startsWith('/') ? canonicalPath(path) : undefined
  return canonical ?? refuse(exchange, 'path-ambiguous')
}

function keepHeaders({ request, upstreamRequest }: Exchange, kept: readonly string[]): void {
  for (const name of request.headers.keys()) {
    const isUnchanged = upstreamRequest.headers.get(name) === request.headers.get(name)
    if (isUnchanged && !kept.includes(name)) upstreamRequest.headers.delete(name)
  }
}

function keepQuery(query: string, kept: readonly string[] | 'none'): string {
  if (kept === 'none' || query === '') return ''
  const left = query
    .slice(1)
    .split('&')
    .filter((pair) => kept.includes(decoded(pair.split('=', 1)[0]!)))
  // to some servers `;` separates, too (HTML 4.01 §B.2.2): what they would find behind it is not on the list
  return left.length === 0 ? '' : `?${left.join('&').replaceAll(';', '%3B')}`
}

function decoded(name: string): string {
  return new URLSearchParams(`${name}=`).keys().next().value ?? ''
}

/** Copied only when there is something to take away: a copy costs more than everything else here. */
function withoutHopByHop(response: Response): Response {
  if (response.status === 101) return response
  const connection = response.headers.get('connection')
  if (connection === null || PLAIN.has(connection.toLowerCase())) return response
  const copy = new Response(response.body, response)
  removeHopByHop(copy.headers)
  copy.headers.delete('upgrade')
  return copy
}

/** workerd takes `Connection` itself away. */
const PLAIN = new Set(['keep-alive', 'close'])
