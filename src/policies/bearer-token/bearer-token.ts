import { definePolicy, option, principal, problem } from '#gateway'
import { challenge } from '../../lib/challenge.ts'
import { credentials } from '../../lib/credentials.ts'
import { SecretSet } from '../../lib/secret-set.ts'

export default definePolicy({
  summary: 'Lets pass who presents one of a few secret bearer tokens (RFC 6750).',
  status: 'stable',
  provides: ['principal'],
  options: {
    tokens: option.record(
      option.secret('The token, at least 32 characters.'),
      'Tokens by a name of your choice, which becomes the principal’s subject.',
      { names: option.string('For instance who holds the token.', { minLength: 1 }) },
    ),
    realm: option.optional(option.string('Name of what is protected, for the challenge.')),
    forward: option.boolean('Whether `Authorization` goes upstream.', { default: false }),
  },
  check({ tokens }) {
    const names = Object.keys(tokens)
    if (names.length === 0) throw new Error('`tokens` is empty, so nobody could pass')
    for (const name of names) {
      const token = tokens[name]!
      if (token.length < CHARACTERS_MIN) {
        throw new Error(`the token '${name}' has fewer than ${CHARACTERS_MIN} characters`)
      }
      if (!B64TOKEN.test(token)) {
        throw new Error(`the token '${name}' has characters that RFC 6750 §2.1 does not allow`)
      }
    }
    if (new Set(Object.values(tokens)).size < names.length) {
      throw new Error('two of the tokens are the same, so nobody could tell their holders apart')
    }
  },
  setup({ tokens, realm, forward }) {
    const names = Object.keys(tokens)
    const known = new SecretSet(names.map((name) => tokens[name]!))
    // RFC 6750 §3.1: without any credentials no error is named
    const asking = { 'www-authenticate': challenge('Bearer', { realm }) }
    const refusing = refused(realm, 'invalid_token')
    const doubting = refused(realm, 'invalid_request')
    return {
      async request(exchange) {
        const given = credentials(exchange.request.headers.get('authorization'), 'Bearer')
        if (given.state === 'absent') {
          if (exchange.isVouchedFor) return undefined
          return problem(exchange, 'token-missing', { headers: asking })
        }
        if (given.state === 'ambiguous') {
          return problem(exchange, 'credentials-ambiguous', { headers: doubting })
        }
        const index = given.state === 'present' ? await known.find(given.value) : -1
        if (index < 0) return problem(exchange, 'token-invalid', { headers: refusing })
        exchange.principal = principal({ method: 'bearer-token', subject: names[index]! })
        if (!forward) exchange.upstreamRequest.headers.delete('authorization')
        return undefined
      },
    }
  },
})

/** As many as 128 bits need in hexadecimal. */
const CHARACTERS_MIN = 32
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

function refused(realm: string | undefined, error: string): Record<string, string> {
  return { 'www-authenticate': challenge('Bearer', { realm, error }) }
}
