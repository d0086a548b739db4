import { definePolicy, type Exchange, option, problem, template } from '#gateway'

export default definePolicy({
  summary: 'Says since when a route is deprecated, when it will end and what replaces it.',
  status: 'stable',
  options: {
    deprecation: option.instant('When the route became or will become deprecated.'),
    sunset: option.optional(option.instant('When the route will stop working.')),
    afterSunset: option.oneOf(
      ['serve', 'refuse'],
      'What happens after `sunset`: the route works on, or answers 410.',
      { default: 'serve' },
    ),
    links: option.optional(
      option.object(
        {
          deprecation: option.optional(option.url('A page for people about the deprecation.')),
          sunset: option.optional(option.url('A page for people about the end.')),
          'successor-version': option.optional(
            option.template('What replaces it, for instance `/v2/items/{params.id}`.'),
          ),
        },
        'Where to read more, by link relation.',
      ),
    ),
  },
  check({ deprecation, sunset, afterSunset, links }) {
    // RFC 9745 §4
    if (sunset !== undefined && sunset < deprecation) {
      throw new Error('the sunset is before the deprecation')
    }
    if (sunset === undefined && afterSunset === 'refuse') {
      throw new Error("afterSunset needs to know the 'sunset'")
    }
    const odd = Object.values(links ?? {}).find((link) => /[<>\s]/.test(link ?? ''))
    if (odd !== undefined) throw new Error(`the link '${odd}' holds a character that no URL holds`)
  },
  setup({ deprecation, sunset, afterSunset, links = {} }, runtime) {
    // RFC 9745 §2.1: a Date of Structured Fields (RFC 9651 §3.3.7)
    const fields: [string, string][] = [['deprecation', `@${Math.floor(deprecation / 1000)}`]]
    // RFC 8594 §3: an HTTP-date
    if (sunset !== undefined) fields.push(['sunset', new Date(sunset).toUTCString()])
    const pages = [link(links.deprecation, 'deprecation'), link(links.sunset, 'sunset')]
    const successor = links['successor-version']
    const next = successor === undefined ? undefined : template(successor, 'path')
    const endsAt = afterSunset === 'refuse' ? sunset : undefined

    const mark = (headers: Headers, exchange: Exchange): void => {
      for (const [name, value] of fields) headers.set(name, value)
      const all = [...pages, link(next?.text(exchange), 'successor-version')]
      const value = all.filter((one) => one !== undefined).join(', ')
      if (value !== '') headers.append('link', value)
    }

    return {
      ...(endsAt !== undefined && {
        request(exchange) {
          if (runtime.now() < endsAt) return undefined
          const gone = problem(exchange, 'route-gone')
          mark(gone.headers, exchange)
          return gone
        },
      }),
      response: ({ headers }, exchange) => mark(headers, exchange),
    }
  },
})

/** RFC 8288 §3. */
const link = (target: string | undefined, relation: string): string | undefined =>
  target === undefined ? undefined : `<${target}>; rel="${relation}"`
