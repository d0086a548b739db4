import { definePolicy, type Exchange, option, problem } from '#gateway'
import type { Finding } from '../../openapi/finding.ts'
import {
  checkCookies,
  checkHeaders,
  checkPath,
  checkQuery,
} from '../../openapi/parameters/check.ts'
import { Pairs } from '../../openapi/parameters/pairs.ts'
import { isEscaped } from '../../openapi/parameters/text.ts'
import { type Mode, Outcome, Reporter } from '../../openapi/report.ts'
import { type BodyVerdict, checkRequestBody } from '../../openapi/request.ts'
import type { BodyRule, ParameterRule } from '../../openapi/rules.ts'
import type { Validate } from '../../openapi/schema/violation.ts'

const mode = (what: string, fallback: Mode = 'reject') =>
  option.oneOf(['reject', 'report', 'off'], what, { default: fallback })

export default definePolicy({
  summary: 'Refuses requests that are not as the OpenAPI document describes them.',
  status: 'stable',
  needs: ({ body }) => (body === 'off' ? [] : ['body']),
  options: {
    path: mode('Parameters of the path.'),
    query: mode('Parameters of the query.'),
    headers: mode('Parameters in header fields.'),
    cookies: mode('Parameters in cookies.'),
    body: mode('The body.'),
    unknownQuery: mode('Query parameters that the operation does not have.', 'off'),
    unknownBody: mode(
      'Bodies of a media type that the operation does not have, and bodies where it describes none.',
    ),
    readOnly: option.oneOf(
      ['reject', 'off'],
      'Properties of the body that are `readOnly`. With `off` they may be sent; they need not be, either way.',
      { default: 'reject' },
    ),
  },
  setup(options, _, derived) {
    // nothing is described on a path item with a handler for every method, or where no route matches
    if (derived === undefined) return {}
    const rules = derived as RequestRules
    const known = rules.known && new Set(rules.known)
    const reporter = new Reporter(rules.operation, 'request')
    return {
      request(exchange) {
        const outcome = new Outcome()
        checkParameters(exchange, rules, known, options, outcome)
        if (options.body === 'off') return conclude(exchange, reporter, outcome)
        const verdict = checkRequestBody(exchange, rules.body, options.unknownBody !== 'off')
        return verdict instanceof Promise
          ? verdict.then((one) => settle(exchange, reporter, outcome, one, options))
          : settle(exchange, reporter, outcome, verdict, options)
      },
    }
  },
})

/** What `request-validation.compile.ts` reads from the document. */
export interface RequestRules<V = Validate> {
  readonly operation: string
  readonly path: readonly ParameterRule<V>[]
  readonly query: readonly ParameterRule<V>[]
  readonly header: readonly ParameterRule<V>[]
  readonly cookie: readonly ParameterRule<V>[]
  /** Query parameters that hold API keys; absent where strangers may pass. */
  readonly known?: readonly string[]
  readonly body?: BodyRule<V>
}

type Modes = Readonly<
  Record<'path' | 'query' | 'headers' | 'cookies' | 'body' | 'unknownQuery' | 'unknownBody', Mode>
>

/**
 * What goes upstream is what is checked. A parameter that a policy before has taken away, such as an API key,
 * counts as sent.
 */
function checkParameters(
  exchange: Exchange,
  { path, query, header, cookie }: RequestRules,
  known: ReadonlySet<string> | undefined,
  modes: Modes,
  outcome: Outcome,
): void {
  if (modes.path !== 'off' && path.length > 0) {
    outcome.add(
      modes.path,
      checkPath(path, (name) => exchange.rawParam(name)),
    )
  }
  const hasQuery = query.length > 0 && modes.query !== 'off'
  if (hasQuery || known !== undefined) {
    const { findings, unknown } = checkQuery(
      query,
      exchange.upstreamRequest.query,
      ({ name }) => isEscaped(exchange.query) && Pairs.ofQuery(exchange.query).has(name),
      known,
    )
    outcome.add(modes.query, findings)
    outcome.add(modes.unknownQuery, unknown)
  }
  const arrived = exchange.request.headers
  if (header.length > 0 && modes.headers !== 'off') {
    const { headers } = exchange.upstreamRequest
    outcome.add(
      modes.headers,
      checkHeaders(header, headers, ({ name }) => arrived.has(name)),
    )
  }
  if (cookie.length > 0 && modes.cookies !== 'off') {
    const field = exchange.upstreamRequest.headers.get('cookie')
    const wasSent = ({ name }: ParameterRule) =>
      Pairs.ofCookies(arrived.get('cookie') ?? '', /;/).has(name)
    outcome.add(modes.cookies, checkCookies(cookie, field, wasSent))
  }
}

function settle(
  exchange: Exchange,
  reporter: Reporter,
  outcome: Outcome,
  verdict: BodyVerdict,
  { body, unknownBody }: Modes,
): Response | undefined {
  if (!(verdict instanceof Response)) {
    for (const finding of verdict) {
      outcome.add(finding.keyword === 'unknown' ? unknownBody : body, [finding])
    }
    return conclude(exchange, reporter, outcome)
  }
  const isEncoded = verdict.headers.has('accept-encoding')
  const what = isEncoded ? ENCODED : UNKNOWN
  outcome.add(isEncoded ? body : unknownBody, [what])
  // other faults are told by the one problem that holds them all
  const isAlone = outcome.rejected.length === 1 && outcome.rejected[0] === what
  const refusal = conclude(exchange, reporter, outcome)
  return isAlone ? verdict : refusal
}

const UNKNOWN: Finding = {
  in: 'body',
  pointer: '',
  keyword: 'contentType',
  detail: 'has a media type that this operation does not take',
}
const ENCODED: Finding = {
  in: 'body',
  pointer: '',
  keyword: 'contentEncoding',
  detail: 'must be sent without Content-Encoding',
}

function conclude(exchange: Exchange, reporter: Reporter, outcome: Outcome): Response | undefined {
  const { rejected, reported } = outcome
  if (rejected.length > 0 || reported.length > 0) reporter.tell(exchange, outcome)
  if (rejected.length === 0) return undefined
  return problem(exchange, 'request-invalid', { detail: summary(rejected), errors: rejected })
}

function summary(findings: readonly Finding[]): string {
  const [first] = findings
  const { in: place, name, pointer, detail } = first!
  const subject = [place, name, pointer].filter(Boolean).join(' ')
  const more = findings.length > 1 ? ` There are ${findings.length - 1} more errors.` : ''
  return `${subject} ${detail}.${more}`
}
