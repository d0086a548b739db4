import { definePolicy, option, principal, problem } from '#gateway'
import { challenge } from '../../lib/challenge.ts'
import { credentials } from '../../lib/credentials.ts'
import { SecretSet } from '../../lib/secret-set.ts'

export default definePolicy({
  summary: 'Authenticates callers by user name and password (RFC 7617).',
  status: 'stable',
  provides: ['principal'],
  options: {
    users: option.record(option.secret('The password.'), 'Passwords by user name.', {
      names: option.string('User name, without a colon.', { minLength: 1 }),
    }),
    realm: option.string('Name of what is protected, for people: browsers show it.', {
      default: 'API',
    }),
    forward: option.boolean('Whether `Authorization` goes upstream.', { default: false }),
  },
  check({ users, realm }) {
    const names = Object.keys(users)
    if (names.length === 0) throw new Error('`users` is empty, so nobody could pass')
    if (!/^[\x20-\x7e]+$/.test(realm)) throw new Error('`realm` is not printable ASCII')
    for (const name of names) {
      if (name.includes(':') || CONTROL.test(name)) {
        throw new Error(`no client can send the user name '${name}': RFC 7617 §2 forbids : there`)
      }
      if (users[name] === '') throw new Error(`the password of '${name}' is empty`)
    }
    if (new Set(names.map((name) => name.normalize('NFC'))).size < names.length) {
      throw new Error('two user names differ only in how Unicode writes them')
    }
  },
  setup({ users, realm, forward }) {
    const names = Object.keys(users)
    const known = new SecretSet(names.map((name) => `${name}:${users[name]}`.normalize('NFC')))
    const headers = { 'www-authenticate': challenge('Basic', { realm, charset: 'UTF-8' }) }
    return {
      async request(exchange) {
        const given = credentials(exchange.request.headers.get('authorization'), 'Basic')
        if (given.state === 'absent') {
          if (exchange.isVouchedFor) return undefined
          return problem(exchange, 'credentials-missing', { headers })
        }
        if (given.state === 'ambiguous') return problem(exchange, 'credentials-ambiguous')
        const pair = given.state === 'present' ? userAndPassword(given.value) : undefined
        const index = pair === undefined ? -1 : await known.find(pair)
        if (index < 0) return problem(exchange, 'credentials-invalid', { headers })
        exchange.principal = principal({ method: 'basic-auth', subject: names[index]! })
        if (!forward) exchange.upstreamRequest.headers.delete('authorization')
        return undefined
      },
    }
  },
})

/** `user:password`, in the normal form that RFC 7617 §2.1 asks for; undefined when it is not that. */
function userAndPassword(token68: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(token68), (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return CONTROL.test(text) ? undefined : text.normalize('NFC')
  } catch {
    return undefined
  }
}

/** RFC 7617 §2: neither user name nor password holds control characters. */
const CONTROL = /\p{Cc}/u
