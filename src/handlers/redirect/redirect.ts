import {
  canonicalPath,
  defineHandler,
  type Exchange,
  NotReady,
  option,
  problem,
  template,
} from '#gateway'
import { targetOf } from './target.ts'

export default defineHandler({
  summary: 'Sends the caller to another place.',
  status: 'stable',
  options: {
    to: option.template(
      'Where to: a path of this gateway, `/new/{params.id}`, or an absolute URL, `https://example.com/{params.id}`. The host is never a template.',
    ),
    status: option.oneOf(
      [301, 302, 303, 307, 308],
      '301 and 308 are permanent and remembered by clients. 307 and 308 keep method and body; 303 always becomes a GET.',
      { default: 307 },
    ),
    query: option.oneOf(['all', 'none'], 'Whether the caller’s query is put behind.', {
      default: 'all',
    }),
  },
  setup({ to, status, query }) {
    const target = targetOf(to)
    if ('wrong' in target) throw new NotReady(`the redirect's target is unusable: ${target.wrong}`)
    const below = template(target.below, 'path')

    return (exchange) => {
      const [, path = '', ownQuery = '', fragment = ''] = PARTS.exec(below.text(exchange)) ?? []
      const canonical = canonicalPath(path)
      // an empty value may have left two slashes, which a client takes for another host (RFC 3986 §4.2)
      if (canonical === undefined || (target.origin === '' && canonical.startsWith('//'))) {
        return problem(exchange, 'path-ambiguous')
      }
      const search = query === 'all' ? joined(ownQuery, queryOf(exchange)) : ownQuery
      return new Response(null, {
        status,
        headers: {
          location: target.origin + canonical + ascii(search + fragment),
          'x-request-id': exchange.id,
        },
      })
    }
  },
})

/** Path, query and fragment. Values never hold `?` or `#`: templates escape them. */
const PARTS = /^([^?#]*)(\?[^#]*)?(#.*)?$/s

/** From the draft: what a policy has taken out of it (a credential) must not travel on. */
const queryOf = ({ upstreamRequest }: Exchange): string => upstreamRequest.query

function joined(own: string, more: string): string {
  if (more.length < 2) return own
  return own.length < 2 ? more : `${own}&${more.slice(1)}`
}

const ascii = (text: string): string =>
  text.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent)
