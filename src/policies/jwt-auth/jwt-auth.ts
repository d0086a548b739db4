import { definePolicy, type Exchange, principal, problem } from '#gateway'
import { challenge } from '../../lib/challenge.ts'
import { member } from '../../lib/member.ts'
import { checkOptions, keysFrom, options, rulesFrom } from './options.ts'
import { findToken, removeToken } from './token.ts'
import { type Claims, REFUSALS, type Verdict, Verifier } from './verify.ts'

export default definePolicy({
  summary: 'Authenticates callers by a signed JSON Web Token (RFC 7519).',
  status: 'stable',
  provides: ({ optional }) => [optional ? 'optional-principal' : 'principal'],
  options,
  check: checkOptions,
  setup(given, runtime) {
    const { authorization, header, cookie, query, optional, forward, scopes, realm } = given
    const places = { authorization, header, cookie, query }
    const keys = keysFrom(given, runtime)
    const verifier = new Verifier(rulesFrom(given), keys, runtime)
    const challenges = (parameters: Record<string, string> = {}) => ({
      headers: { 'www-authenticate': challenge('Bearer', { realm, ...parameters }) },
    })

    const refuse = (exchange: Exchange, verdict: Exclude<Verdict, { claims: Claims }>) => {
      exchange.log.info('token-refused', { ...verdict })
      if (verdict.refusal === 'no-keys') {
        const seconds = Math.ceil(keys.retryAfterMs / 1000)
        return problem(exchange, 'keys-unavailable', { headers: { 'retry-after': `${seconds}` } })
      }
      const detail = REFUSALS[verdict.refusal]
      const more = challenges({ error: 'invalid_token', error_description: detail })
      return problem(exchange, 'token-invalid', { detail, ...more })
    }

    return {
      async request(exchange) {
        const found = findToken(exchange, places)
        if (found.state === 'absent') {
          if (optional || exchange.isVouchedFor) return undefined
          // RFC 6750 §3.1: without any token no error is named
          return problem(exchange, 'token-missing', challenges())
        }
        if (found.state === 'ambiguous') {
          return problem(
            exchange,
            'credentials-ambiguous',
            challenges({ error: 'invalid_request' }),
          )
        }
        const verdict: Verdict =
          found.state === 'present'
            ? await verifier.verify(found.value, exchange)
            : { refusal: 'malformed' }
        if ('refusal' in verdict) return refuse(exchange, verdict)

        const { claims } = verdict
        const subject = member(claims, given.subject.split('.'))
        if (typeof subject !== 'string' || subject === '') {
          return refuse(exchange, { refusal: 'claim', claim: given.subject })
        }
        const granted = scopesOf(claims, given.scopesClaim)
        if (!scopes.every((scope) => granted.includes(scope))) {
          const more = challenges({ error: 'insufficient_scope', scope: scopes.join(' ') })
          return problem(exchange, 'scope-insufficient', more)
        }
        const consumer = given.consumer && member(claims, given.consumer.split('.'))
        exchange.principal = principal({
          method: 'jwt-auth',
          subject,
          claims,
          scopes: granted,
          groups: texts(member(claims, given.groups.split('.'))),
          ...(typeof consumer === 'string' && consumer !== '' && { consumer }),
        })
        if (!forward) removeToken(exchange, places)
        return undefined
      },
    }
  },
})

/** One text with spaces between (RFC 8693 §4.2), or a list, as some issuers write it. */
function scopesOf(claims: Claims, name: string | undefined): readonly string[] {
  const value =
    name === undefined ? (claims['scope'] ?? claims['scp']) : member(claims, name.split('.'))
  return texts(typeof value === 'string' ? value.split(' ').filter(Boolean) : value)
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((one) => typeof one === 'string')
}
