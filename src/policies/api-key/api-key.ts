import { type Async, definePolicy, type Exchange, NotReady, option, problem } from '#gateway'
import type { ConsumerRecord, KeyAnswer, KeyRecord, Principal } from '#gateway'
import { addressSet } from '../../lib/address-set.ts'
import { type KeyText, parseApiKey, parseForeignKey } from '../../lib/api-key.ts'
import { challenge } from '../../lib/challenge.ts'
import { isMisplaced, places, presented, remove } from './places.ts'

export default definePolicy({
  summary: 'Lets pass who presents an API key that the gateway issued, and tells who that is.',
  status: 'stable',
  needs: ['keys'],
  provides: ({ optional }) => [optional ? 'optional-principal' : 'principal'],
  options: {
    bearer: option.boolean('Takes the key from `Authorization: Bearer`.', { default: true }),
    headers: option.list(option.headerName('Name of a field.'), 'Header fields that may hold it.', {
      default: [],
    }),
    query: option.list(
      option.string('Name of a parameter.'),
      'Query parameters that may hold it.',
      {
        default: [],
      },
    ),
    cookies: option.list(option.string('Name of a cookie.'), 'Cookies that may hold it.', {
      default: [],
    }),
    scopes: option.list(option.string('A scope.'), 'Scopes that the key must have, all of them.', {
      default: [],
    }),
    groups: option.list(
      option.string('A group.'),
      'Groups that the consumer must be in, all of them.',
      { default: [] },
    ),
    mode: option.optional(option.oneOf(['live', 'test'], 'Takes only keys of this mode.')),
    optional: option.boolean('Lets requests without a key pass; a wrong one is still refused.', {
      default: false,
    }),
    foreignKeys: option.boolean(
      'Also takes imported keys of another system, which have neither our form nor a checksum.',
      { default: false },
    ),
    forward: option.boolean('Whether the key goes upstream.', { default: false }),
    realm: option.optional(option.string('Name of what is protected, for the challenge.')),
  },
  check({ bearer, headers, query, cookies }) {
    if (!bearer && headers.length + query.length + cookies.length === 0) {
      throw new Error('there is no place to take a key from; give `headers`, `query` or `cookies`')
    }
    if (headers.includes('authorization') || headers.includes('cookie')) {
      throw new Error('`headers` is for fields that hold just the key; use `bearer` or `cookies`')
    }
  },
  setup(options, runtime) {
    const { keys } = runtime
    if (keys === undefined) throw new NotReady('the bindings for keys are missing')
    const from = places(options)
    const refusals = challenges(options)
    const admit = admission(options, refusals)
    return {
      request(exchange): Async<Response | void> {
        const { keyPrefix } = exchange.settings
        const found = presented(exchange, from, keyPrefix, options.foreignKeys)
        if (found.length > 1) return problem(exchange, 'credentials-ambiguous')
        const [text] = found
        if (text === undefined) {
          if (isMisplaced(exchange, keyPrefix)) {
            return problem(exchange, 'key-misplaced', { headers: refusals.wrong })
          }
          if (options.optional || exchange.isVouchedFor) return undefined
          return problem(exchange, 'key-missing', { headers: refusals.missing })
        }
        const key = checked(text, keyPrefix, options.foreignKeys)
        if (key === undefined) {
          return problem(exchange, 'key-malformed', { headers: refusals.wrong })
        }
        if (!options.forward) remove(exchange, from, keyPrefix, options.foreignKeys)
        const answer = keys.find(key, exchange)
        return answer instanceof Promise
          ? answer.then((late) => admit(exchange, late))
          : admit(exchange, answer)
      },
    }
  },
})

interface Wanted {
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  readonly mode: 'live' | 'test' | undefined
}

interface Challenges {
  readonly missing: Record<string, string>
  readonly wrong: Record<string, string>
  readonly insufficient: Record<string, string>
}

/** What is worked out once for each key, as long as the store remembers it. */
interface Holder {
  readonly principal: Principal
  readonly isAddressAllowed: (ip: string) => boolean
}

/** From the store's answer to the principal, or to the refusal. */
function admission(wanted: Wanted, refusals: Challenges) {
  const holders = new WeakMap<KeyRecord, Holder>()
  return (exchange: Exchange, answer: KeyAnswer): Response | void => {
    if (answer.state === 'busy') {
      const seconds = Math.max(1, Math.ceil(answer.retryAfterMs / 1000))
      return problem(exchange, 'key-busy', { headers: { 'retry-after': String(seconds) } })
    }
    if (answer.state === 'unavailable') {
      return problem(exchange, 'key-unavailable', { headers: { 'retry-after': '5' } })
    }
    if (answer.state === 'unknown') return refused(exchange, { reason: 'unknown' }, refusals)
    if (answer.state === 'refused') return refused(exchange, answer, refusals)
    const { key, consumer } = answer
    let holder = holders.get(key)
    if (holder === undefined) holders.set(key, (holder = holderOf(key, consumer)))
    if (wanted.mode !== undefined && key.mode !== wanted.mode) {
      return refused(exchange, { reason: 'mode', key }, refusals)
    }
    // to somebody who stole it, a key that is bound to addresses looks like any wrong one
    if (key.ipRanges.length > 0 && !holder.isAddressAllowed(exchange.client.ip)) {
      return refused(exchange, { reason: 'address', key }, refusals)
    }
    if (!hasAll(key.scopes, wanted.scopes) || !hasAll(consumer.groups, wanted.groups)) {
      return problem(exchange, 'scope-insufficient', { headers: refusals.insufficient })
    }
    exchange.principal = holder.principal
    return undefined
  }
}

/** All alike from outside; the log has the reason, and the id of a key that is known. */
function refused(
  exchange: Exchange,
  { reason, key }: { readonly reason: string; readonly key?: KeyRecord },
  { wrong }: Challenges,
): Response {
  exchange.log.warn('key-refused', { reason, ...(key && { key: key.id }) })
  return problem(exchange, 'key-invalid', { headers: wrong })
}

function holderOf(key: KeyRecord, consumer: ConsumerRecord): Holder {
  return {
    principal: {
      method: 'api-key',
      subject: key.id,
      consumer: consumer.id,
      key: key.id,
      scopes: key.scopes,
      groups: consumer.groups,
      claims: {},
      metadata: consumer.metadata,
    },
    isAddressAllowed: addressSet(key.ipRanges),
  }
}

function checked(text: string, prefix: string, isForeignAllowed: boolean): KeyText | undefined {
  const ours = parseApiKey(text, prefix)?.text
  return ours ?? (isForeignAllowed ? parseForeignKey(text) : undefined)
}

function hasAll(held: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((one) => held.includes(one))
}

/** RFC 9110 §11.6.1 wants a challenge with each 401; RFC 6750 §3 says what a bearer's looks like. */
function challenges({
  bearer,
  realm,
  scopes,
}: {
  readonly bearer: boolean
  readonly realm: string | undefined
  readonly scopes: readonly string[]
}): Challenges {
  const scheme = bearer ? 'Bearer' : 'ApiKey'
  const field = (more: Record<string, string> = {}) => ({
    'www-authenticate': challenge(scheme, { realm, ...more }),
  })
  const scope = scopes.length > 0 ? { scope: scopes.join(' ') } : {}
  return {
    missing: field(),
    wrong: field({ error: 'invalid_token' }),
    insufficient: field({ error: 'insufficient_scope', ...scope }),
  }
}
