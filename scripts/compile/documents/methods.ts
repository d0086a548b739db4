import type { OpenAPIV3_1 } from 'openapi-types'

/** The methods that have a field of their own in a Path Item Object (OpenAPI 3.2 §4.9); `query` since 3.2. */
export const methods = [
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace',
  'query',
] as const satisfies readonly (`${OpenAPIV3_1.HttpMethods}` | 'query')[]
