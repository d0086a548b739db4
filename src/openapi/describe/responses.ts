import type { DocumentNode, Schemas, SchemaSide, ValidatorPlace } from '../../core/operation.ts'
import type { ResponseRule } from '../rules.ts'
import { contentsOf } from './contents.ts'
import { type Rule, written } from './parameters.ts'

/** `responses`: exact statuses first, then `4XX`, then `default`. */
export function responsesOf(
  operation: DocumentNode,
  schemas: Schemas,
  side: SchemaSide,
): readonly ResponseRule<ValidatorPlace>[] {
  const responses = operation.get('responses')
  return (responses?.keys() ?? [])
    .filter((status) => /^(?:[1-5](?:\d\d|XX)|default)$/i.test(status))
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((key): ResponseRule<ValidatorPlace>[] => {
      const response = responses!.get(key)
      if (response === undefined) return []
      const status = /^default$/i.test(key) ? 'default' : key.toUpperCase()
      const headers = headersOf(response, schemas)
      if (response.get('content') === undefined) return [{ status, headers }]
      return [{ status, headers, contents: contentsOf(response, schemas, side) }]
    })
}

const rank = (status: string): number =>
  /^\d+$/.test(status) ? 0 : /^default$/i.test(status) ? 2 : 1

function headersOf(response: DocumentNode, schemas: Schemas): readonly Rule[] {
  const headers = response.get('headers')
  return (headers?.keys() ?? []).flatMap((name): Rule[] => {
    const header = headers!.get(name)
    // OpenAPI 3.2 §4.17: `content` describes this one
    if (header === undefined || name.toLowerCase() === 'content-type') return []
    const { required } = header.value as { readonly required?: unknown }
    const rule = written(header, 'header', name, schemas)
    return [{ ...rule, ...(required === true && { required: true }) }]
  })
}
