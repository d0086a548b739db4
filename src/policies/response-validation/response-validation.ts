import { definePolicy, type Exchange, option, problem } from '#gateway'
import { type Read, readBounded } from '../../openapi/bounded.ts'
import { checkHeaders } from '../../openapi/parameters/check.ts'
import { type Mode, Outcome, Reporter } from '../../openapi/report.ts'
import { checkResponseBody, planBody, responseFor, undescribed } from '../../openapi/response.ts'
import type { ResponseRule } from '../../openapi/rules.ts'
import type { Validate } from '../../openapi/schema/violation.ts'

const mode = (what: string) =>
  option.oneOf(['reject', 'report', 'off'], what, { default: 'report' })

export default definePolicy({
  summary: 'Reports or refuses answers that are not as the OpenAPI document describes them.',
  status: 'stable',
  options: {
    status: mode('Statuses that the operation does not describe.'),
    headers: mode('Header fields.'),
    body: mode('The body and its media type.'),
    writeOnly: option.oneOf(
      ['reject', 'off'],
      'Whether properties of the body that are `writeOnly` count as faults.',
      { default: 'reject' },
    ),
    bodyBytesMax: option.bytes('The longest body that is read. A longer one passes unread.', {
      default: '1 MiB',
    }),
  },
  setup(options, _, derived) {
    if (derived === undefined) return {}
    const { operation, responses } = derived as ResponseRules
    const reporter = new Reporter(operation, 'response')
    return {
      response(response, exchange) {
        // an answer of the gateway itself is no answer of the API
        if (isOwn(response, exchange)) return undefined
        const outcome = new Outcome()
        const rule = responseFor(response.status, responses)
        if (rule === undefined) {
          if (isUnchanged(response, exchange)) return undefined
          outcome.add(options.status, undescribed)
          return conclude(response, exchange, reporter, outcome)
        }
        if (options.headers !== 'off' && rule.headers.length > 0) {
          outcome.add(options.headers, checkHeaders(rule.headers, response.headers))
        }
        return checkBody(response, exchange, rule, options, reporter, outcome)
      },
    }
  },
})

/** What `response-validation.compile.ts` reads from the document. */
export interface ResponseRules<V = Validate> {
  readonly operation: string
  readonly responses: readonly ResponseRule<V>[]
}

/** RFC 9110 §15.4.5: what a conditional request is answered with in place of the answer described. */
const isUnchanged = ({ status }: Response, { request: { headers } }: Exchange): boolean =>
  status === 304 && (headers.has('if-none-match') || headers.has('if-modified-since'))

interface BodyOptions {
  readonly body: Mode
  readonly bodyBytesMax: number
}

const isOwn = ({ headers }: Response, { id }: Exchange): boolean =>
  headers.get('content-type') === 'application/problem+json' && headers.get('x-request-id') === id

function checkBody(
  response: Response,
  exchange: Exchange,
  rule: ResponseRule,
  { body: bodyMode, bodyBytesMax }: BodyOptions,
  reporter: Reporter,
  outcome: Outcome,
): Response | undefined | Promise<Response | undefined> {
  const { body, headers } = response
  if (bodyMode === 'off' || body === null || exchange.request.method === 'HEAD') {
    return conclude(response, exchange, reporter, outcome)
  }
  const plan = planBody(response, rule)
  if ('findings' in plan) {
    outcome.add(bodyMode, plan.findings)
    return conclude(response, exchange, reporter, outcome)
  }
  const announced = Number(headers.get('content-length') ?? 0)
  if (announced > bodyBytesMax) return conclude(response, exchange, reporter, outcome)
  const settle = ({ bytes, rest }: Read) => {
    if (rest === undefined) outcome.add(bodyMode, checkResponseBody(bytes, plan))
    const read = new Response(rest ?? bytes, response)
    return conclude(read, exchange, reporter, outcome) ?? read
  }
  const broken = (error: unknown) => {
    exchange.log.warn('upstream-unreachable', { error: String(error) })
    return problem(exchange, 'upstream-unreachable')
  }
  return readBounded(body, bodyBytesMax).then(settle, broken)
}

/** The caller is not told what is wrong: it is not the caller's to mend, and may be what must not leave. */
function conclude(
  response: Response,
  exchange: Exchange,
  reporter: Reporter,
  outcome: Outcome,
): Response | undefined {
  const { rejected, reported } = outcome
  if (rejected.length > 0 || reported.length > 0) reporter.tell(exchange, outcome)
  if (rejected.length === 0) return undefined
  void response.body?.cancel().catch(() => undefined)
  return problem(exchange, 'response-invalid')
}
