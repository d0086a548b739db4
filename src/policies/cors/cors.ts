import { definePolicy, type Exchange, option } from '#gateway'
import { originSet } from './origins.ts'

/** The names are those of the fields of the Fetch standard (§3.3), without `Access-Control-`. */
export default definePolicy({
  summary: 'Lets scripts of other origins read the answers, and answers their preflights.',
  status: 'stable',
  provides: ['preflight'],
  options: {
    allowOrigin: option.list(
      option.string(
        '`https://app.example.com`, `https://*.example.com` (any subdomain), `http://localhost:*` (any port), `null`, or `*` alone.',
      ),
      'Who may read the answers. A variable may hold several, separated by commas.',
      { min: 1 },
    ),
    allowCredentials: option.boolean(
      'Lets scripts send cookies and read the answer. Only with exact origins.',
      { default: false },
    ),
    allowMethods: option.anyOf(
      option.oneOf(['any'], 'All methods that have a route at the path.'),
      option.list(option.string('A method, in upper case.'), 'These only.'),
      'Methods that scripts may use.',
      { default: 'any' },
    ),
    allowHeaders: option.anyOf(
      option.oneOf(['any'], 'Those that the preflight asks for.'),
      option.list(option.headerName('A field name.'), 'These only.'),
      'Request header fields that scripts may set.',
      { default: 'any' },
    ),
    exposeHeaders: option.list(
      option.headerName('A field name.'),
      'Response header fields that scripts may read, besides the seven that they always may.',
      { default: [] },
    ),
    maxAge: option.duration('How long a browser may remember a preflight.', { default: '10m' }),
  },
  check({ allowOrigin, allowCredentials, allowMethods }) {
    const { any, isExact } = originSet(allowOrigin)
    if (any && allowOrigin.length > 1)
      throw new Error("'*' already is every origin; write it alone")
    if (allowCredentials && !isExact) {
      throw new Error(
        'allowCredentials would let origins that are not listed act as the user; ' +
          'list each origin, without *, and without null',
      )
    }
    const odd = allowMethods === 'any' ? undefined : allowMethods.find((name) => !METHOD.test(name))
    if (odd !== undefined) throw new Error(`'${odd}' is not a method in upper case`)
  },
  setup({ allowOrigin, allowCredentials, allowMethods, allowHeaders, exposeHeaders, maxAge }) {
    const origins = originSet(allowOrigin)
    const exposed = exposeHeaders.join(', ')
    const age = String(Math.floor(maxAge / 1000))

    /** The same for preflight and answer (Fetch §3.3.3). Nothing is said to an origin that is not listed. */
    function allow(headers: Headers, exchange: Exchange): boolean {
      const origin = exchange.request.headers.get('origin')
      if (origins.any) {
        // also without Origin: what a cache keeps of this answer is the same for all
        headers.set('access-control-allow-origin', '*')
        return true
      }
      vary(headers, 'Origin')
      if (origin === null || !origins.has(origin)) return false
      headers.set('access-control-allow-origin', origin)
      if (allowCredentials) headers.set('access-control-allow-credentials', 'true')
      return true
    }

    function preflight(exchange: Exchange, method: string): Response {
      const headers = new Headers()
      const asked = exchange.request.headers.get('access-control-request-headers')
      if (allow(headers, exchange)) {
        const methods = allowMethods === 'any' ? methodsOf(exchange, method) : allowMethods
        // not `*`: it leaves out Authorization, and means nothing with credentials (Fetch §4.8)
        const names = allowHeaders === 'any' ? fieldNames(asked) : allowHeaders
        headers.set('access-control-allow-methods', methods.join(', '))
        if (names.length > 0) headers.set('access-control-allow-headers', names.join(', '))
        headers.set('access-control-max-age', age)
      }
      if (allowMethods === 'any') vary(headers, 'Access-Control-Request-Method')
      if (allowHeaders === 'any') vary(headers, 'Access-Control-Request-Headers')
      return new Response(null, { status: 204, headers })
    }

    return {
      request(exchange) {
        const { method, headers } = exchange.request
        if (method !== 'OPTIONS' || !headers.has('origin')) return undefined
        const asked = headers.get('access-control-request-method')
        return asked === null ? undefined : preflight(exchange, asked)
      },
      response({ headers }, exchange) {
        // an upstream that knows CORS, too, must not open what is closed here
        for (const name of ANSWER_FIELDS) headers.delete(name)
        if (allow(headers, exchange) && exposed !== '') {
          headers.set('access-control-expose-headers', exposed)
        }
      },
    }
  },
})

const ANSWER_FIELDS = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
]

const METHOD = /^[A-Z][A-Z-]*$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What the router knows of the path; on a route for any method, what was asked. */
function methodsOf({ miss }: Exchange, asked: string): readonly string[] {
  if (miss !== undefined && miss.allow.length > 0) return miss.allow
  return TOKEN.test(asked) ? [asked] : []
}

function fieldNames(list: string | null): readonly string[] {
  if (list === null) return []
  return list
    .split(',', NAMES_MAX)
    .map((name) => name.trim())
    .filter((name) => TOKEN.test(name))
}

const NAMES_MAX = 100

/** Adds to what others already vary by (RFC 9110 §12.5.5). */
function vary(headers: Headers, name: string): void {
  const names = headers.get('vary')?.split(',') ?? []
  const isThere = names.some((one) => {
    const known = one.trim().toLowerCase()
    return known === '*' || known === name.toLowerCase()
  })
  if (!isThere) headers.append('vary', name)
}
