import type { Derive, ValidatorPlace } from '#gateway'
import { responsesOf } from '../../openapi/describe/responses.ts'
import type { ResponseRules } from './response-validation.ts'

interface Options {
  readonly writeOnly: 'reject' | 'off'
}

/** All that the document says of an operation's responses, and places for the validators of its schemas. */
const derive: Derive<Options> = ({ method, id, node }, { writeOnly }, schemas) => {
  if (method === '*') return {}
  const foreign = writeOnly === 'off' ? 'allow' : 'refuse'
  const responses = responsesOf(node, schemas, { side: 'response', foreign })
  const derived: ResponseRules<ValidatorPlace> = { operation: id, responses }
  return { derived }
}

export default derive
