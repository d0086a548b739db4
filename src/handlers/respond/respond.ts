import { defineHandler, type Exchange, type Landing, option, template } from '#gateway'

export default defineHandler({
  summary: 'Answers with a fixed status, header fields and body.',
  status: 'stable',
  options: {
    status: option.integer('Status of the answer.', { min: 200, max: 599, default: 200 }),
    headers: option.record(option.template('Value of the field.'), 'Fields of the answer.', {
      names: option.headerName('Name of the field.'),
      default: {},
    }),
    body: option.optional(
      option.anyOf(
        option.template('Text.'),
        option.json('Any other JSON; the texts in it are templates.'),
        'Content of the answer: a text is sent as `text/plain`, anything else as JSON. `content-type` among the headers says otherwise.',
      ),
    ),
  },
  setup({ status, headers, body }) {
    const fields = Object.entries(headers).map(
      ([name, value]) => [name, template(value, 'header')] as const,
    )
    const isText = typeof body === 'string'
    const type =
      headers['content-type'] ?? (isText ? 'text/plain;charset=utf-8' : 'application/json')
    const write = isText ? filled(body, landingOf(type)) : jsonOf(body)
    const isEmpty = body === undefined || BODILESS.has(status)

    return (exchange) => {
      const answer = new Response(isEmpty ? null : write(exchange), {
        status,
        headers: { 'x-request-id': exchange.id },
      })
      if (!isEmpty) {
        answer.headers.set('content-type', type)
        // a text that somebody may have a part in is not to be taken for a page
        answer.headers.set('x-content-type-options', 'nosniff')
      }
      for (const [name, value] of fields) answer.headers.set(name, value.text(exchange))
      return answer
    }
  },
})

/** These have no content (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
const BODILESS = new Set([204, 205, 304])

type Write = (exchange: Exchange) => string

/** What is inserted must not become markup or code of the answer. */
function landingOf(type: string): Landing {
  if (/json|javascript/i.test(type)) return 'json'
  return /html|xml/i.test(type) || type.includes('{') ? 'html' : 'text'
}

function filled(text: string, landing: Landing): Write {
  const whole = template(text, landing)
  return (exchange) => whole.text(exchange)
}

/** Texts become templates once; each answer fills them. */
function jsonOf(value: unknown): Write {
  const build = builder(value)
  return (exchange) => JSON.stringify(build(exchange))
}

function builder(value: unknown): (exchange: Exchange) => unknown {
  if (typeof value === 'string') return filled(value, 'text')
  if (Array.isArray(value)) {
    const items = value.map(builder)
    return (exchange) => items.map((item) => item(exchange))
  }
  if (typeof value !== 'object' || value === null) return () => value
  const members = Object.entries(value).map(([name, one]) => [name, builder(one)] as const)
  return (exchange) => Object.fromEntries(members.map(([name, one]) => [name, one(exchange)]))
}
