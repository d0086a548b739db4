import type { DocumentNode, Schemas, SchemaSide, ValidatorPlace } from '../../core/operation.ts'
import { isJson, mediaType } from '../bodies/media-type.ts'
import type { BodyRule, ContentRule, FieldRule, Style } from '../rules.ts'
import { shapeOf } from './shape.ts'

type Content = ContentRule<ValidatorPlace>

/** `requestBody`; undefined where the operation describes none. */
export function bodyOf(
  operation: DocumentNode,
  schemas: Schemas,
  side: SchemaSide,
): BodyRule<ValidatorPlace> | undefined {
  const body = operation.get('requestBody')
  if (body === undefined) return undefined
  const { required } = body.value as { readonly required?: unknown }
  return { required: required === true, contents: contentsOf(body, schemas, side) }
}

/** The `content` of a body, a response, a parameter or a header; the most specific key first. */
export function contentsOf(
  parent: DocumentNode,
  schemas: Schemas,
  side?: SchemaSide,
): readonly Content[] {
  const content = parent.get('content')
  return (content?.keys() ?? [])
    .flatMap((key) => {
      const media = content!.get(key)
      return media === undefined ? [] : [contentOf(key, media, schemas, side)]
    })
    .toSorted((a, b) => weight(b) - weight(a))
}

const weight = ({ range, parameters = {} }: Content): number =>
  (range === '*/*' ? 0 : range.endsWith('/*') ? 1 : 2) * 100 + Object.keys(parameters).length

function contentOf(
  key: string,
  media: DocumentNode,
  schemas: Schemas,
  side: SchemaSide | undefined,
): Content {
  const type = mediaType(key)
  if (type === undefined) throw new Error(`'${key}' under 'content' is not a media type`)
  const { essence } = type
  const parameters = [...type.parameters].filter(([name]) => name !== 'charset')
  const fields = fieldsOf(media)
  return {
    range: essence,
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    // JSON says by itself what it is
    shape: isJson(essence) ? { types: 0 } : shapeOf(media.get('schema')),
    ...(fields && { fields }),
    ...(hasSchema(media) && { validate: schemas.validator(media, 'schema', side) }),
    // streams that come back are not read, so nothing would call it
    ...(side?.side === 'request' &&
      has(media, 'itemSchema') && { items: schemas.validator(media, 'itemSchema', side) }),
  }
}

/** Also one whose reference is dead: then compile says so, and nothing passes unchecked. */
export const hasSchema = (node: DocumentNode): boolean => has(node, 'schema')

const has = ({ value }: DocumentNode, name: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)

/** Encoding Objects (OpenAPI 3.2 §4.15). */
function fieldsOf(media: DocumentNode): Readonly<Record<string, FieldRule>> | undefined {
  const encoding = media.get('encoding')
  const names = encoding?.keys() ?? []
  if (names.length === 0) return undefined
  return Object.fromEntries(
    names.map((name) => {
      const { style, explode, allowReserved, contentType } = (encoding!.get(name)?.value ??
        {}) as Readonly<Record<string, unknown>>
      const isStyled = [style, explode, allowReserved].some((one) => one !== undefined)
      const rule: FieldRule = {
        ...(isStyled && { style: (style ?? 'form') as Style }),
        ...(typeof explode === 'boolean' && { explode }),
        ...(typeof contentType === 'string' && {
          types: contentType.split(',').map((one) => one.trim().toLowerCase().split(';', 1)[0]!),
        }),
      }
      return [name, rule]
    }),
  )
}
