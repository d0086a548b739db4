import { definePolicy, type Exchange, option, problem } from '#gateway'
import { checkBody } from '../../openapi/bodies/check.ts'
import { isJson, mediaType } from '../../openapi/bodies/media-type.ts'
import { type Finding, ofBody } from '../../openapi/finding.ts'
import { Outcome, Reporter } from '../../openapi/report.ts'
import { encoded, sentBytes, unsupported } from '../../openapi/request.ts'
import type { ContentRule } from '../../openapi/rules.ts'
import type { Validate } from '../../openapi/schema/violation.ts'

export default definePolicy({
  summary: 'Refuses request bodies that do not match a JSON Schema of one’s own.',
  status: 'stable',
  needs: ['body'],
  options: {
    schema: option.string('File of JSON Schema in the config folder, `.json` or `.yaml`.', {
      minLength: 1,
    }),
    body: option.oneOf(['reject', 'report'], 'What happens when the body does not match.', {
      default: 'reject',
    }),
    required: option.boolean('Whether there has to be a body.', { default: true }),
    otherTypes: option.oneOf(
      ['reject', 'off'],
      'Bodies that are not JSON: refused with 415, or let pass unread.',
      { default: 'reject' },
    ),
  },
  setup({ body: mode, required, otherTypes }, _, derived) {
    if (derived === undefined) return {}
    const { operation, validate } = derived as Rules
    const content: ContentRule = { range: 'application/json', shape: { types: 0 }, validate }
    const reporter = new Reporter(operation, 'request')
    return {
      async request(exchange) {
        const { headers, body } = exchange.upstreamRequest
        const missing = required ? MISSING : []
        if (body === null) return conclude(exchange, reporter, mode, missing)
        const type = mediaType(headers.get('content-type') ?? '')
        const isOther = type === undefined || !isJson(type.essence)
        if (isOther && otherTypes === 'off') return undefined
        const bytes = await sentBytes(exchange)
        if (bytes.length === 0) return conclude(exchange, reporter, mode, missing)
        if (isOther) return unsupported(exchange, { required, contents: [content] })
        const encoding = headers.get('content-encoding')
        if (encoding !== null && encoding.toLowerCase() !== 'identity') {
          return mode === 'report' ? conclude(exchange, reporter, mode, ENCODED) : encoded(exchange)
        }
        return conclude(exchange, reporter, mode, checkBody(bytes, type, content))
      },
    }
  },
})

/** What `json-schema.compile.ts` makes of the file. */
export interface Rules<V = Validate> {
  readonly operation: string
  readonly validate: V
}

const ENCODED = ofBody([
  { keyword: 'contentEncoding', detail: 'must be sent without Content-Encoding' },
])
const MISSING = ofBody([{ keyword: 'required', detail: 'is missing' }])

function conclude(
  exchange: Exchange,
  reporter: Reporter,
  mode: 'reject' | 'report',
  findings: readonly Finding[],
): Response | undefined {
  if (findings.length === 0) return undefined
  const outcome = new Outcome()
  outcome.add(mode, findings)
  reporter.tell(exchange, outcome)
  if (mode === 'report') return undefined
  const [{ pointer, detail }] = findings as readonly [Finding]
  return problem(exchange, 'request-invalid', {
    detail: `body${pointer === '' ? '' : ` ${pointer}`} ${detail}.`,
    errors: outcome.rejected,
  })
}
