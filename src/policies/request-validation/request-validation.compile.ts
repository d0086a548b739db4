import type { Derive, ValidatorPlace } from '#gateway'
import { bodyOf } from '../../openapi/describe/contents.ts'
import { parametersOf, securityNames } from '../../openapi/describe/parameters.ts'
import type { Mode } from '../../openapi/report.ts'
import type { RequestRules } from './request-validation.ts'

interface Options {
  readonly path: Mode
  readonly query: Mode
  readonly headers: Mode
  readonly cookies: Mode
  readonly body: Mode
  readonly unknownQuery: Mode
  readonly readOnly: 'reject' | 'off'
}

/** All that the document says of a request, and places for the validators of its schemas. */
const derive: Derive<Options> = (operation, options, schemas) => {
  // a path item with a handler for every method describes no request
  if (operation.method === '*') return {}
  const { path, query, headers, cookies, body, unknownQuery, readOnly } = options
  const modes = { path, query, querystring: query, header: headers, cookie: cookies }
  // strangers in a query are told by the names that are known
  const isWanted = (place: keyof typeof modes) =>
    modes[place] !== 'off' || (place.startsWith('query') && unknownQuery !== 'off')
  const parameters = parametersOf(operation, schemas, isWanted)
  const at = (...places: readonly string[]) => parameters.filter((one) => places.includes(one.in))
  const foreign = readOnly === 'reject' ? 'refuse' : 'allow'
  const described =
    body === 'off' ? undefined : bodyOf(operation.node, schemas, { side: 'request', foreign })
  const derived: RequestRules<ValidatorPlace> = {
    operation: operation.id,
    path: at('path'),
    query: at('query', 'querystring'),
    header: at('header'),
    cookie: at('cookie'),
    ...(unknownQuery !== 'off' && { known: securityNames(operation) }),
    ...(described && { body: described }),
  }
  return { derived }
}

export default derive
