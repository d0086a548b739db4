import { definePolicy, type Exchange, type Fields, option, slot } from '#gateway'

export default definePolicy({
  summary: 'Writes one line of JSON about every request when its answer has ended.',
  status: 'stable',
  needs: ['response-end'],
  options: {
    clientIp: option.boolean('Whether the line holds the address of the client.', {
      default: true,
    }),
    requestHeaders: option.list(
      option.headerName('A field name.'),
      'Request header fields that the line holds, for instance `user-agent`. Never those with credentials.',
      { default: [] },
    ),
  },
  check({ requestHeaders }) {
    const secret = requestHeaders.find((name) => CREDENTIALS.test(name))
    if (secret !== undefined) {
      throw new Error(
        `'${secret}' may hold credentials, which must not stand in a log; leave it out`,
      )
    }
  },
  setup({ clientIp, requestHeaders }, runtime) {
    return {
      request: (exchange) => exchange.set(started, runtime.now()),
      finish({ status }, exchange) {
        const { request, client, delivery } = exchange
        exchange.log.info('access', {
          method: request.method,
          status,
          durationMs: runtime.now() - exchange.get(started)!,
          bytes: delivery?.bytes,
          // a connection that was switched to another protocol has no end that could be seen here
          outcome: delivery?.outcome ?? 'switched',
          ...(clientIp && { clientIp: client.ip }),
          ...who(exchange),
          ...(requestHeaders.length > 0 && { requestHeaders: chosen(request, requestHeaders) }),
        })
      },
    }
  },
})

const started = slot<number>('access-log.started')

/** Anything that by its name might let its reader in. */
const CREDENTIALS =
  /authori[sz]ation|auth$|cookie|token|secret|passw|credential|session|signature|assertion|jwt|api-?key|(?<!idempotency-)key$/

function who({ principal }: Exchange): Fields {
  if (principal === undefined) return {}
  const { method, subject, consumer, key } = principal
  return { authenticatedBy: method, subject, consumer, key }
}

function chosen({ headers }: Request, names: readonly string[]): Fields {
  const found = Object.create(null) as Record<string, string>
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) found[name] = withoutQuery(name, value).slice(0, VALUE_CHARACTERS_MAX)
  }
  return found
}

/** A query may hold credentials, also the one of the page that the request came from. */
const withoutQuery = (name: string, value: string): string =>
  name === 'referer' ? value.replace(/[?#].*$/, '') : value

const VALUE_CHARACTERS_MAX = 256
