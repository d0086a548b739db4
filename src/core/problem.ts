import type { Exchange } from './exchange.ts'

/**
 * Every reason for which the gateway itself refuses a request. A code is never changed once released;
 * `type` is there where IANA has registered one
 * (https://www.iana.org/assignments/http-problem-types).
 */
export const problems = {
  'path-ambiguous': { status: 400, title: 'The path can be read in more than one way.' },
  'credentials-ambiguous': { status: 400, title: 'There is more than one set of credentials.' },
  'request-invalid': { status: 400, title: 'The request is not as the API describes it.' },
  'body-unreadable': { status: 400, title: 'The request body could not be read.' },
  'credentials-missing': { status: 401, title: 'This route needs credentials.' },
  'credentials-invalid': { status: 401, title: 'The credentials are not valid.' },
  'principal-missing': { status: 401, title: 'This route needs to know who is calling.' },
  'token-missing': { status: 401, title: 'This route needs a bearer token.' },
  'token-invalid': { status: 401, title: 'The bearer token is not valid.' },
  'key-missing': { status: 401, title: 'This route needs an API key.' },
  'key-malformed': { status: 401, title: 'The API key is not in the form that keys have here.' },
  'key-misplaced': { status: 401, title: 'The API key is in a place where this route takes none.' },
  'key-invalid': { status: 401, title: 'The API key is not valid.' },
  'scope-insufficient': { status: 403, title: 'The credentials do not allow this request.' },
  'limit-undecided': { status: 403, title: 'It cannot be told which limit applies here.' },
  'address-denied': { status: 403, title: 'Requests from this address are not accepted.' },
  'route-not-found': { status: 404, title: 'No route matches this path.' },
  'method-not-allowed': { status: 405, title: 'The route does not take this method.' },
  'not-acceptable': { status: 406, title: 'No answer has a media type that is accepted.' },
  'request-timeout': { status: 408, title: 'The request body did not arrive in time.' },
  'route-gone': { status: 410, title: 'This route is no longer available.' },
  'body-too-large': { status: 413, title: 'The request body is too large.' },
  'media-type-unsupported': {
    status: 415,
    title: 'The request body has a media type that is not accepted.',
  },
  'encoding-unsupported': {
    status: 415,
    title: 'The request body is encoded in a way that is not accepted.',
  },
  // the two types of draft-ietf-httpapi-ratelimit-headers-10 §6
  'limit-exceeded': {
    status: 429,
    title: 'The caller has used up what it is allowed.',
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  },
  'limit-unavailable': {
    status: 503,
    title: 'What the caller is allowed cannot be checked at the moment.',
    type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
  },
  'internal-error': { status: 500, title: 'The gateway failed to handle this request.' },
  'mock-unavailable': { status: 501, title: 'The mock has no answer of this kind.' },
  'no-upstream': { status: 502, title: 'This route has no upstream.' },
  'response-invalid': {
    status: 502,
    title: 'The upstream’s answer is not as the API describes it.',
  },
  'upstream-unreachable': { status: 502, title: 'The upstream did not answer.' },
  'not-ready': { status: 503, title: 'The gateway is not configured for this route.' },
  'keys-unavailable': { status: 503, title: 'The keys to check the token are not available.' },
  'key-busy': { status: 503, title: 'Too many unknown API keys are being looked up.' },
  'key-unavailable': { status: 503, title: 'API keys cannot be looked up at the moment.' },
  'upstream-timeout': { status: 504, title: 'The upstream did not answer in time.' },
  'loop-detected': { status: 508, title: 'The request has been at this gateway before.' },
  'dispatch-too-deep': { status: 508, title: 'The request was dispatched in a loop.' },
} as const satisfies Record<string, Kind>

export type ProblemCode = keyof typeof problems

interface Kind {
  readonly status: number
  readonly title: string
  readonly type?: string
}

/** A reason of a policy or handler of one's own. `code` in kebab-case. */
export interface OwnProblem extends Kind {
  readonly code: string
}

/** What else a problem says. Other members become extension members (RFC 9457 §3.2). */
export interface ProblemDetails {
  /** For the caller: what to change. Never a secret, a value of the request, or an exception's text. */
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly [extension: string]: unknown
}

/**
 * A refusal as `application/problem+json` (RFC 9457), with the request id and the name of the policy that
 * made it.
 */
export function problem(
  exchange: Exchange,
  reason: ProblemCode | OwnProblem,
  { detail, headers, ...extensions }: ProblemDetails = {},
): Response {
  const own = typeof reason === 'string' ? { code: reason, ...kindOf(reason) } : reason
  const { problemBase, discloseNames } = exchange.settings
  const policy = discloseNames ? exchange.step : undefined
  const body = {
    type: own.type ?? (problemBase === undefined ? 'about:blank' : problemBase + own.code),
    title: own.title,
    status: own.status,
    ...(detail !== undefined && { detail }),
    code: own.code,
    requestId: exchange.id,
    ...(policy !== undefined && { policy }),
    ...extensions,
  }
  return new Response(JSON.stringify(body), {
    status: own.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
      'x-request-id': exchange.id,
    },
  })
}

/** Thrown where a refusal is found too deep to return it; the pipeline answers with the response. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly response: Response

  constructor(response: Response) {
    super('refused')
    this.response = response
  }
}

/** `problem`, thrown. */
export function refuse(
  exchange: Exchange,
  reason: ProblemCode | OwnProblem,
  details?: ProblemDetails,
): never {
  throw new Refusal(problem(exchange, reason, details))
}

/**
 * Thrown by `setup` when a setting is unusable (a missing variable, a secret that is too short). The route
 * answers 503 until it is mended; the text goes to the log only.
 */
export class NotReady extends Error {
  override readonly name = 'NotReady'
}

const kindOf = (code: ProblemCode): Kind => problems[code]
