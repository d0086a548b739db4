import { defineHandler, type Exchange, option, refuse } from '#gateway'
import { acceptable } from '../../lib/accept.ts'
import { quotedIfNeeded } from '../../lib/list-field.ts'
import { preferences } from '../../lib/prefer.ts'

export default defineHandler({
  summary:
    'Answers from the examples of the OpenAPI document, or with values made up from its schemas.',
  status: 'stable',
  options: {
    status: option.optional(
      option.integer(
        'Status to answer with when the caller prefers none. Default: the lowest 2xx that is described.',
        { min: 200, max: 599 },
      ),
    ),
    example: option.optional(
      option.string('Name of the example to answer with when the caller prefers none.'),
    ),
    prefer: option.boolean('Whether callers may choose with `Prefer: code=404, example=name`.', {
      default: true,
    }),
  },
  setup({ status, example, prefer }, _, derived) {
    const responses = (derived ?? []) as readonly MockResponse[]
    return (exchange) => {
      const asked = preferences(prefer ? exchange.request.headers.get('prefer') : null)
      const isFree = !asked.get('code') && !asked.get('example')
      const code = isFree ? status?.toString() : asked.get('code') || undefined
      const name = isFree ? example : asked.get('example') || undefined
      const found = responseFor(exchange, responses, code, name)
      const content = contentFor(exchange, found.response, name)
      const headers = new Headers({
        vary: prefer ? 'Accept, Prefer' : 'Accept',
        'x-request-id': exchange.id,
      })
      for (const [field, value] of found.response.headers) headers.append(field, value)
      const applied = appliedOf(asked)
      if (applied !== '') headers.set('preference-applied', applied)
      if (content === undefined || BODILESS.has(found.status)) {
        return new Response(null, { status: found.status, headers })
      }
      headers.set('content-type', content.type)
      const body = bodyOf(exchange, content, name)
      return new Response(body, { status: found.status, headers })
    }
  },
})

/** These have no content, whatever the document says (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
const BODILESS = new Set([204, 205, 304])

/** What `mock.compile.ts` makes of one entry of `responses`; the one for callers without wishes is first. */
export interface MockResponse {
  /** `200`, `4XX` or `default`. */
  readonly status: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Empty: no content. */
  readonly contents: readonly MockContent[]
}

export interface MockContent {
  /** A whole media type, also where the document has a range. */
  readonly type: string
  /** At least one. */
  readonly bodies: readonly MockBody[]
}

/** Its text, or a sentence that says why it is missing. The name is empty where it has none. */
export type MockBody =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly missing: string }

interface Chosen {
  readonly response: MockResponse
  readonly status: number
}

function responseFor(
  exchange: Exchange,
  responses: readonly MockResponse[],
  code: string | undefined,
  name: string | undefined,
): Chosen {
  const first = responses[0]
  if (first === undefined) {
    return unavailable(exchange, 'The document describes no response of this operation.')
  }
  if (code === undefined) {
    const named = responses.find((one) => name !== undefined && namesOf(one).includes(name))
    const response = named ?? first
    return { response, status: plainStatus(response.status) }
  }
  const by = (status: string) => responses.find((one) => one.status === status)
  const isStatus = /^[2-5]\d\d$/.test(code)
  const response = isStatus ? (by(code) ?? by(`${code[0]}XX`) ?? by('default')) : undefined
  const known = responses.map(({ status }) => status).join(', ')
  return response === undefined
    ? unavailable(exchange, `The document describes these statuses: ${known}.`)
    : { response, status: Number(code) }
}

/** `default` stands for whatever is not described, so also for success where no success is. */
const plainStatus = (status: string): number =>
  status === 'default' ? 200 : Number(status.replace('XX', '00'))

function contentFor(
  exchange: Exchange,
  { contents }: MockResponse,
  name: string | undefined,
): MockContent | undefined {
  if (contents.length === 0) {
    return name === undefined ? undefined : unavailable(exchange, 'This response has no content.')
  }
  const types = contents.map(({ type }) => type)
  const wanted = acceptable(exchange.request.headers.get('accept'), types)
  if (wanted.length === 0) {
    const detail = `The document describes these media types: ${types.join(', ')}.`
    refuse(exchange, 'not-acceptable', { detail })
  }
  const accepted = wanted.map((type) => contents.find((one) => one.type === type)!)
  return accepted.find(({ bodies }) => bodies.some((one) => one.name === name)) ?? accepted[0]
}

function bodyOf(exchange: Exchange, { bodies }: MockContent, name: string | undefined): string {
  const fitting = name === undefined ? bodies : bodies.filter((one) => one.name === name)
  if (fitting.length === 0) {
    const names = bodies.map((one) => one.name).filter(Boolean)
    const detail =
      names.length === 0
        ? 'The document has no examples with names here.'
        : `The document has these examples here: ${names.join(', ')}.`
    return unavailable(exchange, detail)
  }
  for (const body of fitting) if ('text' in body) return body.text
  const [first] = fitting
  return unavailable(exchange, 'missing' in first! ? first.missing : '')
}

const namesOf = ({ contents }: MockResponse): readonly string[] =>
  contents.flatMap(({ bodies }) => bodies.map(({ name }) => name))

/** RFC 7240 §3: what was honoured. What could not be honoured was refused before. */
function appliedOf(asked: ReadonlyMap<string, string>): string {
  return ['code', 'example']
    .map((name) => [name, quotedIfNeeded(asked.get(name) ?? '')] as const)
    .filter(([name, value]) => asked.get(name) && value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}

function unavailable(exchange: Exchange, detail: string): never {
  return refuse(exchange, 'mock-unavailable', { detail })
}
